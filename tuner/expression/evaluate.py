"""A tree becomes a function of values, one closure a node, with every size bounded.

Closures, because a search in a conditional space computes the same few expressions for every
candidate; walking the tree each time took four times as long.
"""

import math
import operator as py
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import assert_never

from tuner.expression.nodes import (
    Binary,
    Call,
    Compare,
    Connect,
    Literal,
    Name,
    Node,
    Several,
    Unary,
    walk,
)
from tuner.expression.syntax import did_you_mean, parse
from tuner.expression.tokens import Value, fail

MOST_BITS = 1_024  # of an integer: above the range of every double, and quick to compute with

Number = int | float

ARITHMETIC: dict[str, Callable[[Number, Number], Number]] = {
    "+": py.add,
    "-": py.sub,
    "*": py.mul,
    "/": py.truediv,
    "//": py.floordiv,
    "%": py.mod,
}
ORDER: dict[str, Callable[[Number, Number], bool]] = {
    "<": py.lt,
    "<=": py.le,
    ">": py.gt,
    ">=": py.ge,
}
FUNCTION: dict[str, Callable[[Number], Number]] = {
    "abs": abs,
    "round": round,
    "floor": math.floor,
    "ceil": math.ceil,
    "sqrt": math.sqrt,
    "log": math.log,
    "log2": math.log2,
    "log10": math.log10,
    "exp": math.exp,
}


Values = Mapping[str, Value]
Run = Callable[[Values], Value]
Count = Callable[[Values], Number]
Test = Callable[[Values], bool]


@dataclass(frozen=True)
class Expression:
    """A checked expression.

    Attributes:
        names: of everything that it needs values for.
    """

    text: str
    root: Node = field(repr=False)
    names: frozenset[str]

    def evaluate(self, values: Values) -> Value:
        """Compute it.

        Raises:
            ExpressionError: a name has no value, types do not fit, or there is no finite result.
        """
        return self._run(values)

    def holds(self, values: Values) -> bool:
        """Compute it as a condition: a number holds when it is not 0."""
        return self._test(values)

    @cached_property
    def _run(self) -> Run:
        return _any(self.root)

    @cached_property
    def _test(self) -> Test:
        return _test(self.root)

    def __reduce__(self) -> tuple[Callable[[str], "Expression"], tuple[str]]:
        return compile, (self.text,)  # closures cannot be pickled


def compile(text: str) -> Expression:  # noqa: A001  the word of the contract between rooms
    """Read an expression.

    Example:
        >>> compile("max(1, epochs // 10)").evaluate({"epochs": 35})
        3

    Raises:
        ExpressionError: it is outside of the grammar; `column` says where.
    """
    root = parse(text)
    names = frozenset(node.name for node in walk(root) if isinstance(node, Name))
    return Expression(text, root, names)


def _any(node: Node) -> Run:
    match node:
        case Literal(value=value):
            return lambda _: value
        case Name():
            return _name(node)
        case Compare() | Connect() | Unary(operator="not"):
            return _test(node)
        case Unary() | Binary() | Call():
            return _count(node)
        case Several():
            raise fail(node.column, "a list stands only right of `in`")
        case _:
            assert_never(node)


def _name(node: Name) -> Run:
    name = node.name

    def run(values: Values) -> Value:
        try:
            return values[name]
        except KeyError:
            message = f"{name!r} has no value{did_you_mean(name, values)}"
            raise fail(node.column, message) from None

    return run


def _test(node: Node) -> Test:
    """Make a condition of any node."""
    match node:
        case Compare():
            return _comparison(node)
        case Connect(operator="and"):
            tests = [_test(operand) for operand in node.operands]
            return lambda values: all(test(values) for test in tests)
        case Connect():
            tests = [_test(operand) for operand in node.operands]
            return lambda values: any(test(values) for test in tests)
        case Unary(operator="not"):
            test = _test(node.operand)
            return lambda values: not test(values)
        case _:
            return _truth(node)


