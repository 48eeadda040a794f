"""Parts that a user wrote: found by `module:name`, called with options, held to what they must have."""

import inspect
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from importlib import import_module
from pathlib import Path
from typing import Any, Literal

from tuner.errors import UsageError


@dataclass(frozen=True, kw_only=True)
class Custom:
    """A part by its name, as `{type: custom, target: mymodule:Name, options: {depth: 3}}`.

    Attributes:
        target: module and name, imported from the working folder or what is installed.
        options: what it is called with, besides what its place in the search gives it.
    """

    target: str
    type: Literal["custom"] = "custom"
    options: Mapping[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        parts = self.target.replace(":", ".").split(".")
        if self.target.count(":") != 1 or not all(part.isidentifier() for part in parts):
            raise ValueError(f"target: must be module:name, got {self.target!r}")


def check_callable(target: str, options: Mapping[str, Any], where: str, given: int) -> None:
    """Refuse a part that cannot be called with so many things and its options; it is not called."""
    part = found(target, where)
    try:
        inspect.signature(part).bind(*range(given), **options)
    except (TypeError, ValueError) as wrong:
        raise _cannot(target, where, wrong) from wrong


def found(target: str, where: str) -> Any:  # noqa: ANN401  whatever the user has there
    """Import a target; UsageError, naming `where` it was asked for, if that cannot be."""
    module, _, name = target.partition(":")
    if str(Path.cwd()) not in sys.path:
        sys.path.append(str(Path.cwd()))
    try:
        part: Any = import_module(module)
        for step in name.split("."):
            part = getattr(part, step)
    except (ImportError, AttributeError, SyntaxError) as wrong:
        raise _cannot(target, where, wrong) from wrong
    return part


def made(
    target: str, options: Mapping[str, Any], where: str, must: Sequence[str], *given: object
) -> Any:  # noqa: ANN401  a part of whatever protocol `must` lists
    """Call a target with what its place gives it and the options; check that it has all it must.

    Raises:
        UsageError: it cannot be imported or called so, or lacks something.
    """
    check_callable(target, options, where, len(given))
    made = found(target, where)(*given, **options)
    absent = [name for name in must if not hasattr(made, name)]
    if absent:
        raise UsageError(
            f"{where}: what {target} gives has no {', '.join(absent)}",
            hint="the README says under `Parts of your own` what each must have",
        )
    return made


def _cannot(target: str, where: str, wrong: Exception) -> UsageError:
    return UsageError(
        f"{where}: {target} cannot be made: {type(wrong).__name__}: {wrong}",
        hint="it is imported from the working folder and called with `options`",
    )
