"""What the shipped policies mean on the demo's database, in SQL that knows nothing of wesretain.

As of 1 July 2026, 12:00 UTC, which is 20:00 in Kuala Lumpur, where there is no summer time. A calendar day counts from
its end. All records of one child are held.
"""

from __future__ import annotations

import re
import sqlite3
from dataclasses import dataclass

AS_OF = "2026-07-01T12:00:00Z"
#: The child whose records are held.
HELD = 1243

#: Whose data a row is, as an expression over its table; tables that are not here lead to nobody.
_OWNERS = {
    "clients": "id",
    "invoice_items": "(SELECT client_id FROM invoices WHERE id = invoice_id)",
    "payments": "(SELECT client_id FROM invoices WHERE id = invoice_id)",
    "domains": "(SELECT client_id FROM services WHERE id = service_id)",
    "certificates": "(SELECT client_id FROM services WHERE id = service_id)",
    "servers": "(SELECT client_id FROM services WHERE id = service_id)",
    "domain_contacts": (
        "(SELECT client_id FROM services JOIN domains ON services.id = service_id WHERE domains.id = domain_id)"
    ),
    "licence_checks": (
        "(SELECT client_id FROM services JOIN servers ON services.id = service_id WHERE servers.id = server_id)"
    ),
    "feature_usage": (
        "(SELECT client_id FROM services JOIN servers ON services.id = service_id WHERE servers.id = server_id)"
    ),
    "ticket_posts": "(SELECT client_id FROM tickets WHERE id = ticket_id)",
    "forum_posts": "author_id",
    **dict.fromkeys(
        (
            *("contacts", "cards", "orders", "invoices", "disclosures", "sessions", "page_views", "cookie_consents"),
            *("logins", "subscribers", "services", "tickets", "mails", "letters", "chats", "testimonials", "bans"),
        ),
        "client_id",
    ),
}

_CLOSED = "state IN ('closed', 'archived') AND closed_at > '1970-01-02'"
_TOLD = "(body LIKE '%ssh://root:%@%' OR body LIKE '%password is %' OR body LIKE '%password: %')"


@dataclass(frozen=True)
class ByHand:
    """A rule by hand: its table, of which of its records it is true, and what then becomes of their columns.

    Without columns the records are deleted; where `stays`, nothing happens to them.
    """

    table: str
    where: str
    columns: str = ""
    stays: bool = False

    @property
    def due(self) -> str:
        """The records that are due, by their row numbers."""
        owner = _OWNERS.get(self.table)
        unheld = f" AND COALESCE({owner}, 0) <> {HELD}" if owner else ""
        return f"SELECT rowid AS number FROM {self.table} WHERE ({self.where}){unheld}"