def _truth(node: Node) -> Test:
    run = _any(node)

    def truth(values: Values) -> bool:
        value = run(values)
        if isinstance(value, bool | int | float):
            return bool(value)
        raise fail(node.column, f"{_words(value)} is no condition")

    return truth


def _count(node: Node) -> Count:
    """Make a number of any node."""
    match node:
        case Unary(operator="-"):
            minus = _count(node.operand)
            return lambda values: -minus(values)
        case Unary(operator="+"):
            plus = _count(node.operand)
            return lambda values: +plus(values)
        case Binary():
            return _binary(node)
        case Call():
            return _call(node)
        case _:
            return _number(node, "a number is needed, not {}")


def _number(node: Node, complaint: str) -> Count:
    run = _any(node)

    def number(values: Values) -> Number:
        value = run(values)
        if isinstance(value, bool | int | float):
            return value
        raise fail(node.column, complaint.format(_words(value)))

    return number


def _words(value: Value) -> str:
    if value is None:
        return "null"
    return f"the text {value!r}" if isinstance(value, str) else repr(value)


def _bounded(node: Node, compute: Callable[..., object], *numbers: Number) -> Number:
    """Compute a number, and refuse what is none, not finite or too long."""
    try:
        result = compute(*numbers)
    except ZeroDivisionError:
        raise fail(node.column, "division by zero") from None
    except (ValueError, OverflowError) as error:
        raise fail(node.column, f"there is no such number ({error})") from None
    if isinstance(result, int) and result.bit_length() <= MOST_BITS:
        return result
    if isinstance(result, float) and math.isfinite(result):
        return result
    raise fail(node.column, "the result is not a finite number of sensible size")


def _binary(node: Binary) -> Count:
    left, right = _count(node.left), _count(node.right)
    if node.operator == "**":
        return lambda values: _power(node, left(values), right(values))
    compute = ARITHMETIC[node.operator]
    return lambda values: _bounded(node, compute, left(values), right(values))


def _power(node: Binary, base: Number, exponent: Number) -> Number:
    if abs(exponent) > MOST_BITS:
        raise fail(node.column, f"an exponent is at most {MOST_BITS:,}")
    whole = isinstance(base, int) and isinstance(exponent, int) and exponent > 0
    if whole and int(base).bit_length() * exponent > 2 * MOST_BITS:
        raise fail(node.column, "the power is too large")
    return _bounded(node, pow, base, exponent)


def _call(node: Call) -> Count:
    counts = [_count(argument) for argument in node.arguments]
    if node.function in ("min", "max"):
        pick = min if node.function == "min" else max
        return lambda values: pick([count(values) for count in counts])
    first = counts[0]
    if len(counts) == 1:
        compute = FUNCTION[node.function]
        return lambda values: _bounded(node, compute, first(values))
    places = counts[1]
    return lambda values: _bounded(node, _rounded, first(values), places(values))


def _rounded(number: Number, places: Number) -> Number:
    return round(number, max(-MOST_BITS, min(MOST_BITS, round(places))))


def _comparison(node: Compare) -> Test:
    lefts = (node.first, *(right for _, right in node.rest))
    tests = [_pair(op, left, right) for left, (op, right) in zip(lefts, node.rest, strict=False)]
    if len(tests) == 1:
        return tests[0]
    return lambda values: all(test(values) for test in tests)


def _pair(operator: str, left: Node, right: Node) -> Test:
    a = _any(left)
    if isinstance(right, Several):
        items = [_any(item) for item in right.items]
        among = operator == "in"
        return lambda values: (a(values) in [item(values) for item in items]) is among
    b = _any(right)
    if operator in ("==", "!="):
        equal = operator == "=="
        return lambda values: (a(values) == b(values)) is equal
    compare = ORDER[operator]
    complaint = f"{{}} has no order; `{operator}` compares numbers"
    first, second = _number(left, complaint), _number(right, complaint)
    return lambda values: compare(first(values), second(values))
