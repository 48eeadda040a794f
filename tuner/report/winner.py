"""The best point in the forms that other programs take: YAML, shell variables, arguments.

Pure text; every form keeps all digits and survives any name and any value.
"""

import json
import math
import re
import shlex
from collections.abc import Mapping
from typing import Any

from tuner.errors import UsageError
from tuner.report import numbers
from tuner.study import Value
from tuner.study.ranking import Ranked

PLAIN_WORD = re.compile(r"[A-Za-z_][A-Za-z0-9_./-]*")
YAML_WORDS = {"true", "false", "yes", "no", "on", "off", "y", "n", "null", "nan", "inf"}

SHELL_NAMES = {"BASH_ENV", "ENV", "HOME", "IFS", "LD_LIBRARY_PATH", "LD_PRELOAD", "PATH", "PWD"}
SHELL_NAMES |= {"PYTHONHOME", "PYTHONPATH", "SHELL"}
SHELL_NAMES |= {"BASHOPTS", "EUID", "PPID", "SHELLOPTS", "UID"}  # bash lets nobody set these


def in_words(found: Ranked, metric: str) -> str:
    """Say on one line which trial is best, and how sure that is."""
    error = "" if found.error is None else f" ± {numbers.number(found.error, 2)}"
    runs = f" ({found.repeats} runs)" if found.repeats > 1 else ""
    value = numbers.number(found.value, 6)
    judged = expected(found)
    model = f", expected {judged}" if judged else ""
    return f"{numbers.clean(metric)} {value}{error}{runs}{model}, trial {found.trial.id}"


def expected(found: Ranked) -> str:
    """Write the mean by which a model chose the trial, empty where what was measured decided."""
    if found.believed is None:
        return ""
    sd = "" if found.believed_sd is None else f" ± {numbers.number(found.believed_sd, 2)}"
    return f"{numbers.number(found.believed)}{sd}"


def outside(trial: int, params: Mapping[str, Value], parameters: object) -> list[str]:
    """Say in a line what of a trial is not of today's space: values, and names that are gone or new.

    Args:
        trial: its id.
        params: the point as it was tried.
        parameters: the nodes of today, as the ledger's configuration has them.

    Example:
        >>> outside(3, {"lr": 2.0, "rate": 1}, {"lr": {"type": "float", "min": 0.1, "max": 1.0}})
        ["trial 3 is none of today's space: lr 2 is above 1; rate is no parameter any more"]
    """
    nodes = parameters if isinstance(parameters, Mapping) else {}
    said = [why for name, value in params.items() if (why := _apart(name, value, nodes.get(name)))]
    new = (name for name, node in nodes.items() if isinstance(node, Mapping) and _always(node))
    said += [f"{name} is new, and it has none" for name in new if name not in params]
    whole = f"trial {trial} is none of today's space: {'; '.join(said)}"
    return [numbers.clean(whole)] if said else []


def _always(node: Mapping[str, Any]) -> bool:
    """Say whether each point of today has a searched value of a parameter."""
    return not {"when", "derive", "value"} & set(node)


def _apart(name: str, value: Value, node: Any) -> str:  # noqa: ANN401  a ledger may say anything
    match node:
        case {"min": int() | float() as least, "max": int() | float() as most}:
            why = _beyond(value, least, most, zero=bool(node.get("or_zero")))
        case {"values": list() as values}:
            why = "" if value in values else "is no value any more"
        case {"value": now}:
            why = "" if value == now else f"is fixed at {numbers.text(now)} now"
        case {}:
            why = ""
        case _:
            return f"{name} is no parameter any more"
    return f"{name} {numbers.text(value)} {why}" if why else ""


def _beyond(value: Value, least: float, most: float, *, zero: bool) -> str:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return "is no number"
    if least <= value <= most or (zero and value == 0):
        return ""
    return (
        f"is {'below' if value < least else 'above'} {numbers.text(min(max(value, least), most))}"
    )