RULES = {
    # -- personal.yaml
    "children": ByHand(
        "clients",
        """birth_date > '2013-07-01' AND birth_date <= '2026-07-01'
        AND id NOT IN (SELECT client_id FROM invoices WHERE paid_on IS NULL OR paid_on >= '2018-07-01')
        AND id NOT IN (SELECT client_id FROM orders
                       WHERE state = 'done' AND (ended_at IS NULL OR ended_at > '2018-07-01 12:00:00'))""",
    ),
    "children-kept-by-law": ByHand(
        "clients",
        """birth_date > '2013-07-01' AND birth_date <= '2026-07-01'
        AND id IN (SELECT client_id FROM invoices UNION SELECT client_id FROM orders)""",
        "email = 'erased-' || id || '@invalid', phone = NULL, national_id = NULL, passport = NULL, joined_ip = NULL",
    ),
    "minors-without-approval": ByHand(
        "clients",
        "birth_date > '2008-07-01' AND birth_date <= '2013-07-01' AND guardian_approved_at IS NULL",
        stays=True,
    ),
    "silent-guests": ByHand(
        "clients",
        """status = 'guest' AND last_seen_at <= '2024-07-01 12:00:00'
        AND (keep_until IS NULL OR keep_until <> '' AND keep_until < '2026-07-01')
        AND id NOT IN (SELECT client_id FROM orders UNION SELECT client_id FROM invoices
                       UNION SELECT client_id FROM services)
        AND id NOT IN (SELECT client_id FROM tickets WHERE state = 'open')""",
        """name = '', company = NULL, email = 'erased-' || id || '@invalid', phone = NULL, address = NULL,
        birth_date = NULL, national_id = NULL, passport = NULL, tax_id = NULL, joined_ip = NULL""",
    ),
    "former-customers": ByHand(
        "clients",
        """status = 'customer' AND last_seen_at <= '2024-07-01 12:00:00'
        AND id NOT IN (SELECT client_id FROM orders UNION SELECT client_id FROM invoices
                       UNION SELECT client_id FROM services)
        AND id NOT IN (SELECT client_id FROM tickets WHERE state = 'open')""",
        """name = '', company = NULL, email = 'erased-' || id || '@invalid', phone = NULL, address = NULL,
        birth_date = NULL, national_id = NULL, passport = NULL, tax_id = NULL, joined_ip = NULL""",
    ),
    "former-contacts": ByHand("contacts", "removed_at <= '2025-07-01 12:00:00'"),
    "invoices": ByHand("invoices", "paid_on < '2018-07-01'"),
    "orders": ByHand("orders", "state = 'done' AND ended_at <= '2018-07-01 12:00:00'"),
    "abandoned-orders": ByHand("orders", "state = 'abandoned' AND ended_at <= '2025-07-01 12:00:00'"),
    "expired-cards": ByHand("cards", "expires_on < '2025-01-01'"),
    "disclosures": ByHand("disclosures", "disclosed_on < '2020-07-01'"),
    "sessions": ByHand("sessions", "datetime(last_used_at, 'unixepoch') <= '2026-06-01 12:00:00'"),
    "preferences": ByHand("preferences", "datetime(changed_at) <= '2025-07-01 12:00:00'"),
    "page-views": ByHand("page_views", "datetime(at / 1000, 'unixepoch') <= '2025-06-01 12:00:00'"),
    "cookie-consents": ByHand("cookie_consents", "datetime(decided_at) <= '2024-07-01 12:00:00'"),
    "login-records": ByHand("logins", "at > 0 AND datetime(at, 'unixepoch') <= '2025-07-01 12:00:00'"),
    "unconfirmed-subscribers": ByHand("subscribers", "state = 'unconfirmed' AND changed_at <= '2026-06-17 12:00:00'"),
    "opt-outs": ByHand(
        "subscribers",
        """state = 'opted out' AND changed_at <= '2026-06-01 12:00:00'
        AND (email LIKE '%@%' OR name IS NOT NULL)""",
        "email = 'token ' || id, name = NULL",
    ),
    # -- server.yaml
    "handed-over-logins": ByHand(
        "tickets",
        f"{_CLOSED} AND closed_at <= '2026-06-17 12:00:00' AND ssh_password IS NOT NULL",
        "server_ip = NULL, ssh_user = NULL, ssh_password = NULL, install_folder = NULL, affected_accounts = NULL",
    ),
    "logins-in-posts": ByHand(
        "ticket_posts",
        f"""{_TOLD} AND ticket_id IN
        (SELECT id FROM tickets WHERE {_CLOSED} AND closed_at <= '2026-06-17 12:00:00')""",
        "body = without_password(body)",
    ),
    "logins-in-e-mails": ByHand(
        "mails", f"datetime(sent_at) <= '2026-06-01 12:00:00' AND {_TOLD}", "body = without_password(body)"
    ),
    "logins-in-chats": ByHand(
        "chats",
        f"""ended_at > 0 AND datetime(ended_at / 1000, 'unixepoch') <= '2026-06-01 12:00:00'
        AND {_TOLD.replace("body", "words")}""",
        "words = without_password(words)",
    ),
    "ended-services": ByHand(
        "services",
        """ended_on < '2024-07-01'
        AND id NOT IN (SELECT service_id FROM domains WHERE ended_on IS NULL OR ended_on >= '2024-07-01')
        AND id NOT IN (SELECT service_id FROM certificates WHERE expires_on IS NULL OR expires_on >= '2024-07-01')
        AND id NOT IN (SELECT service_id FROM servers WHERE retired_on IS NULL OR retired_on >= '2024-07-01')
        AND id NOT IN (SELECT service_id FROM servers JOIN licence_checks ON servers.id = server_id
                       WHERE status = 'unlicensed' OR status IS NULL)""",
    ),
    "ended-domains": ByHand("domains", "state IN ('lapsed', 'moved away') AND ended_on < '2024-07-01'"),
    "retired-servers": ByHand(
        "servers",
        """retired_on < '2024-07-01'
        AND id NOT IN (SELECT server_id FROM licence_checks WHERE status = 'unlicensed' OR status IS NULL)""",
    ),
    "expired-certificates": ByHand("certificates", "expires_on < '2024-07-01'"),
    "licence-checks": ByHand(
        "licence_checks", "status = 'licensed' AND datetime(checked_at, 'unixepoch') <= '2025-07-01 12:00:00'"
    ),
    "unlicensed-software": ByHand(
        "licence_checks",
        "status = 'unlicensed' AND datetime(checked_at, 'unixepoch') <= '2024-07-01 12:00:00'",
        stays=True,
    ),
    "feature-usage": ByHand("feature_usage", "used_on < '2025-06-01'"),
    # -- user-communications.yaml
    "closed-tickets": ByHand("tickets", f"{_CLOSED} AND closed_at <= '2024-07-01 12:00:00'"),
    "e-mails": ByHand("mails", "datetime(sent_at) <= '2024-07-01 12:00:00'"),
    "letters": ByHand("letters", "received_on < '2020-07-01'"),
    "chats": ByHand("chats", "ended_at > 0 AND datetime(ended_at / 1000, 'unixepoch') <= '2025-07-01 12:00:00'"),
    "testimonials": ByHand(
        "testimonials",
        """given_on < '2023-07-01' AND (agreed_until IS NULL OR agreed_until < '2026-07-01')
        AND NOT (author = 'A customer' AND company IS NULL AND client_id IS NULL)""",
        "author = 'A customer', company = NULL, client_id = NULL",
    ),
    "forum-authors": ByHand(
        "forum_posts",
        """datetime(posted_at, 'unixepoch') <= '2021-07-01 12:00:00'
        AND NOT (author_name = 'Former member' AND author_id = 0)""",
        "author_name = 'Former member', author_id = 0",
    ),
    "forum-addresses": ByHand(
        "forum_posts",
        """datetime(posted_at, 'unixepoch') <= '2026-04-02 12:00:00'
        AND ip NOT LIKE '%.0.0' AND ip NOT LIKE '%::'""",
        """ip = CASE WHEN ip LIKE '%:%' THEN '2001:db8:' || substr(ip, 10, instr(substr(ip, 10), ':') - 1) || '::'
        ELSE substr(ip, 1, instr(ip, '.') + instr(substr(ip, instr(ip, '.') + 1), '.')) || '0.0' END""",
    ),
    "expired-bans": ByHand("bans", "until > 0 AND datetime(until, 'unixepoch') <= '2026-07-01 12:00:00'"),
    # -- non-personal.yaml
    "page-statistics": ByHand("page_totals", "day < '2021-07-01'"),
    "feature-statistics": ByHand("feature_totals", "month < '2021-07-01'"),
    "uptime-samples": ByHand("uptime_samples", "datetime(sampled_at / 1000, 'unixepoch') <= '2025-06-01 12:00:00'"),
    "job-history": ByHand("jobs", "state = 'succeeded' AND finished_at <= '2026-04-02 12:00:00'"),
}

