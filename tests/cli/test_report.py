"""`wesretain report`: one page, complete and harmless; the public schedule and the record of processing."""

from __future__ import annotations

import csv
import html
import io
import re
from html.parser import HTMLParser
from pathlib import Path

import pytest

from cli.houses import AS_OF, House
from databases import Server
from engines.live import write

TABLES = """\
    tables:
      people:
        category: personal
        subjects: self
        columns: {id: identifier, name: name, born: date_of_birth, seen: none}
      orders:
        category: personal
        subjects: person
        disclosed to: "couriers, SG"
        links: {person: {to: people, by: person_id}}
        columns: {id: none, person_id: identifier, note: free_text, done: none}
"""
RULES = """\
  guests:
    title: Guests <who> left
    table: shop.people
    where: {has no: [orders]}
    keep: 12 months
    after: seen
    then: delete
  orders:
    title: Orders
    table: shop.orders
    keep: 2 years
    after: done
    then: delete
    law: Companies Act 2016 (Malaysia), s. 245
    purpose: accounting
    basis: legal obligation
  looked-at: {title: Only looked at, table: shop.people, keep: 3 years, after: seen, then: report}
"""
#: Of the guests: last seen, and how many months ago that was on 1 July 2026.
SEEN = ("2024-01-15", "2025-03-01", "2025-06-30", "2025-07-15", "2026-01-10", "2026-06-01")


@pytest.fixture
def shop(house: House, engine_url: str) -> House:
    return furnish(house, engine_url)


@pytest.fixture
def one_shop(house: House, sqlite: Server) -> House:
    return furnish(house, sqlite.fresh_database("shop"))


def furnish(house: House, url: str) -> House:
    people = ", ".join(f"({n}, 'Ada <b>Miller', '1990-01-01', '{seen}')" for n, seen in enumerate(SEEN, 1))
    write(
        url,
        "CREATE TABLE people (id integer PRIMARY KEY, name varchar(60), born date, seen date)",
        "CREATE TABLE orders (id integer PRIMARY KEY, person_id integer, note varchar(60), done date)",
        f"INSERT INTO people VALUES {people}, (7, 'Bob', NULL, NULL)",
        "INSERT INTO orders VALUES (1, 6, 'x', '2020-01-01')",
    )
    return house.furnish(RULES, TABLES, shop=url)


class Page(HTMLParser):
    """What a browser would fetch, and whether the page is well formed."""

    VOID = frozenset({"meta", "line", "rect", "br"})

    def __init__(self) -> None:
        super().__init__()
        self.fetched: list[str] = []
        self.open: list[str] = []
        self.ids: list[str] = []
        self.words: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        known = dict(attrs)
        if tag in ("script", "link", "img", "iframe", "object", "embed", "video", "audio", "source"):
            self.fetched.append(tag)
        self.fetched += [value for name, value in attrs if name in ("src", "srcset", "background") and value]
        self.fetched += [value for name, value in attrs if name == "href" and value and not value.startswith("#")]
        self.fetched += [name for name, _ in attrs if name.startswith("on")]
        if "id" in known:
            self.ids.append(str(known["id"]))
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "rect" and attrs:
            return

    def handle_endtag(self, tag: str) -> None:
        if tag not in self.VOID:
            assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.words.append(data)


def read(text: str) -> Page:
    page = Page()
    page.feed(text)
    page.close()
    assert page.open == []
    return page


def report(house: House) -> str:
    answer = house.call("report", "--as-of", AS_OF)
    assert answer.code == 0, answer.err
    assert answer.out == "wrote wesretain-report.html\n"
    return (house.folder / "wesretain-report.html").read_text()


def test_the_page_asks_nobody_for_anything(shop: House) -> None:
    text = report(shop)
    page = read(text)
    assert page.fetched == []
    assert "url(" not in text
    assert "@import" not in text
    assert len(page.ids) == len(set(page.ids))


