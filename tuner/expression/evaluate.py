"""A tree and values into one value, with every size bounded."""

import math
import operator as py
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import assert_never

from tuner.expression.syntax import (
    Binary,
    Call,
    Compare,
    Connect,
    Literal,
    Name,
    Node,
    Several,
    Unary,
    did_you_mean,
    parse,
    walk,
)
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


@dataclass(frozen=True, slots=True)
class Expression:
    """A checked expression.

    Attributes:
        names: of everything that it needs values for.
    """

    text: str
    root: Node = field(repr=False)
    names: frozenset[str]

    def evaluate(self, values: Mapping[str, Value]) -> Value:
        """Compute it.

        Raises:
            ExpressionError: a name has no value, types do not fit, or there is no finite result.
        """
        return _value(self.root, values)

    def holds(self, values: Mapping[str, Value]) -> bool:
        """Compute it as a condition: a number holds when it is not 0."""
        return truth(self.evaluate(values), self.root)


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


def truth(value: Value, node: Node) -> bool:
    """Read a value as a condition."""
    if isinstance(value, bool | int | float):
        return bool(value)
    raise fail(node.column, f"{_words(value)} is no condition")


def _value(node: Node, values: Mapping[str, Value]) -> Value:
    match node:
        case Literal():
            return node.value
        case Name():
            return _look_up(node, values)
        case Compare() | Connect() | Unary(operator="not"):
            return _condition(node, values)
        case Unary() | Binary() | Call():
            return _computed(node, values)
        case Several():
            raise fail(node.column, "a list stands only right of `in`")
        case _:
            assert_never(node)


def _condition(node: Compare | Connect | Unary, values: Mapping[str, Value]) -> bool:
    match node:
        case Compare():
            return _compare(node, values)
        case Connect():
            results = (truth(_value(operand, values), operand) for operand in node.operands)
            return all(results) if node.operator == "and" else any(results)
        case Unary():
            return not truth(_value(node.operand, values), node.operand)


def _computed(node: Unary | Binary | Call, values: Mapping[str, Value]) -> Number:
    match node:
        case Unary():
            number = _number(node.operand, values)
            return -number if node.operator == "-" else +number
        case Binary():
            return _binary(node, values)
        case Call():
            return _call(node, values)


def _look_up(node: Name, values: Mapping[str, Value]) -> Value:
    if node.name not in values:
        near = did_you_mean(node.name, values)
        raise fail(node.column, f"{node.name!r} has no value{near}")
    return values[node.name]


def _words(value: Value) -> str:
    if value is None:
        return "null"
    return f"the text {value!r}" if isinstance(value, str) else repr(value)


def _number(node: Node, values: Mapping[str, Value]) -> Number:
    value = _value(node, values)
    if isinstance(value, bool | int | float):
        return value
    raise fail(node.column, f"a number is needed, not {_words(value)}")


def _bounded(node: Node, compute: Callable[[], object]) -> Number:
    """Compute a number, and refuse what is none, not finite or too long."""
    try:
        result = compute()
    except ZeroDivisionError:
        raise fail(node.column, "division by zero") from None
    except (ValueError, OverflowError) as error:
        raise fail(node.column, f"there is no such number ({error})") from None
    if isinstance(result, int) and result.bit_length() <= MOST_BITS:
        return result
    if isinstance(result, float) and math.isfinite(result):
        return result
    raise fail(node.column, "the result is not a finite number of sensible size")


def _binary(node: Binary, values: Mapping[str, Value]) -> Number:
    left, right = _number(node.left, values), _number(node.right, values)
    if node.operator == "**":
        return _power(node, left, right)
    return _bounded(node, lambda: ARITHMETIC[node.operator](left, right))


def _power(node: Binary, base: Number, exponent: Number) -> Number:
    if abs(exponent) > MOST_BITS:
        raise fail(node.column, f"an exponent is at most {MOST_BITS:,}")
    whole = isinstance(base, int) and isinstance(exponent, int) and exponent > 0
    if whole and int(base).bit_length() * exponent > 2 * MOST_BITS:
        raise fail(node.column, "the power is too large")
    return _bounded(node, lambda: base**exponent)


def _call(node: Call, values: Mapping[str, Value]) -> Number:
    numbers = [_number(argument, values) for argument in node.arguments]
    match node.function, numbers:
        case "min", _:
            return min(numbers)
        case "max", _:
            return max(numbers)
        case "round", [number, digits]:
            places = max(-MOST_BITS, min(MOST_BITS, round(digits)))
            return _bounded(node, lambda: round(number, places))
        case _:
            return _bounded(node, lambda: FUNCTION[node.function](numbers[0]))


def _compare(node: Compare, values: Mapping[str, Value]) -> bool:
    left_node, left = node.first, _value(node.first, values)
    for operator, right_node in node.rest:
        if isinstance(right_node, Several):  # always the last of a chain
            among = any(left == _value(item, values) for item in right_node.items)
            return among is (operator == "in")
        right = _value(right_node, values)
        if not _ordered(operator, (left_node, left), (right_node, right)):
            return False
        left_node, left = right_node, right
    return True


def _ordered(operator: str, left: tuple[Node, Value], right: tuple[Node, Value]) -> bool:
    a, b = left[1], right[1]
    if operator in ("==", "!="):
        return (a == b) is (operator == "==")
    for node, value in (left, right):
        if not isinstance(value, bool | int | float):
            message = f"{_words(value)} has no order; `{operator}` compares numbers"
            raise fail(node.column, message)
    return ORDER[operator](a, b)  # type: ignore[arg-type]  # numbers, as was just seen
