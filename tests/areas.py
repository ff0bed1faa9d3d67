"""The areas of the product that have mutants, and the tests that have to notice them."""

from __future__ import annotations

from dataclasses import dataclass

import apply.mutants as apply
import cli.mutants as cli
import discovery.mutants as discovery
import hostile.mutants as hostile
import ledger.mutants as ledger
import standing.mutants as standing
from standing.mutants import Mutant


@dataclass(frozen=True)
class Area:
    """Some mutants, and the files of tests of which one has to fail for each."""

    name: str
    mutants: tuple[Mutant, ...]
    tests: tuple[str, ...]


AREAS = (
    Area("standing", standing.MUTANTS, ("tests/standing/test_clauses.py",)),
    Area("quick", standing.QUICK, ("tests/cli/test_quick.py",)),
    Area("families", cli.FAMILIES, ("tests/cli/test_families.py",)),
    Area(
        "discovery",
        discovery.FOUND,
        (
            *("tests/discovery/test_classify.py", "tests/discovery/test_naming.py", "tests/discovery/test_nested.py"),
            *("tests/discovery/test_secrets.py", "tests/discovery/test_sampling.py", "tests/discovery/test_clocks.py"),
            *("tests/discovery/test_links.py", "tests/policy/test_merge.py", "tests/cli/test_inventory.py"),
        ),
    ),
    Area(
        "coverage",
        discovery.TOLD,
        ("tests/cli/test_inventory.py", "tests/cli/test_report.py", "tests/cli/test_clocks.py"),
    ),
    Area("doctor", discovery.MENDED, ("tests/cli/test_doctor.py",)),
    Area("groups", standing.GROUPS, ("tests/standing/test_questions.py",)),
    Area("forms", standing.FORMS, ("tests/standing/test_formats.py", "tests/standing/test_members.py")),
    Area(
        "links of texts",
        standing.TEXT_LINKS,
        ("tests/apply/test_text_links.py", "tests/standing/test_text_links.py"),
    ),
    Area(
        "fates",
        apply.FATES,
        ("tests/apply/test_apply.py", "tests/apply/test_midway.py", "tests/apply/test_sharing.py"),
    ),
    Area(
        "batches",
        apply.BATCHES,
        (
            *("tests/apply/test_midway.py", "tests/apply/test_batches.py"),
            *("tests/apply/test_by_name.py", "tests/apply/test_walks.py"),
            *("tests/apply/test_plans.py", "tests/apply/test_many_holds.py"),
        ),
    ),
    Area("brakes", apply.BRAKES, ("tests/apply/test_brakes.py", "tests/apply/test_sealed.py")),
    Area("ownership", apply.OWNERSHIP, ("tests/apply/test_ownership.py",)),
    Area(
        "gently",
        apply.GENTLY,
        (
            *("tests/apply/test_pace.py", "tests/apply/test_gently.py"),
            *("tests/apply/test_plans.py", "tests/apply/test_slow_children.py"),
        ),
    ),
    Area("replicas", apply.REPLICAS, ("tests/apply/test_lag.py",)),
    Area("midway", apply.MIDWAY, ("tests/apply/test_midway.py",)),
    Area("files", hostile.FILES, ("tests/hostile/test_files.py",)),
    Area("trust", hostile.TRUST, ("tests/policy/test_trust.py",)),
    Area("output", hostile.OUTPUT, ("tests/hostile/test_output.py",)),
    Area("injection", hostile.INJECTION, ("tests/hostile/test_injection.py",)),
    Area("secrets", hostile.SECRETS, ("tests/hostile/test_secrets.py", "tests/policy/test_reading.py")),
    Area("keyless", apply.KEYLESS, ("tests/apply/test_keyless.py",)),
    Area(
        "ledger",
        ledger.MUTANTS,
        ("tests/ledger/test_retention.py", "tests/ledger/test_server.py", "tests/apply/test_server_ledger.py"),
    ),
)
MUTANTS = tuple(mutant for area in AREAS for mutant in area.mutants)