def test_no_value_of_a_record_is_in_it(shop: House) -> None:
    text = report(shop)
    assert "Miller" not in text
    assert "1990" not in text


def test_what_comes_from_files_is_escaped(one_shop: House) -> None:
    text = report(one_shop)
    assert "Guests &lt;who&gt; left" in text
    assert "Guests <who>" not in text


def figures(text: str, title: str) -> dict[str, int]:
    """The figures of the chart of a rule, by what they are labelled with."""
    article = text[text.index(title) :]
    body = article[article.index("<tbody>") : article.index("</tbody>")]
    rows = re.findall(r'<th scope="row">(.+?)</th><td>([\d,]+)</td>', body)
    return {label: int(figure.replace(",", "")) for label, figure in rows}


def test_the_ages_beside_the_window(shop: House) -> None:
    """Twelve columns to the left of the cut-off, twelve to the right, and what lies beyond; by hand for six guests."""
    found = figures(report(shop), "Guests &lt;who&gt; left")
    labels = list(found)
    assert len(labels) == 26
    assert labels[0] == "until 2024-07-01"
    assert labels[-1] == "after 2026-07-01"
    cut_off = [place for place, label in enumerate(labels) if label.endswith(" to 2025-07-01")]
    assert cut_off == [12]
    counts = list(found.values())
    # The one who has an order is no guest; the one without a time stands nowhere.
    assert counts[0] == 1
    assert sum(counts[1:13]) == 2
    assert sum(counts[13:]) == 2


def test_the_forecast(shop: House) -> None:
    """What runs out month by month: seen on 15 July 2025 by 1 August, on 10 January 2026 by 1 February 2027."""
    text = report(shop)
    part = text[text.index('id="forecast"') :]
    table = part[part.index('aria-label="Forecast by rule"') :]
    heads = re.findall(r'<th scope="col">(.+?)</th>', table[: table.index("</thead>")])[1:]
    row = re.search(r">guests</a></th>((?:<td>\d+</td>)+)", table)
    assert row is not None
    falls = dict(zip(heads, map(int, re.findall(r"\d+", row[1])), strict=True))
    assert {month: count for month, count in falls.items() if count} == {"1\u00a0Aug 2026": 1, "1\u00a0Feb 2027": 1}


def test_what_is_due_held_and_missing(one_shop: House) -> None:
    answer = one_shop.call(
        *("hold", "add", "--matter", "Case 7", "--reason", "a suit", "--subject", "shop.people", "1")
    )
    assert answer.code == 0, answer.err
    text = report(one_shop)
    found = re.findall(r"<strong>([\d,]+)</strong> <span>(.+?)</span>", text)
    cards = {words: int(figure) for figure, words in found}
    assert cards["are due, rule by rule"] == 2 + 1  # two guests are left beside the one that is held, and the order
    assert cards["records would go or lose data today"] == 3
    assert cards["are held"] == 2  # under two rules
    assert cards["holds in force"] == 1
    assert "Case 7" in text
    assert cards["gaps"] == len(re.findall(r"&middot; [a-z-]+</span></li>", text)) > 0
    assert "location-missing" in text
    assert "Nothing has been applied yet." in text


def test_a_rule_that_the_database_refuses(one_shop: House) -> None:
    policy = one_shop.folder / "policy.yaml"
    policy.write_text(policy.read_text().replace("after: done", "after: note"))
    text = report(one_shop)
    assert re.search(r'<p class="wrong">Refused: .*orders.note', text)


def test_the_last_runs(one_shop: House) -> None:
    apply = ("apply", "--rule", "guests", "--yes", "--as-of", AS_OF)
    for command in (("prepare", "shop"), ("approve", "guests", "--backlog", "3"), apply):
        answer = one_shop.call(*command)
        assert answer.code == 0, answer.err
    text = report(one_shop)
    runs = text[text.index('aria-label="Last runs"') :]
    assert re.search(r'>shop</td>.*>3</td><td data-head="Rules">guests 3</td>', runs)


