"""Files that others may write, replace or lead elsewhere: nothing acts on them, and the mend that is told mends it."""

from __future__ import annotations

import os
import re
import subprocess
import tempfile
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest

from cli.houses import House, described
from databases import Server
from engines.live import write
from wesretain.errors import InvalidInput, LedgerError
from wesretain.ledger import create, opened
from wesretain.model.config import FromFile
from wesretain.policy.load import load, parse_condition
from wesretain.policy.secrets import resolve
from wesretain.policy.trust import redirection

ABOUT = ("--matter", "m", "--reason", "r")
ACTS = {
    "scan": ("scan",),
    "apply": ("apply", "--yes"),
    "prepare": ("prepare", "shop"),
    "hold add": ("hold", "add", *ABOUT, "--database", "shop"),
    "approve": ("approve", "old"),
    "records": ("records", "old"),
}
BY_CONFIGURATION_ALONE = {
    "hold list": ("hold", "list"),
    "ledger verify": ("ledger", "verify"),
    "hold fence": ("hold", "fence"),
}
FILES = ("wesretain.yaml", "inventory.yaml", "policies/old.yaml")
FOLDERS = (".", "policies", "policies/deep")


@pytest.fixture
def house(tmp_path: Path, sqlite: Server) -> House:
    """Files of which each is read, with a folder of policies in a folder."""
    url = sqlite.fresh_database("shop")
    write(url, "CREATE TABLE notes (id integer PRIMARY KEY, at date)")
    folder = tmp_path / "house with a space"
    (folder / "policies" / "deep").mkdir(parents=True)
    house = House(folder).furnish("{}", described("notes"), shop=url)
    head = "version: 1\ncategory: personal\npurpose: p\nbasis: contract\nrules:\n"
    for name, file in (("old", "policies/old.yaml"), ("older", "policies/deep/older.yaml")):
        house.write(file, f"{head}  {name}: {{table: shop.notes, keep: 1 year, after: at, then: report}}\n")
    text = (folder / "wesretain.yaml").read_text()
    house.write("wesretain.yaml", text.replace("policies: policy.yaml", "policies: policies"))
    (folder / "policy.yaml").unlink()
    assert house.call("prepare", "shop").code == 0
    return house


def mended(said: str, folder: Path = Path("/")) -> None:
    """Do what the message says, as a person would who stands in that folder."""
    (command,) = re.findall(r"run `(chmod [^`]*)`", said)
    subprocess.run(["sh", "-c", command], check=True, cwd=folder)


def refused(house: House, words: tuple[str, ...], code: int = 3) -> str:
    answer = house.call(*words)
    assert answer.code == code, answer.said
    assert len(answer.err.splitlines()) == 1
    assert answer.out == ""
    return answer.err


@pytest.mark.parametrize("act", ACTS)
@pytest.mark.parametrize("file", FILES)
def test_nothing_acts_on_a_file_that_everybody_may_write(house: House, file: str, act: str) -> None:
    (house.folder / file).chmod(0o646)
    said = refused(house, ACTS[act])
    assert re.search(rf"every user of this machine may write to `[^`]*\b{file}`; run ", said)
    assert house.call("validate").code == 0
    mended(said, house.folder)
    assert house.call(*ACTS[act]).code == 0


@pytest.mark.parametrize("act", [*ACTS, *BY_CONFIGURATION_ALONE])
@pytest.mark.parametrize("folder", FOLDERS)
def test_nothing_acts_on_files_of_a_folder_that_everybody_may_write(house: House, folder: str, act: str) -> None:
    if folder != "." and act in BY_CONFIGURATION_ALONE:
        return  # policies are not read there
    (house.folder / folder).chmod(0o757)
    words = {**ACTS, **BY_CONFIGURATION_ALONE}[act]
    said = refused(house, words)
    mended(said, house.folder)
    assert house.call(*words).code == 0


@pytest.mark.parametrize("act", BY_CONFIGURATION_ALONE)
def test_what_needs_the_configuration_alone_asks_for_it_too(house: House, act: str) -> None:
    (house.folder / "wesretain.yaml").chmod(0o666)
    mended(refused(house, BY_CONFIGURATION_ALONE[act]), house.folder)
    assert house.call(*BY_CONFIGURATION_ALONE[act]).code == 0


