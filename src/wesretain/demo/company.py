"""The rows of a sample hosting company: the same for the same day, and as odd here and there as real ones are."""

from __future__ import annotations

from datetime import date

from wesretain.demo.people import cards, clients, contacts, disclosures, invoice_items, invoices, orders, payments
from wesretain.demo.sample import Row, Sample
from wesretain.demo.services import (
    certificates,
    domain_contacts,
    domains,
    feature_usage,
    licence_checks,
    servers,
    services,
)
from wesretain.demo.totals import feature_totals, jobs, page_totals, uptime_samples
from wesretain.demo.visits import cookie_consents, logins, page_views, preferences, sessions, subscribers
from wesretain.demo.writing import (
    attachments,
    bans,
    chats,
    files,
    forum_posts,
    letters,
    mails,
    testimonials,
    ticket_posts,
    tickets,
)

#: One function a table, of the same name; parents before children.
_TABLES = (
    *(clients, contacts, cards, orders, invoices, invoice_items, payments, disclosures),
    *(sessions, preferences, page_views, cookie_consents, logins, subscribers),
    *(services, domains, domain_contacts, certificates, servers, licence_checks, feature_usage),
    *(tickets, ticket_posts, mails, letters, files, attachments, chats, testimonials, forum_posts, bans),
    *(page_totals, feature_totals, uptime_samples, jobs),
)


def company(today: date) -> dict[str, list[Row]]:
    """The rows of every table, parents before children."""
    return {table.__name__: table(Sample(table.__name__, today)) for table in _TABLES}
