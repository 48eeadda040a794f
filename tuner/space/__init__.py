"""What may be tried: parameters, the conditions between them, and points as numbers.

`parameter` holds what a person writes, `space` puts it together, `encoding` lays points out on columns
for models and samplers, `lattice` counts and numbers the points of finite spaces. Those two cost numpy
and are resolved on first use (PEP 562): who reads a configuration needs neither.
"""

from importlib import import_module
from typing import TYPE_CHECKING

from tuner.space.checks import problems
from tuner.space.parameter import (
    UNSET,
    Bool,
    Choice,
    Derived,
    Fixed,
    Float,
    Int,
    Parameter,
    Searched,
    Unset,
)
from tuner.space.space import Key, Point, Space

if TYPE_CHECKING:
    from tuner.space.encoding import Column, Encoding
    from tuner.space.lattice import Lattice

__all__ = [
    "UNSET",
    "Bool",
    "Choice",
    "Column",
    "Derived",
    "Encoding",
    "Fixed",
    "Float",
    "Int",
    "Key",
    "Lattice",
    "Parameter",
    "Point",
    "Searched",
    "Space",
    "Unset",
    "problems",
]

HOMES = {
    "Column": "tuner.space.encoding",
    "Encoding": "tuner.space.encoding",
    "Lattice": "tuner.space.lattice",
}


def __getattr__(name: str) -> object:
    """Import a public name from its home when it is asked for."""
    home = HOMES.get(name)
    if home is None:
        raise AttributeError(f"module 'tuner.space' has no attribute {name!r}")
    globals()[name] = found = getattr(import_module(home), name)
    return found
