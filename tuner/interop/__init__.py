"""Studies of the past, our own and those of other tools, as plain values.

One file reads one tool's format and gives an `OldStudy`; `read_old` tells who wrote what it is shown.
A foreign file is data: nothing in it is imported, unpickled or run, whatever it says.
"""

from tuner.interop.base import Columns, Goal, Kind, OldStudy, OldTrial
from tuner.interop.infer import declared
from tuner.interop.read import read_old
from tuner.interop.rename import renamed

__all__ = [
    "Columns",
    "Goal",
    "Kind",
    "OldStudy",
    "OldTrial",
    "declared",
    "read_old",
    "renamed",
]
