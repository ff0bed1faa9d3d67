from pathlib import Path

import pytest

from cases.loading import _run
from discovery.answers import key, scores, table
from discovery.test_recall import discovered

X = Path("/tmp/pk/x")


def script(name):
    if name == "roundcube":
        return (X / "roundcube-core/usr/share/roundcube/SQL/mysql.initial.sql").read_text()
    awl = (X / "libawl-php/usr/share/awl/dba/awl-tables.sql").read_text() + (
        X / "libawl-php/usr/share/awl/dba/schema-management.sql"
    ).read_text()
    dav = (X / "davical/usr/share/davical/dba/davical.sql").read_text()
    return awl + dav


@pytest.mark.parametrize("name", ["roundcube", "davical"])
def test_blind(name, mariadb, postgresql, tmp_path):
    server = mariadb if name == "roundcube" else postgresql
    url = _run(server.fresh_database(name), script(name))
    answered = frozenset(
        (e["table"], e["column"], e["element"]) for e in discovered(url, tmp_path) if e["sureness"] != "weak"
    )
    found = scores(key(name), answered)
    print(f"\n{name}\n{table(found)}")
    print("missed:", *sorted(key(name) - answered), "\nwrong:", *sorted(answered - key(name)), sep="\n  ")
