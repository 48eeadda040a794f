"""Expressions of the configuration: `when`, `derive`, `require` and bounds on measured outcomes.

A small safe language of its own: text becomes a tree (`syntax`), a tree and values become one value
(`evaluate`). Nothing is ever handed to Python's compiler, every size is bounded, and the only error
is `ExpressionError`, written for the person who wrote the expression.
"""

from tuner.expression.bound import parse_bound
from tuner.expression.evaluate import Expression, compile  # noqa: A004  the contract's word
from tuner.expression.nodes import Node
from tuner.expression.syntax import FUNCTIONS, did_you_mean
from tuner.expression.tokens import Value

__all__ = [
    "FUNCTIONS",
    "Expression",
    "Node",
    "Value",
    "compile",
    "did_you_mean",
    "parse_bound",
]
