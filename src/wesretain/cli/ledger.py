"""`wesretain ledger`: what was done, and the proof that nothing of it was changed."""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from wesretain.cli.book import configured, ledger_of
from wesretain.cli.lists import format_option, show
from wesretain.cli.options import config_option
from wesretain.errors import LedgerError, UsageError, WesretainError, worst
from wesretain.model.config import Config
from wesretain.model.ledger import Kind
from wesretain.model.names import family_of
from wesretain.render.plain import plain

if TYPE_CHECKING:
    from wesretain.ledger import Ledger as Book
    from wesretain.verify import Compared

#: So many entries a terminal is shown.
_SHOWN = 50
_HASH = re.compile(r"[0-9a-f]{64}")


@click.group(
    epilog="""\b
Examples:
  wesretain ledger show --rule closed-tickets
  wesretain ledger verify
  wesretain ledger verify --expect-head "$(cat /srv/elsewhere/head)"
  wesretain ledger export >ledger.jsonl
"""
)
def ledger() -> None:
    """Show what was done, and prove that nothing of it was changed.

    Each entry carries the hash of the one before. Keep the newest hash, the head, elsewhere from time to time: then
    nobody can cut the end off unseen.
    """


@ledger.command(
    name="show",
    epilog="""\b
Examples:
  wesretain ledger show
  wesretain ledger show --rule closed-tickets --kind "batch done" --format csv
""",
)
@config_option
@click.option("--rule", metavar="NAME", help="Entries on this rule only.")
@click.option(
    "--kind",
    "kinds",
    multiple=True,
    type=click.Choice([kind.value for kind in Kind]),
    metavar="KIND",
    help=f"Of this kind: {', '.join(kind.value for kind in Kind)}.",
)
@click.option("--limit", type=click.IntRange(1), help=f"The newest so many.  [default: {_SHOWN} in a table, else all]")
@format_option
@click.pass_context
def show_entries(
    context: click.Context, config: Path, rule: str | None, kinds: tuple[str, ...], limit: int | None, form: str
) -> None:
    """Show what was done: when, under which rule, law and approval, how many records, and by whom. Newest last."""
    from wesretain.render.ledger import listing, told

    settings = configured(config)
    laws = _laws(config)
    shown = limit or (_SHOWN if form == "table" else None)
    with ledger_of(settings) as book:
        wanted = (
            each
            for each in told(book.all_entries(), laws)
            if (rule is None or each.rule == rule) and (not kinds or each.entry.kind.value in kinds)
        )
        newest = tuple(deque(wanted, maxlen=shown))
    if not newest and form == "table":
        click.echo("no entry is of that kind" if rule is None else f"no entry is on rule {plain(rule)}")
        return
    show(context, form, listing(newest, settings.zone))


def _laws(config: Path) -> dict[str, str]:
    """The laws that the rules cite now, as far as the files can be read."""
    from wesretain.policy.load import load

    return {rule.name: rule.law for rule in load(config).rules if rule.law}


@ledger.command(
    epilog="""\b
Examples:
  wesretain ledger verify
  wesretain ledger verify --expect-head 9f2c...    # as somebody else kept it
"""
)
@config_option
@click.option("--expect-head", metavar="HASH", help="A head that was noted earlier: it must be in the chain still.")
def verify(config: Path, expect_head: str | None) -> int:
    """Check the chain, and compare it with the evidence in every prepared database.

    It ends with exit status 8 on any difference, and says each in one line.
    """
    if expect_head is not None and not _HASH.fullmatch(expect_head):
        raise UsageError("--expect-head is no hash", "give the 64 digits that `wesretain ledger head` printed")
    settings = configured(config)
    codes = [0]
    with ledger_of(settings) as book:
        for words in book.verify():
            _differ(f"the chain is broken: {words}", codes)
        if expect_head is not None and not book.has_head(expect_head):
            _differ("the chain has lost its end, or was made anew: the expected head is not in it", codes)
        if codes == [0]:
            click.echo("the chain is whole")
        for found in _comparisons(settings, book, codes):
            _tell(found, codes)
        click.echo(f"head {book.head()}")
    return worst(codes)


def _comparisons(settings: Config, book: Book, codes: list[int]) -> Sequence[Compared]:
    """Every configured database compared, and a word on those that are configured no longer."""
    from wesretain.families import discovered
    from wesretain.verify import compare

    now = discovered(settings)
    for lost in now.failures:
        click.echo(f"wesretain: {plain(lost.message)}", err=True)
        codes.append(lost.exit_code)
    try:
        found = compare(now.config.databases, book)
        prepared = {entry.subject for entry in book.all_entries(kinds=(Kind.DATABASE_PREPARED,))}
    except LedgerError as error:  # an entry that the chain's own check has told of
        _differ(str(error), codes)
        return ()
    unknown = {lost.database for lost in now.failures}
    for name in sorted(prepared - {database.name for database in now.config.databases}):
        if family_of(name) in unknown:  # that has been told
            continue
        click.echo(f"wesretain: database {plain(name)} is configured no longer, and was not compared", err=True)
    return found


def _differ(words: str, codes: list[int]) -> None:
    click.echo(f"wesretain: {plain(words)}", err=True)
    codes.append(LedgerError.exit_code)


def _tell(found: Compared, codes: list[int]) -> None:
    """Say what came of one database."""
    for words in found.differences:
        _differ(words, codes)
    for words in found.notes:
        click.echo(f"wesretain: {plain(words)}", err=True)
    match found.failure:
        case None:
            if not found.differences:
                batches = "1 batch agrees" if found.agreeing == 1 else f"{found.agreeing:,} batches agree"
                click.echo(f"database {plain(found.database)}: {batches}")
        case WesretainError() as failure:
            click.echo(f"wesretain: {plain(str(failure))}", err=True)
            codes.append(failure.exit_code)


@ledger.command(
    epilog="""\b
Examples:
  wesretain ledger export >ledger.jsonl
  wesretain ledger export --format csv >ledger.csv
"""
)
@config_option
@click.option("--format", "form", type=click.Choice(["jsonl", "csv"]), default="jsonl", show_default=True)
def export(config: Path, form: str) -> None:
    """Print all entries, whole, oldest first."""
    from wesretain.render.ledger import as_csv, as_jsonl

    with ledger_of(configured(config)) as book:
        for line in as_csv(book.all_entries()) if form == "csv" else as_jsonl(book.all_entries()):
            click.echo(line)


@ledger.command(
    epilog="""\b
Example:
  wesretain ledger head | ssh elsewhere "cat >>heads"
"""
)
@config_option
def head(config: Path) -> None:
    """Print the newest entry's hash, which stands for the whole chain: keep it elsewhere."""
    with ledger_of(configured(config)) as book:
        click.echo(book.head())
