"""Options that several commands share."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from wesretain.errors import InvalidInput

if TYPE_CHECKING:
    from wesretain.policy.trust import Exposure

_UNDECODED = re.compile("[\udc80-\udcff]")


class Name(click.types.StringParamType):
    """What a database calls something: UTF-8 also where the locale knows ASCII alone, and leaves it undecoded."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """The text that was typed."""
        text: str = super().convert(value, param, ctx)
        if not _UNDECODED.search(text):
            return text
        try:
            return text.encode(sys.getfilesystemencoding(), "surrogateescape").decode()
        except UnicodeError:
            return text


config_option = click.option(
    "-c",
    "--config",
    type=click.Path(path_type=Path, readable=False),
    default="wesretain.yaml",
    envvar="WESRETAIN_CONFIG",
    show_default=True,
    show_envvar=True,
    help="The configuration.",
)


def existing(config: Path) -> Path:
    """The configuration, which is there.

    Raises:
        InvalidInput: where it is not.
    """
    if not is_there(config):
        message = f"there is no configuration `{config}`"
        raise InvalidInput(message, "write one with `wesretain init`, or name another with `--config`")
    return config


def check_exposures(found: Iterable[Exposure]) -> None:
    """Refuse to act on files that others may have written.

    Raises:
        InvalidInput: with the first of them.
    """
    for exposure in found:
        raise InvalidInput(exposure.message, exposure.mend)


def is_there(path: Path) -> bool:
    """Whether something is there; what may not be looked at may be, and whoever reads it says so."""
    try:
        return path.exists()
    except OSError:
        return True
