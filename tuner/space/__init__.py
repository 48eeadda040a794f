"""What may be tried: parameters, the conditions between them, and points as numbers.

`parameter` holds what a person writes, `space` puts it together, `encoding` lays points out on columns
for models and samplers, `lattice` counts and numbers the points of finite spaces.
"""

from tuner.space.checks import problems
from tuner.space.encoding import Column, Encoding
from tuner.space.lattice import Lattice
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
from tuner.space.space import Point, Space

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
    "Lattice",
    "Parameter",
    "Point",
    "Searched",
    "Space",
    "Unset",
    "problems",
]
