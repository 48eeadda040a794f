"""Studies of the past, our own and those of other tools, as plain values.

One file reads one tool's format and gives an `OldStudy`; `read_old` tells who wrote what it is shown,
and `remembered` puts it into the words of a new study. `read_sweep` reads searches that have not begun:
the configurations of other tools. A foreign file is data: nothing in it is
imported, unpickled or run, whatever it says.

The public names are resolved on first use (PEP 562): every start needs `spec.py`, and hardly any the
readers.
"""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tuner.interop.base import (
        Columns,
        Goal,
        Kind,
        NoMetricError,
        OldStudy,
        OldTrial,
        SeveralStudiesError,
    )
    from tuner.interop.infer import declared
    from tuner.interop.mapping import remembered
    from tuner.interop.read import read_old
    from tuner.interop.rename import renamed
    from tuner.interop.sweeps import SWEEPS, Setting, Sweep, read_sweep, read_words

__all__ = [
    "SWEEPS",
    "Columns",
    "Goal",
    "Kind",
    "NoMetricError",
    "OldStudy",
    "OldTrial",
    "Setting",
    "SeveralStudiesError",
    "Sweep",
    "declared",
    "read_old",
    "read_sweep",
    "read_words",
    "remembered",
    "renamed",
]


def __getattr__(name: str) -> object:
    """Import a public name from its home when it is asked for."""
    found: object
    match name:
        case (
            "Columns"
            | "Goal"
            | "Kind"
            | "NoMetricError"
            | "OldStudy"
            | "OldTrial"
            | "SeveralStudiesError"
        ):
            import tuner.interop.base as home

            found = vars(home)[name]
        case "declared":
            from tuner.interop.infer import declared as found
        case "read_old":
            from tuner.interop.read import read_old as found
        case "remembered":
            from tuner.interop.mapping import remembered as found
        case "renamed":
            from tuner.interop.rename import renamed as found
        case "SWEEPS" | "Setting" | "Sweep" | "read_sweep" | "read_words":
            from tuner.interop import sweeps

            found = vars(sweeps)[name]
        case _:
            raise AttributeError(f"module 'tuner.interop' has no attribute {name!r}")
    globals()[name] = found
    return found