def test_the_sticky_bit_keeps_files_but_lets_others_come_in(house: House) -> None:
    house.folder.chmod(0o1777)
    assert house.call("scan").code == 0
    (house.folder / "policies").chmod(0o1777)
    said = refused(house, ("scan",))
    assert "may put files into" in said
    mended(said, house.folder)
    assert house.call("scan").code == 0


def test_a_group_may_write_policies(house: House) -> None:
    for file in FILES:
        (house.folder / file).chmod(0o664)
    (house.folder / "policies").chmod(0o2775)
    assert house.call("scan").code == 0


# -- ledgers and secrets --------------------------------------------------------------------------------------------


def test_a_ledger_in_a_folder_of_everybody_is_refused(house: House) -> None:
    (house.folder / "open").mkdir()
    (house.folder / "ledger").rename(house.folder / "open" / "ledger")
    text = (house.folder / "wesretain.yaml").read_text()
    house.write("wesretain.yaml", text.replace("ledger: ledger", "ledger: open/ledger"))
    (house.folder / "open").chmod(0o777)
    said = refused(house, ("hold", "list"), code=8)
    mended(said, house.folder)
    assert house.call("hold", "list").code == 0


@pytest.mark.parametrize("mode", [0o606, 0o602, 0o660, 0o666])
def test_a_ledger_that_others_may_write_is_refused(house: House, mode: int) -> None:
    house.ledger.chmod(mode)
    for words in (*ACTS.values(), *BY_CONFIGURATION_ALONE.values()):
        if words[0] not in ("prepare", "approve"):
            assert "is open to others; run `chmod 600 " in refused(house, words, code=8)


def read_secret(path: Path) -> str:
    return resolve(FromFile(path))


def read_ledger(path: Path) -> str:
    with opened(path, parse_condition) as ledger:
        return ledger.head()


