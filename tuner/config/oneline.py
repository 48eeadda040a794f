"""Parameters in one line: `uniform(0, 1)`, `choice(sgd, adamw)`. Text in, the long form out. Pure.

The arguments are read as YAML, so that `1e-3` is the same number inside and outside of the brackets.
"""

import re
from dataclasses import dataclass, field
from typing import Any

from tuner.config.explain import suggestion
from tuner.config.reader import read_yaml

CALL = re.compile(r"\s*([A-Za-z_][A-Za-z0-9_]*)\s*\((.*)\)\s*", re.DOTALL)
OPENING = re.compile(r"\s*[A-Za-z_][A-Za-z0-9_]*\s*\([^)]*")
KEYWORD = re.compile(r"\s*(\w+)\s*=(?!=)(.*)", re.DOTALL)


@dataclass(frozen=True, kw_only=True)
class Form:
    """One of the forms: what it stands for, and which arguments it takes."""

    example: str
    meaning: dict[str, Any] = field(default_factory=dict)
    bounds: bool = False
    keywords: tuple[str, ...] = ("default",)


NUMERIC = ("step", "default", "or_zero")
FORMS = {
    "uniform": Form(
        example="uniform(0, 1)", meaning={"type": "float"}, bounds=True, keywords=NUMERIC
    ),
    "loguniform": Form(
        example="loguniform(1e-5, 0.1)",
        meaning={"type": "float", "log": True},
        bounds=True,
        keywords=("default", "or_zero"),
    ),
    "int": Form(
        example="int(1, 8, step=1)", meaning={"type": "int"}, bounds=True, keywords=NUMERIC
    ),
    "logint": Form(
        example="logint(16, 1024)",
        meaning={"type": "int", "log": True},
        bounds=True,
        keywords=("default", "or_zero"),
    ),
    "choice": Form(example="choice(sgd, adamw)", keywords=("default", "ordered")),
    "bool": Form(example="bool()", meaning={"type": "bool"}),
}


def unfold(text: str) -> dict[str, Any]:
    """Give the long form of a parameter written in one line.

    Raises:
        ValueError: saying what is wrong and what would be right.

    Example:
        >>> unfold("int(2, 12, step=2)")
        {'type': 'int', 'min': 2, 'max': 12, 'step': 2}
        >>> unfold("choice(sgd, 'a b', 1e-3)")
        {'values': ['sgd', 'a b', 0.001]}
    """
    match = CALL.fullmatch(text)
    if match is None:
        if is_open(text):
            raise ValueError(
                f"{_short(text)} has no closing bracket; inside {{…}} put it in quotes"
            )
        raise ValueError(
            f"must be a mapping such as {{type: float, min: 0, max: 1}}, a list of values, or one"
            f" line such as {FORMS['uniform'].example}, got {_short(text)};"
            f" a fixed value is written {{value: {text[:20]}}}"
        )
    name, inside = match.groups()
    form = FORMS.get(name)
    if form is None:
        raise ValueError(f"{name}(…) is no form of a parameter; {suggestion(name, list(FORMS))}")
    values, keywords = _arguments(inside, form)
    unknown = [key for key in keywords if key not in form.keywords]
    if unknown:
        hint = suggestion(unknown[0], form.keywords)
        raise ValueError(f"{name}(…) does not take {unknown[0]}=; {hint}")
    return {**form.meaning, **_positional(name, form, values), **keywords}


def is_open(text: str) -> bool:
    """Say whether a form lacks its end, as in braces, where YAML splits it at the comma."""
    return OPENING.fullmatch(text) is not None


def _positional(name: str, form: Form, values: list[Any]) -> dict[str, Any]:
    if form.bounds:
        if len(values) != 2:  # noqa: PLR2004  min and max
            raise ValueError(f"{name}(…) takes two bounds as in {form.example}, got {len(values)}")
        return {"min": values[0], "max": values[1]}
    if name == "choice":
        return {"values": values}
    if values:
        raise ValueError(f"{name}(…) takes no values as in {form.example}, got {len(values)}")
    return {}


def _arguments(inside: str, form: Form) -> tuple[list[Any], dict[str, Any]]:
    values: list[Any] = []
    keywords: dict[str, Any] = {}
    for item in _read(f"[{inside}]"):
        match = KEYWORD.fullmatch(item) if isinstance(item, str) else None
        if match is None or (form.example.startswith("choice") and match[1] not in form.keywords):
            values.append(item)
        elif match[1] in keywords:
            raise ValueError(f"{match[1]}= appears twice; keep one")
        else:
            keywords[match[1]] = _read(match[2])
    if any(isinstance(item, list | dict) for item in [*values, *keywords.values()]):
        raise ValueError("a one-line form takes numbers, words, true, false and null only")
    return values, keywords


def _read(text: str) -> Any:  # noqa: ANN401  any YAML value
    tree, faults = read_yaml(text, "")
    if faults:
        raise ValueError(faults[0].message)
    return tree.root


def _short(text: str) -> str:
    return repr(text if len(text) <= 40 else text[:40] + "…")  # noqa: PLR2004  a screen's worth
