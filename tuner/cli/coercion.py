"""Arguments from text without pydantic, which typer loads for every argument: a fifth of a second.

Only what the verbs use: str, int, float, bool, Path, Literal, and lists of them. Any other
annotation is left to typer.
"""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, cast, get_args, get_origin

import typer
from typer.core import TyperArgument, TyperOption

if TYPE_CHECKING:  # typer brings its own copy of click and names these types nowhere else
    from typer._click import Context, Parameter

LEAVES: dict[object, Callable[[Any], Any]] = {str: str, int: int, float: float, Path: Path}
TRUE, FALSE = {"1", "true", "yes", "on", "y", "t"}, {"0", "false", "no", "off", "n", "f"}
CHECKS = ("exists", "resolve_path", "parser", "click_type", "formats")  # left to typer


def without_pydantic(parameters: "list[Parameter]") -> "list[Parameter]":
    """Give every simple parameter of a command a coercion that costs nothing to load."""
    for parameter in parameters:
        if not isinstance(parameter, TyperArgument | TyperOption):
            continue
        annotation, info = (
            parameter.type_descriptor.annotation,
            parameter.type_descriptor.parameter_info,
        )
        if supported(annotation) and not any(getattr(info, check, None) for check in CHECKS):
            light = Light(annotation, info.min, info.max)
            parameter._runtime_param = cast("Any", light)  # not a RuntimeParam, but does its work
    return parameters


def supported(annotation: object) -> bool:
    """Say whether `coerce` can read this annotation."""
    if get_origin(annotation) is list:
        return supported(get_args(annotation)[0])
    return annotation in (*LEAVES, bool) or get_origin(annotation) is Literal


@dataclass(frozen=True)
class Light:
    """Stands in for typer's coercion of one parameter."""

    annotation: object
    low: float | None = None
    high: float | None = None

    def coerce(
        self, value: object, *, param: TyperArgument | TyperOption, ctx: "Context"
    ) -> object:
        """Turn what was typed, or a default, into what the function is annotated with."""
        many = param.multiple or param.nargs == -1
        if value is None:
            return () if many else None
        try:
            if not many:
                return self._one(self.annotation, value)
            items = value if isinstance(value, list | tuple) else [value]
            return [self._one(get_args(self.annotation)[0], item) for item in items]
        except ValueError as error:
            raise typer.BadParameter(str(error), ctx=ctx, param=param) from error

    def _one(self, annotation: object, value: object) -> object:
        if get_origin(annotation) is Literal:
            return _choice(value, get_args(annotation))
        if annotation is bool:
            return _truth(value)
        try:
            read = LEAVES[annotation](value)
        except ValueError:
            kind = "an integer" if annotation is int else "a number"
            raise ValueError(f"{value!r} is not {kind}") from None
        if self.low is not None and read < self.low:
            raise ValueError(f"{value} is below {self.low}")
        if self.high is not None and read > self.high:
            raise ValueError(f"{value} is above {self.high}")
        return read


def _choice(value: object, choices: tuple[object, ...]) -> object:
    for choice in choices:
        if str(value) == str(choice):
            return choice
    raise ValueError(f"{value!r} is not one of {', '.join(map(str, choices))}")


def _truth(value: object) -> bool:
    text = str(value).lower()
    if text not in TRUE | FALSE:
        raise ValueError(f"{value!r} is neither true nor false")
    return text in TRUE
