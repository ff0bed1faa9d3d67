"""Options that several commands share."""

from __future__ import annotations

from pathlib import Path

import click

from wesretain.errors import InvalidInput

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


def is_there(path: Path) -> bool:
    """Whether something is there; what may not be looked at may be, and whoever reads it says so."""
    try:
        return path.exists()
    except OSError:
        return True
