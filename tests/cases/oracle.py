"""What each rule of the sample databases must find, as SQL written by hand; it shares nothing with the product."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True)
class Case:
    """One rule, alone. Queries count rows; `held` are the due ones that its holds stop."""

    rule: str
    data: str  # the folder of its policy, and the database to load
    as_of: str
    total: str
    due: str
    figures: tuple[int, int, int]  # due (held ones included), held, undated: known from outside
    held: str = "SELECT 0"
    undated: str = "SELECT 0"
    takes: dict[str, str] = field(default_factory=dict)
    holds: tuple[tuple[str, str], ...] = ()  # records: table, key
    act: tuple[str, ...] = ()  # what has to happen to the rows, holds heeded


NOW = "2026-07-01T00:00:00Z"
SHOP = "2006-03-01T00:00:00Z"
_CH1 = "SELECT count(*) FROM Invoice WHERE InvoiceDate <= '2023-07-01 00:00:00'"
_SA1 = "SELECT count(*) FROM rental WHERE return_date <= '2005-09-01 00:00:00'"
_INVOICES = "SELECT InvoiceId FROM Invoice WHERE InvoiceDate <= '2023-07-01' AND InvoiceId <> 5 AND CustomerId <> 2"
_PG_INVOICES = (
    "SELECT invoice_id FROM invoice WHERE invoice_date <= '2023-07-01' AND invoice_id <> 5 AND customer_id <> 2"
)
_RENTALS = "return_date <= '2005-09-01 00:00:00' AND customer_id <> 5"
_INACTIVE = "active = 0 AND last_update <= '2006-02-16 00:00:00'"
_CUSTOMERS = f"SELECT customer_id FROM customer WHERE {_INACTIVE} AND customer_id <> 16"
_SPAM = (
    "comment_approved IN ('spam', 'trash') AND comment_date_gmt > '1000-01-01'"
    " AND comment_date_gmt <= '2026-06-01 00:00:00'"
)
_REVISIONS = "post_type = 'revision' AND post_modified_gmt <= '2025-07-01 00:00:00'"
_SILENT = (
    "(SELECT max(InvoiceDate) FROM Invoice WHERE Invoice.CustomerId = Customer.CustomerId) <= '2025-07-01 00:00:00'"
)
_PG_SILENT = "(SELECT max(invoice_date) FROM invoice WHERE invoice.customer_id = customer.customer_id) <= '2025-07-01'"
_SUBSCRIBERS = (
    "user_registered > '1000-01-01' AND user_registered <= '2024-07-01 00:00:00' AND EXISTS (SELECT 1 FROM wp_usermeta"
    " WHERE user_id = wp_users.ID AND meta_key = 'wp_capabilities' AND meta_value LIKE '%%\"subscriber\"%%')"
    " AND NOT EXISTS (SELECT 1 FROM wp_posts WHERE post_author = wp_users.ID)"
    " AND NOT EXISTS (SELECT 1 FROM wp_comments WHERE user_id = wp_users.ID)"
)
_IN_TRASH = (
    "post_status = 'trash' AND EXISTS (SELECT 1 FROM wp_postmeta WHERE post_id = wp_posts.ID"
    " AND meta_key = '_wp_trash_meta_time' AND meta_value + 0 <= unix_timestamp('2026-06-01 00:00:00'))"
)

CASES = (
    Case(
        rule="CH-1",
        data="chinook",
        act=(
            f"DELETE FROM InvoiceLine WHERE InvoiceId IN ({_INVOICES})",
            f"DELETE FROM Invoice WHERE InvoiceId IN ({_INVOICES})",
        ),
        as_of=NOW,
        total="SELECT count(*) FROM Invoice",
        due=_CH1,
        held=f"{_CH1} AND (InvoiceId = 5 OR CustomerId = 2)",
        takes={
            "InvoiceLine": "SELECT count(*) FROM InvoiceLine WHERE InvoiceId IN (SELECT InvoiceId FROM Invoice"
            " WHERE InvoiceDate <= '2023-07-01 00:00:00' AND InvoiceId <> 5 AND CustomerId <> 2)"
        },
        figures=(208, 5, 0),
        holds=(("Customer", "2"), ("Invoice", "5")),
    ),
    Case(
        rule="CH-2",
        data="chinook",
        act=(
            "UPDATE Customer SET FirstName = 'Erased', LastName = 'Erased',"
            " Email = 'erased-' || CustomerId || '@invalid', Phone = NULL, Fax = NULL, Address = NULL, Company = NULL"
            f" WHERE {_SILENT} AND CustomerId <> 2",
        ),
        as_of=NOW,
        total="SELECT count(*) FROM Customer",
        due=f"SELECT count(*) FROM Customer WHERE {_SILENT}",
        held=f"SELECT count(*) FROM Customer WHERE {_SILENT} AND CustomerId = 2",
        figures=(28, 1, 0),
        holds=(("Customer", "2"),),
    ),
    Case(
        rule="CH-3",
        data="chinook",
        act=(
            "UPDATE Invoice SET BillingAddress = NULL, BillingCity = NULL, BillingState = NULL,"
            " BillingPostalCode = NULL WHERE InvoiceDate <= '2025-07-01 00:00:00'",
        ),
        as_of=NOW,
        total="SELECT count(*) FROM Invoice",
        due="SELECT count(*) FROM Invoice WHERE InvoiceDate <= '2025-07-01 00:00:00' AND BillingAddress IS NOT NULL",
        figures=(370, 0, 0),
    ),
    Case(
        rule="CH-4",
        data="chinook",
        as_of=NOW,
        total="SELECT count(*) FROM Employee",
        due="SELECT count(*) FROM Employee WHERE BirthDate <= '1961-07-01 00:00:00'",
        figures=(2, 0, 0),
    ),
    Case(
        rule="CH-1",
        data="chinook_pg",
        act=(
            f"DELETE FROM invoice_line WHERE invoice_id IN ({_PG_INVOICES})",
            f"DELETE FROM invoice WHERE invoice_id IN ({_PG_INVOICES})",
        ),
        as_of=NOW,
        total="SELECT count(*) FROM invoice",
        due="SELECT count(*) FROM invoice WHERE invoice_date <= '2023-07-01 00:00:00'",
        held="SELECT count(*) FROM invoice WHERE invoice_date <= '2023-07-01 00:00:00'"
        " AND (invoice_id = 5 OR customer_id = 2)",
        takes={
            "invoice_line": "SELECT count(*) FROM invoice_line JOIN invoice USING (invoice_id)"
            " WHERE invoice_date <= '2023-07-01 00:00:00' AND invoice_id <> 5 AND customer_id <> 2"
        },
        figures=(208, 5, 0),
        holds=(("customer", "2"), ("invoice", "5")),
    ),
    Case(
        rule="CH-2",
        data="chinook_pg",
        act=(
            "UPDATE customer SET first_name = 'Erased', last_name = 'Erased',"
            " email = 'erased-' || customer_id || '@invalid', phone = NULL, fax = NULL, address = NULL, company = NULL"
            f" WHERE {_PG_SILENT} AND customer_id <> 2",
        ),
        as_of=NOW,
        total="SELECT count(*) FROM customer",
        due=f"SELECT count(*) FROM customer WHERE {_PG_SILENT}",
        held=f"SELECT count(*) FROM customer WHERE {_PG_SILENT} AND customer_id = 2",
        figures=(28, 1, 0),
        holds=(("customer", "2"),),
    ),
    Case(
        rule="CH-3",
        data="chinook_pg",
        act=(
            "UPDATE invoice SET billing_address = NULL, billing_city = NULL, billing_state = NULL,"
            " billing_postal_code = NULL WHERE invoice_date <= '2025-07-01'",
        ),
        as_of=NOW,
        total="SELECT count(*) FROM invoice",
        due="SELECT count(*) FROM invoice WHERE invoice_date <= '2025-07-01' AND billing_address IS NOT NULL",
        figures=(370, 0, 0),
    ),
    Case(
        rule="CH-4",
        data="chinook_pg",
        as_of=NOW,
        total="SELECT count(*) FROM employee",
        due="SELECT count(*) FROM employee WHERE birth_date <= '1961-07-01'",
        figures=(2, 0, 0),
    ),
    Case(
        rule="SA-1",
        data="sakila",
        act=(
            "UPDATE payment SET rental_id = NULL, last_update = last_update"
            f" WHERE rental_id IN (SELECT rental_id FROM rental WHERE {_RENTALS})",
            f"DELETE FROM rental WHERE {_RENTALS}",
        ),
        as_of=SHOP,
        total="SELECT count(*) FROM rental",
        due=_SA1,
        held=f"{_SA1} AND customer_id = 5",
        undated="SELECT count(*) FROM rental WHERE return_date IS NULL",
        takes={
            "payment": "SELECT count(*) FROM payment WHERE rental_id IN (SELECT rental_id FROM rental"
            " WHERE return_date <= '2005-09-01 00:00:00' AND customer_id <> 5)"
        },
        figures=(15799, 37, 183),
        holds=(("customer", "5"),),
    ),
    Case(
        rule="SA-2",
        data="sakila",
        act=(
            f"CREATE TEMPORARY TABLE homes AS SELECT address_id FROM customer WHERE customer_id IN ({_CUSTOMERS})",
            f"DELETE FROM payment WHERE customer_id IN ({_CUSTOMERS})",
            f"DELETE FROM rental WHERE customer_id IN ({_CUSTOMERS})",
            f"DELETE FROM customer WHERE {_INACTIVE} AND customer_id <> 16",
            "DELETE address FROM address JOIN homes USING (address_id)"
            " LEFT JOIN customer ON customer.address_id = address.address_id"
            " LEFT JOIN staff ON staff.address_id = address.address_id"
            " LEFT JOIN store ON store.address_id = address.address_id"
            " WHERE customer.customer_id IS NULL AND staff.staff_id IS NULL AND store.store_id IS NULL",
        ),
        as_of=SHOP,
        total="SELECT count(*) FROM customer",
        due=f"SELECT count(*) FROM customer WHERE {_INACTIVE}",
        held=f"SELECT count(*) FROM customer WHERE {_INACTIVE} AND customer_id = 16",
        takes={
            "rental": f"SELECT count(*) FROM rental WHERE customer_id IN ({_CUSTOMERS})",
            "payment": f"SELECT count(*) FROM payment WHERE customer_id IN ({_CUSTOMERS})",
            "address": "SELECT count(DISTINCT address_id) FROM customer"
            f" WHERE customer_id IN ({_CUSTOMERS}) AND address_id NOT IN"
            f" (SELECT address_id FROM customer WHERE customer_id NOT IN ({_CUSTOMERS})"
            " UNION SELECT address_id FROM staff UNION SELECT address_id FROM store)",
        },
        figures=(15, 1, 0),
        holds=(("customer", "16"),),
    ),
    Case(
        rule="SA-2b",
        data="sakila",
        as_of=SHOP,
        total="SELECT count(*) FROM customer",
        due="SELECT count(*) FROM customer WHERE active = 0 AND last_update <= '2006-02-15 00:00:00'",
        figures=(0, 0, 0),
    ),
    Case(
        rule="SA-3",
        data="sakila",
        as_of=SHOP,
        total="SELECT count(*) FROM customer",
        due="SELECT count(*) FROM customer WHERE (SELECT max(rental_date) FROM rental"
        " WHERE rental.customer_id = customer.customer_id) <= '2005-08-20 00:00:00'",
        figures=(6, 0, 0),
    ),
    Case(
        rule="SA-4",
        data="sakila",
        act=("DELETE FROM payment WHERE payment_date <= '2005-07-01 00:00:00'",),
        as_of=SHOP,
        total="SELECT count(*) FROM payment",
        due="SELECT count(*) FROM payment WHERE payment_date <= '2005-07-01 00:00:00'",
        figures=(3469, 0, 0),
    ),
    Case(
        rule="WP-1",
        data="wordpress",
        act=(
            "UPDATE wp_comments SET comment_author_IP = '', comment_agent = '' WHERE comment_approved = '1'"
            " AND comment_date_gmt > '1000-01-01' AND comment_date_gmt <= '2026-01-02 00:00:00'",
        ),
        as_of=NOW,
        total="SELECT count(*) FROM wp_comments",
        due="SELECT count(*) FROM wp_comments WHERE comment_approved = '1'"
        " AND (comment_author_IP <> '' OR comment_agent <> '')"
        " AND comment_date_gmt > '1000-01-01' AND comment_date_gmt <= '2026-01-02 00:00:00'",
        undated="SELECT count(*) FROM wp_comments WHERE comment_approved = '1'"
        " AND (comment_author_IP <> '' OR comment_agent <> '') AND comment_date_gmt < '1000-01-01'",
        figures=(3837, 0, 20),
    ),
    Case(
        rule="WP-2",
        data="wordpress",
        act=(
            f"DELETE FROM wp_commentmeta WHERE comment_id IN (SELECT comment_ID FROM wp_comments WHERE {_SPAM})",
            f"DELETE FROM wp_comments WHERE {_SPAM}",
        ),
        as_of=NOW,
        total="SELECT count(*) FROM wp_comments",
        due="SELECT count(*) FROM wp_comments WHERE comment_approved IN ('spam', 'trash')"
        " AND comment_date_gmt > '1000-01-01' AND comment_date_gmt <= '2026-06-01 00:00:00'",
        undated="SELECT count(*) FROM wp_comments WHERE comment_approved IN ('spam', 'trash')"
        " AND comment_date_gmt < '1000-01-01'",
        takes={
            "wp_commentmeta": "SELECT count(*) FROM wp_commentmeta JOIN wp_comments USING (comment_id)"
            " WHERE comment_approved IN ('spam', 'trash')"
            " AND comment_date_gmt > '1000-01-01' AND comment_date_gmt <= '2026-06-01 00:00:00'"
        },
        figures=(1478, 0, 10),
    ),
    Case(
        rule="WP-3",
        data="wordpress",
        act=(
            f"CREATE TEMPORARY TABLE gone AS SELECT ID FROM wp_users WHERE {_SUBSCRIBERS}"
            " AND ID NOT BETWEEN 700 AND 709",
            "DELETE FROM wp_usermeta WHERE user_id IN (SELECT ID FROM gone)",
            "DELETE FROM wp_users WHERE ID IN (SELECT ID FROM gone)",
        ),
        as_of=NOW,
        total="SELECT count(*) FROM wp_users",
        due=f"SELECT count(*) FROM wp_users WHERE {_SUBSCRIBERS}",
        held=f"SELECT count(*) FROM wp_users WHERE {_SUBSCRIBERS} AND ID BETWEEN 700 AND 709",
        undated="SELECT count(*) FROM wp_users WHERE " + _SUBSCRIBERS.replace("> '1000-01-01'", "< '1000-01-01'"),
        takes={
            "wp_usermeta": "SELECT count(*) FROM wp_usermeta WHERE user_id IN"
            f" (SELECT ID FROM wp_users WHERE {_SUBSCRIBERS} AND ID NOT BETWEEN 700 AND 709)"
        },
        figures=(492, 9, 11),
        holds=tuple(("wp_users", str(key)) for key in range(700, 710)),
    ),
    Case(
        rule="WP-4",
        data="wordpress",
        act=(
            f"DELETE FROM wp_postmeta WHERE post_id IN (SELECT ID FROM wp_posts WHERE {_REVISIONS})",
            f"DELETE FROM wp_posts WHERE {_REVISIONS}",
        ),
        as_of=NOW,
        total="SELECT count(*) FROM wp_posts",
        due="SELECT count(*) FROM wp_posts WHERE post_type = 'revision' AND post_modified_gmt <= '2025-07-01 00:00:00'",
        takes={
            "wp_postmeta.post": "SELECT count(*) FROM wp_postmeta JOIN wp_posts ON ID = post_id"
            " WHERE post_type = 'revision' AND post_modified_gmt <= '2025-07-01 00:00:00'",
            "wp_comments": "SELECT count(*) FROM wp_comments JOIN wp_posts ON wp_posts.ID = comment_post_ID"
            " WHERE post_type = 'revision' AND post_modified_gmt <= '2025-07-01 00:00:00'",
        },
        figures=(1594, 0, 0),
    ),
    Case(
        rule="WP-5",
        data="wordpress",
        act=(
            f"CREATE TEMPORARY TABLE gone AS SELECT ID FROM wp_posts WHERE {_IN_TRASH}",
            "DELETE FROM wp_commentmeta WHERE comment_id IN"
            " (SELECT comment_ID FROM wp_comments WHERE comment_post_ID IN (SELECT ID FROM gone))",
            "DELETE FROM wp_comments WHERE comment_post_ID IN (SELECT ID FROM gone)",
            "DELETE FROM wp_postmeta WHERE post_id IN (SELECT ID FROM gone)",
            "DELETE FROM wp_posts WHERE ID IN (SELECT ID FROM gone)",
        ),
        as_of=NOW,
        total="SELECT count(*) FROM wp_posts",
        due=f"SELECT count(*) FROM wp_posts WHERE {_IN_TRASH}",
        takes={
            "wp_postmeta.post": "SELECT count(*) FROM wp_postmeta WHERE post_id IN"
            f" (SELECT ID FROM wp_posts WHERE {_IN_TRASH})",
            "wp_comments": "SELECT count(*) FROM wp_comments WHERE comment_post_ID IN"
            f" (SELECT ID FROM wp_posts WHERE {_IN_TRASH})",
            "wp_comments.wp_commentmeta": "SELECT count(*) FROM wp_commentmeta WHERE comment_id IN"
            " (SELECT comment_ID FROM wp_comments WHERE comment_post_ID IN"
            f" (SELECT ID FROM wp_posts WHERE {_IN_TRASH}))",
        },
        figures=(63, 0, 0),
    ),
    Case(
        rule="WP-6",
        data="wordpress",
        act=("DELETE FROM wp_signups WHERE active = 0 AND registered <= '2026-01-02 00:00:00'",),
        as_of=NOW,
        total="SELECT count(*) FROM wp_signups",
        due="SELECT count(*) FROM wp_signups WHERE active = 0 AND registered <= '2026-01-02 00:00:00'",
        figures=(210, 0, 0),
    ),
)
