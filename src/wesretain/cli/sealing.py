"""Sealed plans as files: `scan --out` writes one under the ledger's seal, and `apply PLAN` opens no other."""

from __future__ import annotations

import hmac
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from wesretain.errors import InvalidInput, LimitReached, UsageError, WesretainError
from wesretain.model.config import Intent, LedgerServer
from wesretain.model.plan import Plan
from wesretain.model.seal import SealedPlan, drift, sealed, sealed_of

if TYPE_CHECKING:
    from wesretain.survey import Request

_VERSION = 1
_LARGEST = 10_000_000


class PlanUnwritable(WesretainError):
    """The plan was shown, and could not be written."""

    exit_code = 5


def write_plan(path: Path, request: Request, plan: Plan) -> None:
    """Write what a scan found to a file that only its ledger can have sealed.

    Raises:
        PlanUnwritable: where nothing was found that could be carried out, or it cannot be written.
    """
    if not any(found.rules for found in plan.databases):
        raise PlanUnwritable(f"{path} was not written: no database could be scanned", "see above")
    row = _seal_of(request, plan).as_row()
    text = json.dumps({"wesretain plan": _VERSION, **row, "seal": _token(request.intent.config.ledger, row)}, indent=2)
    try:
        path.write_text(f"{text}\n", encoding="utf-8")
    except OSError as error:
        raise PlanUnwritable(f"{path} cannot be written: {error.strerror}", "name another file") from None


def plan_again(path: Path, intent: Intent) -> tuple[Request, Plan]:
    """What to carry out of the plan in a file: what is due of it now, as of its own instant.

    Raises:
        InvalidInput: where it cannot be read, or this ledger has not sealed it as it is.
        LimitReached: where it is not what would be carried out any more, with everything that has changed.
    """
    from wesretain.cli.intent import request_for
    from wesretain.cli.scan import scanned
    from wesretain.survey import Selection

    then = _read_plan(path, intent.config.ledger)
    if lost := sorted(set(then.rules) - {rule.name for rule in intent.rules}):
        raise _out_of_date(path, f"rule `{lost[0]}` is gone")
    databases = tuple(database.name for database in then.databases)  # a family may have other members by now
    try:
        request = request_for(intent, then.as_of, Selection(then.rules, databases=databases))
    except UsageError as gone:
        raise _out_of_date(path, gone.message) from None
    plan = scanned(request)
    if changes := "; ".join(drift(then, _seal_of(request, plan))):
        raise _out_of_date(path, changes)
    return request, plan


def _read_plan(path: Path, ledger: Path | LedgerServer) -> SealedPlan:
    mend = "write one with `wesretain scan --out`"
    try:
        with path.open(encoding="utf-8") as file:
            row = json.loads(file.read(_LARGEST))
    except OSError as error:
        raise InvalidInput(f"{path} cannot be read: {error.strerror}", mend) from None
    except (ValueError, RecursionError):
        row = None
    if isinstance(row, dict) and row.pop("wesretain plan", None) == _VERSION:
        seal = row.pop("seal", None)
        if isinstance(seal, str) and hmac.compare_digest(seal.encode(errors="replace"), _token(ledger, row).encode()):
            return sealed_of(row)
    raise InvalidInput(f"{path} is no plan of this ledger, or was changed", mend)


def _out_of_date(path: Path, changes: str) -> LimitReached:
    return LimitReached(f"{path} is out of date: {changes}", "look again, with `wesretain scan --out`")


def _seal_of(request: Request, plan: Plan) -> SealedPlan:
    return sealed(plan, request.intent, request.holds, request.decisions)


def _token(ledger: Path | LedgerServer, row: dict[str, Any]) -> str:
    from wesretain.ledger import opened
    from wesretain.policy.load import parse_condition

    with opened(ledger, parse_condition) as book:
        return book.token("sealed plan", json.dumps(row, sort_keys=True))