def to_yaml(node: Mapping[str, Any], indent: str = "") -> str:
    r"""Write nested mappings of scalars as YAML that 1.1 and 1.2 readers take alike.

    Example:
        >>> print(to_yaml({"params": {"lr": 1e-05, "opt": "on", "amp": True}}), end="")
        params:
          lr: 1.0e-05
          opt: "on"
          amp: true
    """
    lines = []
    for name, value in node.items():
        key = indent + yaml_scalar(str(name))
        if isinstance(value, Mapping):
            inner = to_yaml(value, indent + "  ")
            lines.append(f"{key}:\n{inner}" if inner else f"{key}: {{}}\n")
        else:
            lines.append(f"{key}: {yaml_scalar(value)}\n")
    return "".join(lines)


def yaml_scalar(value: Value) -> str:
    r"""Write one value; text is quoted as soon as a reader could take it for something else.

    Example:
        >>> [yaml_scalar(v) for v in (1e16, 0.5, None, "1e-3", "adamw", "a\nb", float("-inf"))]
        ['1.0e+16', '0.5', 'null', '"1e-3"', 'adamw', '"a\\nb"', '-.inf']
    """
    match value:
        case None:
            return "null"
        case bool():
            return "true" if value else "false"
        case int():
            return str(value)
        case float():
            return _yaml_float(value)
        case _ if PLAIN_WORD.fullmatch(value) and value.lower() not in YAML_WORDS:
            return value
        case _:
            escaped = json.dumps(value, ensure_ascii=False)
            return "".join(c if c.isprintable() else _escape(c) for c in escaped)


def _escape(character: str) -> str:
    code = ord(character)
    return f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"  # noqa: PLR2004  the end of the BMP


def _yaml_float(value: float) -> str:
    if math.isnan(value):
        return ".nan"
    if math.isinf(value):
        return ".inf" if value > 0 else "-.inf"
    digits, e, exponent = repr(value).partition("e")
    return digits + (".0" if e and "." not in digits else "") + e + exponent


def to_env(params: Mapping[str, Value]) -> str:
    """Write `export` lines for a shell; a null is unset, a name that is no variable is changed.

    Raises:
        UsageError: the variable of a parameter is one that the shell itself needs.

    Example:
        >>> print(to_env({"lr": 0.001, "opt.name": "it's", "clip": None}))
        export lr=0.001
        export opt_name='it'"'"'s'  # opt.name
        unset clip
    """
    lines = []
    for name, value in params.items():
        variable = re.sub(r"[^A-Za-z0-9_]", "_", name)
        variable = f"_{variable}" if variable[:1].isdigit() else variable
        if variable in SHELL_NAMES:
            raise UsageError(
                f"a shell lives by its variable {variable}: it is not for export",
                hint="take --format args, yaml or json",
            )
        note = "" if variable == name else f"  # {numbers.clean(name)}"
        if value is None:
            lines.append(f"unset {variable}{note}")
        else:
            lines.append(f"export {variable}={shlex.quote(as_argument(value))}{note}")
    return "\n".join(lines)


def to_args(params: Mapping[str, Value], flags: Mapping[str, str]) -> str:
    """Write the point as arguments on one line that any shell reads; a null is left out.

    Args:
        params: every live value.
        flags: how booleans are written, as in `runner.flags`: value, present or no_prefix.

    Example:
        >>> to_args({"lr": 1e-05, "amp": True, "clip": None, "opt": "a b"}, {"amp": "present"})
        "--lr=1e-05 --amp '--opt=a b'"
    """
    words = []
    for name, value in params.items():
        flag = flags.get(name, flags.get("*", "value"))
        if value is None or (value is False and flag == "present"):
            continue
        if isinstance(value, bool) and flag != "value":
            words.append(f"--{name}" if value else f"--no-{name}")
        else:
            words.append(f"--{name}={as_argument(value)}")
    return " ".join(map(shlex.quote, words))


def as_argument(value: Value) -> str:
    """Write a value as every language parses it."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return repr(value) if isinstance(value, float) else str(value)