#: Rows that go with others, from above to below: a row goes where the other has gone.
_ALONG = (
    *(
        (table, f"{column} NOT IN (SELECT id FROM services)")
        for table, column in (
            ("domains", "service_id"),
            ("certificates", "service_id"),
            ("servers", "service_id"),
        )
    ),
    ("domain_contacts", "domain_id NOT IN (SELECT id FROM domains)"),
    ("licence_checks", "server_id NOT IN (SELECT id FROM servers)"),
    ("feature_usage", "server_id NOT IN (SELECT id FROM servers)"),
    ("invoice_items", "invoice_id NOT IN (SELECT id FROM invoices)"),
    ("payments", "invoice_id NOT IN (SELECT id FROM invoices)"),
    ("ticket_posts", "ticket_id NOT IN (SELECT id FROM tickets)"),
    ("attachments", "object_type = 'post' AND object_id NOT IN (SELECT id FROM ticket_posts)"),
    ("attachments", "object_type = 'letter' AND object_id NOT IN (SELECT id FROM letters)"),
    ("files", "id NOT IN (SELECT file_id FROM attachments)"),
)


def carry_out(database: sqlite3.Connection) -> None:
    """Do by hand what an apply of all rules has to do; which records are due is found before anything is changed."""
    database.execute("PRAGMA foreign_keys = OFF")
    database.create_function("without_password", 1, _without_password)
    for number, rule in enumerate(RULES.values()):
        database.execute(f"CREATE TEMP TABLE due{number} AS {rule.due}")
    _carry_out_below(database, "children", {"clients"})
    _carry_out_below(database, "former-customers", set(_OWNERS) - {"contacts", "cards"})
    _carry_out_below(database, "children-kept-by-law", {"clients", "invoices", "invoice_items", "payments", "orders"})
    acting = [(number, rule) for number, rule in enumerate(RULES.values()) if not rule.stays]
    for number, rule in acting:
        if rule.columns:
            due = f"SELECT number FROM temp.due{number}"
            database.execute(f"UPDATE {rule.table} SET {rule.columns} WHERE rowid IN ({due})")
    for number, rule in acting:
        if not rule.columns:
            database.execute(f"DELETE FROM {rule.table} WHERE rowid IN (SELECT number FROM temp.due{number})")
    for table, orphaned in _ALONG:
        database.execute(f"DELETE FROM {table} WHERE {orphaned}")


def _carry_out_below(database: sqlite3.Connection, rule: str, staying: set[str]) -> None:
    """Delete all rows that belong to the people whom a rule on clients is about, save those of some tables."""
    due = f"SELECT number FROM temp.due{list(RULES).index(rule)}"
    for table in reversed([table for table in _OWNERS if table not in staying]):
        database.execute(f"DELETE FROM {table} WHERE {_OWNERS[table]} IN ({due})")


def _without_password(body: str) -> str:
    body = re.sub(r"(ssh://root:)\w{12}@", r"\1[credential]@", body)
    return re.sub(r"(password(?: is|:) )\w{12}", r"\1[credential]", body)
