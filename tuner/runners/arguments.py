"""Values as the arguments of a program: text that every language parses. Pure.

Called by `command.py` and `spec.py`. Nothing here quotes for a shell; `template.py` does.
"""

import json
import re
from collections.abc import Mapping

from tuner import wire
from tuner.errors import UsageError
from tuner.study import Value

# What Hydra's grammar takes without quotes and still reads as a string.
HYDRA_PLAIN = re.compile(r"[A-Za-z_/][\w./@%+-]*")
HYDRA_WORDS = {"true", "false", "null", "nan", "inf"}


def text_of(name: str, value: Value) -> str | None:
    """Write one value; None leaves the argument out.

    Example:
        >>> [text_of("x", value) for value in (1e-05, 30, True, "a b", None)]
        ['1e-05', '30', 'true', 'a b', None]
    """
    match value:
        case None:
            return None
        case bool():
            return "true" if value else "false"
        case int():
            return str(int(value))
        case float():
            return repr(float(value))
        case str() if "\0" in value:
            raise UsageError(
                f"{name}: holds a NUL character, which no program can be given as an argument",
                hint="take the value out of the choices, or read it from params.json",
            )
        case str():
            return value


def options(values: Mapping[str, Value], flags: Mapping[str, str]) -> list[str]:
    """Write `{args}`: `--lr=0.01`, and booleans the way `flags` says.

    Always with an equals sign: a value that starts with a dash is no option then.

    Example:
        >>> options({"lr": 0.01, "amp": True, "note": None}, {"amp": "present"})
        ['--lr=0.01', '--amp']
    """
    words = []
    for name, value in values.items():
        style = flags.get(name, flags.get("*", "value"))
        if isinstance(value, bool) and style != "value":
            if value:
                words.append(f"--{name}")
            elif style == "no_prefix":
                words.append(f"--no-{name}")
            continue
        text = text_of(name, value)
        if text is not None:
            words.append(f"--{name}={text}")
    return words


def overrides(values: Mapping[str, Value]) -> list[str]:
    r"""Write `{args.hydra}`: `lr=0.01`, strings quoted where Hydra would read something else.

    Example:
        >>> overrides({"lr": 0.01, "opt": "adam", "note": "it's 1, or 2", "tag": "true"})
        ['lr=0.01', 'opt=adam', "note='it\\'s 1, or 2'", "tag='true'"]
    """
    words = []
    for name, value in values.items():
        text = text_of(name, value)
        if text is None:
            continue
        if isinstance(value, str) and not _plain(text):
            escaped = re.sub(r"(\\*)'", r"\1\1\\'", text)
            trailing = len(escaped) - len(escaped.rstrip("\\"))
            text = f"'{escaped}{chr(92) * trailing}'"
        words.append(f"{name}={text}")
    return words


def _plain(text: str) -> bool:
    return HYDRA_PLAIN.fullmatch(text) is not None and text.lower() not in HYDRA_WORDS


def as_json(values: Mapping[str, Value]) -> str:
    """Write all values, nulls included, as one line of strict JSON in ASCII.

    For `{args.json}` and params.json: no locale and no broken character can spoil it.

    Example:
        >>> as_json({"lr": 1e-05, "note": None})
        '{"lr": 1e-05, "note": null}'
    """
    safe = {
        name: wire.encode_number(value) if isinstance(value, float) else value
        for name, value in values.items()
    }
    return json.dumps(safe, allow_nan=False)