def test_a_database_that_is_not_there_is_told(one_shop: House) -> None:
    config = one_shop.folder / "wesretain.yaml"
    config.write_text(re.sub(r"sqlite:///[^\"' }]+", "postgresql://nobody@127.0.0.1:1/shop", config.read_text()))
    answer = one_shop.call("report", "--out", "page.html")
    assert answer.code == 7
    assert answer.err.count("\n") == 1
    told = html.escape(answer.err.removeprefix("wesretain: ").strip(), quote=False)
    assert f'<p class="wrong">{told}</p>' in (one_shop.folder / "page.html").read_text()


# -- the schedule, and the record of processing ---------------------------------------------------------------------


def test_the_public_schedule(one_shop: House) -> None:
    rows = list(csv.DictReader(io.StringIO(one_shop.call("report", "schedule", "--format", "csv").out)))
    assert [(row["what"], row["how long"], row["counted from"], row["then"]) for row in rows] == [
        ("Guests <who> left", "12 months", "seen", "it is deleted"),
        ("Orders", "2 years", "done", "it is deleted"),
    ]
    assert rows[1]["basis"] == "legal obligation (Companies Act 2016 (Malaysia), s. 245)"
    text = one_shop.call("report", "schedule").out
    assert "| Orders | 2 years | done | it is deleted | accounting | legal obligation (Companies" in text
    assert "Only looked at" not in text, "what is only reported is not promised"


def test_a_published_schedule_that_differs(one_shop: House) -> None:
    published = one_shop.folder / "schedule.md"
    published.write_text(one_shop.call("report", "schedule").out)
    answer = one_shop.call("report", "schedule", "--check", "schedule.md")
    assert (answer.code, answer.said) == (0, "")
    policy = one_shop.folder / "policy.yaml"
    policy.write_text(policy.read_text().replace("keep: 12 months", "keep: 18 months"))
    answer = one_shop.call("report", "schedule", "--check", "schedule.md")
    assert answer.code == 1
    assert re.search(r"^-\| Guests &lt;who> left \| 12 months ", answer.out, re.M)
    assert re.search(r"^\+\| Guests &lt;who> left \| 18 months ", answer.out, re.M)


@pytest.mark.parametrize("name", ["nowhere.md", "binary.md"])
def test_a_published_schedule_that_cannot_be_read(one_shop: House, name: str) -> None:
    (one_shop.folder / "binary.md").write_bytes(b"\xff\xfe")
    answer = one_shop.call("report", "schedule", "--check", name)
    assert answer.code == 3
    assert answer.err.count("\n") == 1


def test_the_record_of_processing(one_shop: House) -> None:
    config = one_shop.folder / "wesretain.yaml"
    config.write_text(config.read_text() + "location: Kuala Lumpur, MY\n")
    rows = {
        r["purpose"]: r
        for r in csv.DictReader(io.StringIO(one_shop.call("report", "processing", "--format", "csv").out))
    }
    assert set(rows) == {"order processing", "accounting"}
    accounting = rows["accounting"]
    assert accounting["lawful basis"] == "legal obligation (Companies Act 2016 (Malaysia), s. 245)"
    assert accounting["of whom"] == "person"
    assert accounting["categories of data"] == "identifier; free_text"
    assert accounting["recipients"] == "couriers, SG"
    assert accounting["other countries"] == "shop.orders, disclosed to couriers: MY to SG"
    assert accounting["time limits for erasure"] == "Orders: 2 years"
    assert rows["order processing"]["of whom"] == "people"
    limits = rows["order processing"]["time limits for erasure"]
    assert limits == "Guests <who> left: 12 months; Only looked at: 3 years, only reported so far"
    text = one_shop.call("report", "processing").out
    assert text.startswith("# Record of processing activities\n\nController: ")


def test_where_it_cannot_be_written(one_shop: House) -> None:
    answer = one_shop.call("report", "--out", str(Path("nowhere") / "page.html"))
    assert answer.code == 3
    assert answer.err.count("\n") == 1
