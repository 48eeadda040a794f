"""What a training script says about itself: its argparse options and its metrics, read from its text.

The script is parsed and never run. Whatever is not written out as a constant is not guessed.
"""

import ast
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Literal

Kind = Literal["float", "int", "bool", "text"]
TYPES: dict[str, Kind] = {"float": "float", "int": "int", "str": "text", "bool": "bool"}
SAID = re.compile(r"([A-Za-z_][\w./-]*)\s*[:=]\s*$")
MADE = re.compile(r"val|valid|test|eval|loss|acc|score|auc|f1|error|reward|rmse|mae|perplexity")


@dataclass(frozen=True, kw_only=True)
class Option:
    """One `--option` of a script.

    Attributes:
        name: without the dashes in front.
        switch: present or absent, with the style of `runner.flags`; None for an option with a value.
        obstacle: why it cannot be a parameter, whatever its type.
    """

    name: str
    kind: Kind = "text"
    default: object = None
    choices: tuple[object, ...] = ()
    switch: Literal["present", "no_prefix"] | None = None
    obstacle: str = ""
    help: str = ""


@dataclass(frozen=True, kw_only=True)
class Script:
    """What was found in a script."""

    options: tuple[Option, ...] = ()
    metrics: tuple[str, ...] = field(default=())


def read_script(text: str) -> Script:
    r"""Find the options and the metrics of a script.

    Raises:
        SyntaxError: the text is not Python.

    Example:
        >>> text = "p.add_argument('--lr', type=float, default=0.1)\nprint(f'loss={x}')"
        >>> script = read_script(text)
        >>> script.options[0].name, script.options[0].default, script.metrics
        ('lr', 0.1, ('loss',))
    """
    try:
        tree = ast.parse(text)
    except (ValueError, RecursionError, MemoryError) as wrong:
        raise SyntaxError(str(wrong) or "nested too deeply") from wrong
    options: dict[str, Option] = {}
    for call in _calls(tree):
        if isinstance(call.func, ast.Attribute) and call.func.attr == "add_argument":
            option = _option(call)
            if option is not None:
                options.setdefault(option.name, option)
    metrics = sorted(dict.fromkeys(_metrics(tree)), key=_rank)
    return Script(options=tuple(options.values()), metrics=tuple(metrics))


def _rank(metric: str) -> int:
    """Order metrics by how likely they are what is to be tuned: validation before the rest."""
    order = ("val", "eval", "valid", "dev"), ("",), ("test",), ("train",)
    start = re.split(r"[_./-]", metric.lower())[0]
    return next((rank for rank, words in enumerate(order) if start in words), 1)


def _calls(tree: ast.AST) -> Iterator[ast.Call]:
    found = [node for node in ast.walk(tree) if isinstance(node, ast.Call)]
    yield from sorted(found, key=lambda call: (call.lineno, call.col_offset))


def _option(call: ast.Call) -> Option | None:
    names = [value for value in map(_constant, call.args) if isinstance(value, str)]
    long = [name for name in names if name.startswith("--")]
    if not long:
        return None
    given = {word.arg: word.value for word in call.keywords if word.arg}
    default, action = _constant(given.get("default")), _word(given.get("action"))
    choices = _constant(given.get("choices"))
    kind = TYPES.get(_word(given.get("type")) or "", "text")
    if "type" not in given:
        kind = _kind_of(default)
    return Option(
        name=long[0][2:],
        kind="bool" if action in SWITCHES else kind,
        default=bool(default) if action in SWITCHES and default is not None else default,
        choices=tuple(choices) if isinstance(choices, list | tuple | set) else (),
        switch=SWITCHES.get(action or ""),
        obstacle=_obstacle(given, action, choices),
        help=" ".join(str(_constant(given.get("help")) or "").split()),
    )


def _obstacle(given: Mapping[str, ast.expr], action: str | None, choices: object) -> str:
    if "nargs" in given or action in ("append", "extend"):
        return "it takes a list"
    if "choices" in given and choices is None:
        return "its choices are not written out in the script"
    return f"its action is {action}" if action and action not in (*SWITCHES, "store") else ""


SWITCHES: dict[str, Literal["present", "no_prefix"]] = {
    "store_true": "present",
    "store_false": "present",
    "BooleanOptionalAction": "no_prefix",
}


def _kind_of(default: object) -> Kind:
    match default:
        case bool():
            return "bool"
        case int():
            return "int"
        case float():
            return "float"
        case _:
            return "text"


def _constant(node: ast.expr | None) -> object:
    if node is None:
        return None
    try:
        value: object = ast.literal_eval(node)
    except (ValueError, TypeError, SyntaxError, RecursionError, MemoryError):
        return None
    return value


def _word(node: ast.expr | None) -> str | None:
    """Give the last name of `float`, `argparse.BooleanOptionalAction` or 'store_true'."""
    if isinstance(node, ast.Attribute):
        return node.attr
    if isinstance(node, ast.Name):
        return node.id
    value = _constant(node)
    return value if isinstance(value, str) else None


def _metrics(tree: ast.AST) -> Iterator[str]:
    """Give the names in `report(val_acc=…)`, then those printed as `val_acc={…}`."""
    for call in _calls(tree):
        if isinstance(call.func, ast.Name | ast.Attribute) and _word(call.func) == "report":
            yield from (word.arg for word in call.keywords if word.arg and word.arg != "step")
    for node in ast.walk(tree):
        if isinstance(node, ast.JoinedStr):
            pairs = zip(node.values, node.values[1:], strict=False)
            for before, after in pairs:
                if isinstance(before, ast.Constant) and isinstance(after, ast.FormattedValue):
                    match = SAID.search(str(before.value))
                    if match and MADE.search(match[1].lower()):
                        yield match[1]