@pytest.fixture(params=[read_secret, read_ledger])
def kept(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[tuple[Path, Callable[[Path], str]]]:
    """A secret or a ledger, behind two links in folders of one's own, as Kubernetes makes them; and its reader."""
    (tmp_path / "..2026").mkdir()
    if request.param is read_secret:
        (tmp_path / "..2026" / "kept").touch(0o600)
        (tmp_path / "..2026" / "kept").write_text("hunter2")
    else:
        create(tmp_path / "..2026" / "kept", datetime(2026, 1, 1, tzinfo=UTC))
    (tmp_path / "..data").symlink_to("..2026")
    (tmp_path / "kept").symlink_to("..data/kept")
    yield tmp_path, request.param
    (tmp_path / "..2026").chmod(0o700)


def test_links_of_ones_own_are_followed(kept: tuple[Path, Callable[[Path], str]]) -> None:
    folder, read = kept
    assert read(folder / "kept")
    folder.chmod(0o1777)  # as the folder of a volume of secrets is
    assert read(folder / "kept")


@pytest.mark.parametrize("folder", [".", "..2026"])
def test_links_and_files_that_everybody_may_replace_are_not(
    kept: tuple[Path, Callable[[Path], str]], folder: str
) -> None:
    place, read = kept
    (place / folder).chmod(0o777)
    with pytest.raises((InvalidInput, LedgerError), match=r"cannot be trusted: .* may replace ") as caught:
        read(place / "kept")
    mended(str(caught.value))
    assert read(place / "kept")


@pytest.fixture
def credential() -> Iterator[Path]:
    """A secret of root's in a volume as Kubernetes makes it, links and all."""
    with tempfile.TemporaryDirectory(prefix="wesretain-volume-") as name:
        volume = Path(name)
        (volume / "..2026").mkdir()
        (volume / "..2026" / "kept").write_text("hunter2")
        (volume / "..data").symlink_to("..2026")
        (volume / "kept").symlink_to("..data/kept")
        volume.chmod(0o1777)
        yield volume / "kept"


@contextmanager
def as_service(group: int) -> Iterator[None]:
    """Be a user without rights, of one group; who is no root already is not root."""
    if os.geteuid() != 0:
        yield
        return
    groups = os.getgroups()
    os.setgroups([])
    os.setegid(group)
    os.seteuid(65_534)
    try:
        yield
    finally:
        os.seteuid(0)
        os.setegid(0)
        os.setgroups(groups)


@pytest.mark.parametrize("mode", [0o400, 0o440, 0o640, 0o600])
def test_what_root_gives_a_service_to_read_is_read(credential: Path, mode: int) -> None:
    """Root's for a group, as Kubernetes and (by an access control list, which shows as the group's bits) systemd do."""
    credential.chmod(mode)
    if os.geteuid() == 0:
        os.chown(credential, 0, 4_711)
        if not mode & 0o040:  # as a systemd without such lists does
            os.chown(credential, 65_534, 4_711)
    elif mode & 0o040:  # nobody but root can make a file of root's
        credential.chmod(mode & ~0o040)
    with as_service(4_711):
        assert read_secret(credential) == "hunter2"


@pytest.mark.parametrize("mode", [0o444, 0o644, 0o660, 0o450, 0o642, 0o460])
def test_what_root_leaves_open_to_others_or_for_a_group_to_write_is_not(credential: Path, mode: int) -> None:
    credential.chmod(mode)
    widest = "0600"
    if os.geteuid() == 0:
        widest = "0640"
        os.chown(credential, 0, 4_711)
    wanted = f"is {mode:04o}, wider than {widest}; .*chmod it to {widest}"
    with as_service(4_711), pytest.raises(InvalidInput, match=wanted) as caught:
        read_secret(credential)
    assert "hunter2" not in str(caught.value)


@pytest.mark.parametrize("owner", [65_534, 12_345])
def test_a_group_may_read_nothing_but_what_root_gives_it(credential: Path, owner: int) -> None:
    """Neither of the service's own file nor of another user's."""
    credential.chmod(0o440)
    if os.geteuid() == 0:
        os.chown(credential, owner, 4_711)
    with as_service(4_711), pytest.raises(InvalidInput, match="is 0440, wider than 0600; chmod it to 0600"):
        read_secret(credential)


def test_root_does_not_give_itself_files_through_a_group(credential: Path) -> None:
    credential.chmod(0o440)
    with pytest.raises(InvalidInput, match="is 0440, wider than 0600; chmod it to 0600"):
        read_secret(credential)


def test_what_root_gives_is_not_read_where_all_may_replace_it(credential: Path) -> None:
    credential.chmod(0o440)
    credential.parent.chmod(0o777)
    if os.geteuid() == 0:
        os.chown(credential, 0, 4_711)
    with as_service(4_711), pytest.raises(InvalidInput, match=r"cannot be trusted: .* may replace "):
        read_secret(credential)


@pytest.fixture
def of_another(monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A link in a folder of root's, and in no user's eyes their own."""
    link = Path(tempfile.gettempdir()) / f"wesretain-link-{uuid.uuid4().hex}"
    link.symlink_to("/etc/hostname")
    if os.geteuid() == 0:
        os.lchown(link, 12_345, 12_345)
    monkeypatch.setattr(os, "geteuid", lambda: 54_321)
    yield link
    link.unlink()


def test_links_of_others_are_not_followed(of_another: Path) -> None:
    with pytest.raises(InvalidInput, match=r"cannot be trusted: the link .* belongs to another user; name the file"):
        read_secret(of_another)
    with pytest.raises(LedgerError, match=r"cannot be trusted: the link .* belongs to another user; name the file"):
        read_ledger(of_another)


def test_a_link_of_others_that_leads_to_a_folder_on_the_way(tmp_path: Path, of_another: Path) -> None:
    of_another.unlink()
    of_another.symlink_to(tmp_path)
    if os.stat(of_another.parent).st_uid == os.lstat(of_another).st_uid:
        os.lchown(of_another, 12_345, 12_345)
    (tmp_path / "wesretain.yaml").write_text("organisation: x\n")
    found = load(of_another / "wesretain.yaml").exposures
    assert [each.message for each in found] == [f"the link `{of_another}` belongs to another user"]


def test_a_circle_of_links_is_told_like_any_file_that_cannot_be_read(tmp_path: Path) -> None:
    (tmp_path / "a").symlink_to("b")
    (tmp_path / "b").symlink_to("a")
    assert redirection(tmp_path / "a") is None
    with pytest.raises(InvalidInput, match="cannot be read"):
        read_secret(tmp_path / "a")
    with pytest.raises(LedgerError, match="cannot be opened"):
        read_ledger(tmp_path / "a")
