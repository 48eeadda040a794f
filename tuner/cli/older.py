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


def older_of(study: "StudyConfig", named: Sequence[str]) -> "list[MemorySpec]":
    """Read what was named; a model learns from it as from the older studies of the configuration."""
    from tuner.config import read_older
    from tuner.interop.spec import MODEL_MODES

    modes = [spec.mode for spec in study.warm_start.studies if spec.mode in MODEL_MODES]
    mode = next(iter(modes), "auto")
    return [read_older(text, mode) for text in named]
