"""Every mistake in a space at once, as (path, message). Called by `Space` and by the config reader."""

import itertools
import math
from collections.abc import Iterable, Iterator, Mapping, Sequence

from tuner.errors import ExpressionError
from tuner.expression import Expression, Node, Value, compile, did_you_mean  # noqa: A004  the contract's word
from tuner.expression.nodes import Compare, Literal, Name, Several, walk
from tuner.space.parameter import Bool, Choice, Derived, Fixed, Float, Int, Parameter
from tuner.space.reading import spoken
from tuner.space.rules import Rule, in_order

Path = tuple[str | int, ...]
Problem = tuple[Path, str]

MOST_WAYS = 20_000  # combinations tried before a condition is left unjudged
EVERY_INT = 200  # values; longer ranges are judged at their ends and at the numbers compared with


def problems(parameters: Sequence[Parameter], require: Sequence[str] = ()) -> list[Problem]:
    """Name everything that is wrong with parameters which are valid one by one.

    Example:
        >>> problems([Bool(name="amp", when="ampp")])
        [(('parameters', 'amp', 'when'), "column 1: no parameter is called 'ampp'; did you mean 'amp'?")]
    """
    found: list[Problem] = [
        (("parameters", name), f"{name!r} is there twice")
        for name in _doubled(parameter.name for parameter in parameters)
    ]
    known = {parameter.name: parameter for parameter in parameters}
    rules = []
    for parameter in parameters:
        mistakes, rule = _understand(parameter, known)
        found += mistakes
        rules.append(rule)
    _, caught = in_order(rules)
    found += [_cycle(name, known[name], caught) for name in caught]
    for place, text in enumerate(require):
        mistakes, _ = _expression(("require", place), text, known)
        found += mistakes
    return found


def _doubled(names: Iterable[str]) -> list[str]:
    seen: set[str] = set()
    return [name for name in names if name in seen or seen.add(name)]  # type: ignore[func-returns-value]  # add gives None, which is the point


def _cycle(name: str, parameter: Parameter, caught: list[str]) -> Problem:
    where = "when" if parameter.when is not None else "derive"
    return ("parameters", name, where), f"depends on itself, by way of {', '.join(caught)}"


def _understand(parameter: Parameter, known: Mapping[str, Parameter]) -> tuple[list[Problem], Rule]:
    found: list[Problem] = []
    when = derive = None
    path = ("parameters", parameter.name)
    if parameter.when is not None:
        mistakes, when = _expression((*path, "when"), parameter.when, known)
        if when is not None and not mistakes and not _can_hold(when, known):
            mistakes = [((*path, "when"), f"{parameter.when!r} can never hold")]
        found += mistakes
    if isinstance(parameter, Derived):
        mistakes, derive = _expression((*path, "derive"), parameter.derive, known)
        found += mistakes
    return found, Rule(parameter, when, derive)


def _expression(
    path: Path, text: str, known: Mapping[str, Parameter]
) -> tuple[list[Problem], Expression | None]:
    try:
        expression = compile(text)
    except ExpressionError as error:
        return [(path, str(error))], None
    unknown = {
        node.name: f"column {node.column}: {_unknown(node.name, known)}"
        for node in walk(expression.root)
        if isinstance(node, Name) and node.name not in known
    }
    found: list[Problem] = [(path, message) for message in unknown.values()]
    found += [(path, message) for message in _impossible(expression.root, known)]
    return found, expression


def _unknown(name: str, known: Mapping[str, Parameter]) -> str:
    dashed = [other for other in known if "-" in other and other.split("-")[0] == name]
    if dashed:
        return (
            f"{dashed[0]!r} cannot be named in an expression, where - is a minus; write it with _"
        )
    of = [p.name for p in known.values() if isinstance(p, Choice) and name in p.values]
    if of:
        return (
            f"no parameter is called {name!r}; the value of {of[0]} is written in quotes: '{name}'"
        )
    return f"no parameter is called {name!r}{did_you_mean(name, known)}"


