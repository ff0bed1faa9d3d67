"""Sets of files to begin from: every configuration, inventory and policy that stands in this repository."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
_CORPUS = ROOT / "tests" / "policy"
_FENCE = re.compile(r"^```yaml\n(.*?)^```", re.MULTILINE | re.DOTALL)
#: The files of a set, in the order of its fields.
NAMES = ("wesretain.yaml", "inventory.yaml", "policy.yaml")


@dataclass(frozen=True)
class Files:
    """A configuration, an inventory and a policy."""

    configuration: bytes
    inventory: bytes
    policy: bytes

    def write(self, folder: Path) -> None:
        for name, content in zip(NAMES, (self.configuration, self.inventory, self.policy), strict=True):
            (folder / name).write_bytes(content)


def seeds() -> list[Files]:
    """All sets; what stands alone is read with the common files of the corpus of policies."""
    common = tuple((_CORPUS / name).read_bytes() for name in NAMES[:2])
    return [*_corpus(*common), *_companies(*common), *_documentation(*common)]


def _corpus(configuration: bytes, inventory: bytes) -> list[Files]:
    found = []
    for path in sorted((*_CORPUS.glob("invalid/*.yaml"), *_CORPUS.glob("valid/*.yaml"))):
        if path.name.endswith((".inventory.yaml", ".wesretain.yaml")):
            continue
        own = [path.with_suffix(f".{name}") for name in NAMES[:2]]
        first, second = (
            mine.read_bytes() if mine.exists() else theirs
            for mine, theirs in zip(own, (configuration, inventory), strict=True)
        )
        found.append(Files(first, second, path.read_bytes()))
    return found


def _companies(configuration: bytes, inventory: bytes) -> list[Files]:
    """Whole inventories and the policies written for them: the sample company, sample databases, foreign schemas."""
    demo = ROOT / "src" / "wesretain" / "demo"
    found = [
        Files((demo / "wesretain.yaml").read_bytes(), (demo / "inventory.yaml").read_bytes(), policy.read_bytes())
        for policy in sorted((ROOT / "policies").glob("*.yaml"))
    ]
    for path in sorted((*ROOT.glob("tests/cases/*/inventory.yaml"), *ROOT.glob("wild/*/inventory.yaml"))):
        names = re.findall(r"^  ([\w-]+):", path.read_text(), re.MULTILINE)
        urls = "".join(f"  {name}: {{url: 'sqlite:///{name}.db'}}\n" for name in names)
        own = re.sub(rb"databases:.*", b"databases:\n" + urls.encode(), configuration, flags=re.DOTALL)
        policies = [*path.parent.glob("rules/*.yaml"), *path.parent.glob("[A-Z]*.yaml")]
        found += [Files(own, path.read_bytes(), policy.read_bytes()) for policy in sorted(policies)]
    return found


def _documentation(configuration: bytes, inventory: bytes) -> list[Files]:
    found = []
    for page in sorted((*ROOT.glob("docs/*.md"), ROOT / "README.md")):
        for block in _FENCE.findall(page.read_text()):
            text = block.encode()
            if b"organisation:" in text:
                found.append(Files(text, inventory, b""))
            elif b"databases:" in text:
                found.append(Files(configuration, text, b""))
            else:
                found.append(Files(configuration, inventory, text))
    return found
