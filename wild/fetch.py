"""Fetches the packages whose schemas are tried, as their clients do (apt-get, pip), and takes the schemas out of them.

The first run needs the network; what it fetched stays in `.wild/`, and nothing of it is installed.
"""

from __future__ import annotations

import re
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

CACHE = Path(__file__).parents[1] / ".wild"


def fetch() -> None:
    """Fetch what is not there yet."""
    for schema, (get, package, pattern) in PACKAGES.items():
        kept = CACHE / f"{schema}.sql"
        if kept.exists():
            continue
        CACHE.mkdir(exist_ok=True)
        with tempfile.TemporaryDirectory(prefix="wesretain-wild-", dir="/tmp") as folder:
            version = get(package, Path(folder))
            found = sorted(path for path in Path(folder).rglob("*") if re.search(pattern, path.as_posix()))
            if not found:
                sys.exit(f"{version} holds no {pattern}; see wild/README.md for the versions that were tried")
            kept.write_text(f"-- from {version}\n" + found[0].read_text())


def schema(name: str) -> str:
    """A schema as its package has it.

    Raises:
        FileNotFoundError: where it has not been fetched.
    """
    return (CACHE / f"{name}.sql").read_text()


def from_debian(package: str, folder: Path) -> str:
    folder.chmod(0o755)  # apt fetches as a user of its own
    _run("apt-get", "download", "-q", package, cwd=folder)
    (found,) = folder.glob("*.deb")
    _run("dpkg-deb", "-x", found.name, "files", cwd=folder)
    return found.name


def from_pypi(package: str, folder: Path) -> str:
    _run("python3", "-m", "pip", "download", "-q", "--no-deps", "--disable-pip-version-check", package, cwd=folder)
    (found,) = folder.glob("*.whl")
    with zipfile.ZipFile(found) as wheel:
        wheel.extractall(folder / "files")
    return found.name


def _run(*command: str, cwd: Path) -> None:
    done = subprocess.run(command, cwd=cwd, capture_output=True, text=True, check=False)
    if done.returncode:
        sys.exit(f"{' '.join(command)} failed:\n{done.stdout}{done.stderr}")


#: By the folder of each schema: how its package is fetched, which one, and which of its files is the schema.
PACKAGES = {
    "mediawiki": (from_debian, "mediawiki", r"/share/mediawiki/(maintenance|sql/mysql)/tables-generated\.sql$"),
    "synapse": (from_pypi, "matrix-synapse==1.163.2", r"/schema/main/full_schemas/72/full\.sql\.postgres$"),
    "roundcube": (from_debian, "roundcube-core", r"/roundcube/SQL/mysql\.initial\.sql$"),
    "davical": (from_debian, "davical", r"/davical/dba/davical\.sql$"),
    "awl": (from_debian, "libawl-php", r"/awl/dba/awl-tables\.sql$"),
    "awl-management": (from_debian, "libawl-php", r"/awl/dba/schema-management\.sql$"),
    "rt": (from_debian, "request-tracker5", r"/request-tracker5/etc/schema\.SQLite$"),
}

if __name__ == "__main__":
    fetch()
