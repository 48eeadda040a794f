"""Older studies that are named on the command line: `run` learns from them, `check` shows what it would be."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from tuner.config import StudyConfig
    from tuner.interop.spec import MemorySpec

Older = Annotated[
    list[str] | None,
    typer.Option(
        "--warm-start",
        metavar="OLD",
        help="An older study to learn from: its folder, its ledger, or another tool's file; or an "
        "entry of warm_start.studies, as in '{ledger: old.csv, rename: {learning_rate: lr}}'.",
    ),
]


def older_of(
    study: "StudyConfig", named: Sequence[str], *, quiet: bool = False
) -> "tuple[MemorySpec, ...]":
    """Read what was named, beside the configuration or otherwise than it; the latter is told."""
    from tuner.cli import terminal
    from tuner.config import read_older

    if not named:
        return ()
    joined = read_older(named, study.warm_start.studies)
    if not quiet:
        terminal.say_all(joined.lines)
    return joined.studies
