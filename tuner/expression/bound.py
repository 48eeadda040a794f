"""Bounds on measured outcomes, as in `latency_ms <= 20`. Names of metrics may hold / and -."""

import re
from typing import Literal

from tuner.expression.evaluate import compile as compiled
from tuner.expression.tokens import LONGEST, fail

Op = Literal["<=", ">="]

BOUND = re.compile(r"(?P<left>[^<>=]+)(?P<operator><=|>=|<|>)(?P<right>[^<>=]+)")
METRIC = re.compile(r"[A-Za-z_][\w./@-]*")


def parse_bound(text: str) -> tuple[str, Op, float]:
    """Read a bound; `<` is read as `<=`, and `20 >= latency_ms` is turned round.

    Example:
        >>> parse_bound("val/latency_ms < 20")
        ('val/latency_ms', '<=', 20.0)

    Raises:
        ExpressionError: it is not a name, one comparison and a number.
    """
    found = BOUND.fullmatch(text) if len(text) <= LONGEST else None
    if found is None:
        raise fail(1, "a bound is a metric, <= or >=, and a number, as in latency_ms <= 20")
    left, right = found["left"].strip(), found["right"].strip()
    op: Op = "<=" if found["operator"][0] == "<" else ">="
    if METRIC.fullmatch(left):
        return left, op, _constant(right, found.start("right") + 1)
    if METRIC.fullmatch(right):
        return right, ">=" if op == "<=" else "<=", _constant(left, 1)
    raise fail(1, f"neither {left!r} nor {right!r} is the name of a metric")


def _constant(text: str, column: int) -> float:
    expression = compiled(text)
    if expression.names:
        name = min(expression.names)
        raise fail(column, f"a metric is compared with a number, and {name!r} is none")
    value = expression.evaluate({})
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise fail(column, f"a metric is compared with a number, and {text!r} is none")
    return float(value)
