"""What a training script says about itself, as values: its options, its metrics, and what was not read."""

from dataclasses import dataclass
from typing import Literal

Kind = Literal["float", "int", "bool", "text"]
Switch = Literal["present", "no_prefix"]
KINDS: dict[str, Kind] = {"float": "float", "int": "int", "str": "text", "bool": "bool"}


@dataclass(frozen=True, kw_only=True)
class Option:
    """One `--option` of a script.

    Attributes:
        name: without the dashes in front.
        low, high: the ends that the script allows, None for none.
        switch: present or absent, with the style of `runner.flags`; None for an option with a value.
        required: the script does not start without it.
        obstacle: why it cannot be a parameter, whatever its type.
    """

    name: str
    kind: Kind = "text"
    default: object = None
    choices: tuple[object, ...] = ()
    low: float | None = None
    high: float | None = None
    switch: Switch | None = None
    required: bool = False
    obstacle: str = ""
    help: str = ""


@dataclass(frozen=True, kw_only=True)
class Script:
    """What was found in a script.

    Attributes:
        subcommand: that stands in front of the options, empty for none.
        positional: the arguments without dashes that it cannot do without.
        likely: what the metric is called where none was found.
        remarks: what was seen and not read, one line each.
    """

    options: tuple[Option, ...] = ()
    metrics: tuple[str, ...] = ()
    likely: str = "loss"
    subcommand: str = ""
    positional: tuple[str, ...] = ()
    remarks: tuple[str, ...] = ()


def kind_of(default: object) -> Kind:
    """Tell the kind of an option by its default."""
    match default:
        case bool():
            return "bool"
        case int():
            return "int"
        case float():
            return "float"
        case _:
            return "text"


def numeric(kind: Kind, default: object) -> object:
    """Give a default as its option's type makes it: argparse reads "0.1" of a float as 0.1.

    Example:
        >>> numeric("float", "0.1"), numeric("float", 1), numeric("int", "x")
        (0.1, 1.0, 'x')
    """
    if kind not in ("float", "int") or isinstance(default, bool):
        return default
    try:
        if kind == "float" and isinstance(default, str | int):
            return float(default)
        return int(default) if isinstance(default, str) else default
    except (ValueError, OverflowError):
        return default