def _impossible(root: Node, known: Mapping[str, Parameter]) -> Iterator[str]:
    """Find values that a choice is compared with and does not have."""
    for node in walk(root):
        if not isinstance(node, Compare):
            continue
        left = node.first
        for operator, right in node.rest:
            if operator in ("==", "!=", "in", "not in"):
                yield from _foreign(left, right, known)
                yield from _foreign(right, left, known)
            left = right


def _foreign(name: Node, other: Node, known: Mapping[str, Parameter]) -> Iterator[str]:
    parameter = known.get(name.name) if isinstance(name, Name) else None
    if not isinstance(parameter, Choice | Bool):
        return
    for item in other.items if isinstance(other, Several) else (other,):
        if isinstance(item, Literal) and item.value not in parameter.values:
            texts = [value for value in parameter.values if isinstance(value, str)]
            near = did_you_mean(item.value, texts) if isinstance(item.value, str) else ""
            listed = ", ".join(map(spoken, parameter.values[:20]))
            yield (
                f"column {item.column}: {parameter.name} is never {spoken(item.value)}{near}"
                f"; its values are {listed}"
            )


def _can_hold(expression: Expression, known: Mapping[str, Parameter]) -> bool:
    """Say whether some values make a condition hold; True when that cannot be told."""
    numbers = _numbers(expression.root)
    named = [known[name] for name in sorted(expression.names)]
    if any(isinstance(parameter, Derived) for parameter in named):
        return True
    ways = [_telling(parameter, numbers) for parameter in named]
    if math.prod(len(values) for values in ways) > MOST_WAYS:
        return True
    if not _bare(expression.root, {p.name for p in named if _is_long(p)}):
        return True
    names = [parameter.name for parameter in named]
    return any(
        _holds(expression, dict(zip(names, values, strict=True)))
        for values in itertools.product(*ways)
    )


def _holds(expression: Expression, values: Mapping[str, Value]) -> bool:
    try:
        return expression.holds(values)
    except ExpressionError:
        return False


def _numbers(root: Node) -> set[float]:
    """Give the numbers that an expression holds, of either sign: -3 is a minus and a 3."""
    found = set()
    for node in walk(root):
        if isinstance(node, Literal) and isinstance(node.value, int | float):
            found |= {float(node.value), -float(node.value)}
    return found


def _is_long(parameter: Parameter) -> bool:
    return isinstance(parameter, Float | Int) and (parameter.levels or math.inf) > EVERY_INT


def _telling(parameter: Parameter, numbers: set[float]) -> Sequence[Value]:
    """Give all values, or of a long range one on each side of each number and the numbers."""
    match parameter:
        case Fixed(value=value):
            return [value]
        case Derived():
            return []
        case Choice() | Bool():
            return parameter.values
        case Float() | Int():
            return _telling_numbers(parameter, numbers)


def _telling_numbers(parameter: Float | Int, numbers: set[float]) -> Sequence[Value]:
    values: list[float] = [0] if parameter.or_zero else []
    if parameter.levels is not None and not _is_long(parameter):
        return values + [parameter.value_at(level) for level in range(parameter.levels)]
    values += [parameter.min, parameter.max]
    for number in numbers:
        around = (number, math.nextafter(number, -math.inf), math.nextafter(number, math.inf))
        if isinstance(parameter, Int):
            around = (number, math.floor(number) - 1, math.floor(number) + 1)
        values += [value for value in around if parameter.min <= value <= parameter.max]
    return values


def _bare(root: Node, names: set[str]) -> bool:
    """Say whether these names stand only in comparisons with numbers, where few values tell all."""
    bare = 0
    for node in walk(root):
        if isinstance(node, Compare):
            sides = (node.first, *(right for _, right in node.rest))
            others = [side for side in sides if not (isinstance(side, Name) and side.name in names)]
            if len(sides) - len(others) == 1 and not any(
                isinstance(below, Name) for other in others for below in walk(other)
            ):
                bare += 1
    return bare == sum(isinstance(node, Name) and node.name in names for node in walk(root))
