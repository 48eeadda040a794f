"""Who meets whom: a configuration becomes a study that is open, and a loop that can run.

The only room that knows every other; it never talks to the terminal. The public names are resolved on
first use (PEP 562): who imports an old study needs no loop and no search.
"""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tuner.assemble.changes import foreseen, moved, reconfigure, repeats
    from tuner.assemble.desk import Desk
    from tuner.assemble.importing import Imported, import_study
    from tuner.assemble.opening import (
        Opening,
        holds_study,
        open_study,
        read_before,
        visit,
    )
    from tuner.assemble.parts import check_runner, check_search, check_there, make_loop
    from tuner.assemble.relations import metric_relations, older_relations
    from tuner.assemble.showing import export_to
    from tuner.assemble.trying import SmokeResult, example, smoke
    from tuner.assemble.winner import best_of, best_trial, judged

__all__ = [
    "Desk",
    "Imported",
    "Opening",
    "SmokeResult",
    "best_of",
    "best_trial",
    "check_runner",
    "check_search",
    "check_there",
    "example",
    "export_to",
    "foreseen",
    "holds_study",
    "import_study",
    "judged",
    "make_loop",
    "metric_relations",
    "moved",
    "older_relations",
    "open_study",
    "read_before",
    "reconfigure",
    "repeats",
    "smoke",
    "visit",
]

HOMES = {
    name: f"tuner.assemble.{home}"
    for home, names in {
        "changes": ("foreseen", "moved", "reconfigure", "repeats"),
        "desk": ("Desk",),
        "importing": ("Imported", "import_study"),
        "opening": ("Opening", "holds_study", "open_study", "read_before", "visit"),
        "parts": ("check_runner", "check_search", "check_there", "make_loop"),
        "relations": ("metric_relations", "older_relations"),
        "showing": ("export_to",),
        "trying": ("SmokeResult", "example", "smoke"),
        "winner": ("best_of", "best_trial", "judged"),
    }.items()
    for name in names
}


def __getattr__(name: str) -> object:
    """Import a public name from its home when it is asked for."""
    if name not in HOMES:
        raise AttributeError(f"module 'tuner.assemble' has no attribute {name!r}")
    globals()[name] = found = getattr(import_module(HOMES[name]), name)
    return found
