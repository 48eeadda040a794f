"""Parts that a user wrote: found by `module:name`, called with options, held to a protocol."""

import inspect
import re
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from importlib import import_module
from pathlib import Path
from typing import Any, Literal

from tuner.errors import UsageError

TARGET = re.compile(r"[A-Za-z_]\w*(\.[A-Za-z_]\w*)*:[A-Za-z_]\w*(\.[A-Za-z_]\w*)*")


def check_target(target: str) -> None:
    """Refuse anything but `module:function`; it is imported when it is needed, never before."""
    if not TARGET.fullmatch(target):
        raise ValueError(f"target: must be module:function, got {target!r}")


@dataclass(frozen=True, kw_only=True)
class Custom:
    """A part by its name, as `{type: custom, target: mymodule:Name, options: {depth: 3}}`.

    Attributes:
        target: module and name, imported from the working folder or what is installed.
        options: what it is called with, besides what its place gives it.
    """

    target: str
    type: Literal["custom"] = "custom"
    options: Mapping[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        check_target(self.target)


def found(part: Custom, where: str, given: int = 0) -> Any:  # noqa: ANN401  whatever is there
    """Import a part and see that it can be called with so many things and its options.

    Raises:
        UsageError: it cannot, naming `where` it was asked for. It is not called.
    """
    module, _, name = part.target.partition(":")
    if str(Path.cwd()) not in sys.path:
        sys.path.append(str(Path.cwd()))
    try:
        target: Any = import_module(module)
        for step in name.split("."):
            target = getattr(target, step)
        inspect.signature(target).bind(*range(given), **part.options)
    except (ImportError, AttributeError, SyntaxError, TypeError, ValueError) as wrong:
        raise UsageError(
            f"{where} {part.target} cannot be made: {type(wrong).__name__}: {wrong}",
            hint="it is imported from the working folder and called with `options`",
        ) from wrong
    return target


def made(part: Custom, where: str, protocol: type, *given: object) -> Any:  # noqa: ANN401  of the protocol
    """Call a part with what its place gives it and its options.

    Raises:
        UsageError: it cannot be called so, or what it gives does not fit the protocol.
    """
    thing = found(part, where, len(given))(*given, **part.options)
    check_fits(thing, protocol, f"{where} {part.target}")
    return thing


def check_fits(thing: object, protocol: type, whose: str) -> None:
    """Refuse what lacks a method of a protocol, or an attribute that is no method."""
    promised = {n: callable(part) for n, part in inspect.getmembers(protocol) if n[0] != "_"}
    absent = [
        name
        for name, method in promised.items()
        if not hasattr(thing, name) or callable(getattr(thing, name)) != method
    ]
    if absent:
        raise UsageError(
            f"{whose} is no {protocol.__name__}: it has no {', '.join(absent)}",
            hint=f"see {protocol.__module__}.{protocol.__name__} for what each of them promises",
        )
