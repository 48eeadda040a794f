"""Who meets whom: a configuration becomes a study that is open, and a loop that can run.

The only room that knows every other; it never talks to the terminal.
"""

from tuner.assemble.changes import moved, reconfigure, repeats
from tuner.assemble.desk import Desk
from tuner.assemble.importing import Imported, import_study
from tuner.assemble.opening import Opening, holds_study, look_back, open_study, visit
from tuner.assemble.parts import check_runner, check_search, check_there, make_loop
from tuner.assemble.relations import metric_relations, older_relations
from tuner.assemble.showing import export_to
from tuner.assemble.smoke import SmokeResult, example, smoke
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
    "holds_study",
    "import_study",
    "judged",
    "look_back",
    "make_loop",
    "metric_relations",
    "moved",
    "older_relations",
    "open_study",
    "reconfigure",
    "repeats",
    "smoke",
    "visit",
]
