"""Where results are shown besides the ledger: MLflow, TensorBoard, W&B. They follow, and decide nothing.

A study never waits for a sink: each is filled by a process of its own that reads the ledger like
any reader (`__main__.py`), and what it did not manage is made up for by the next one. The public
names are resolved on first use (PEP 562): a configuration needs `spec.py` alone.
"""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tuner.sinks.follow import exported
    from tuner.sinks.notebook import Standing, standing_of, standings
    from tuner.sinks.scribe import Scribes
    from tuner.sinks.spec import label_of

__all__ = ["Scribes", "Standing", "exported", "label_of", "standing_of", "standings"]

HOMES = {
    "Scribes": "tuner.sinks.scribe",
    "Standing": "tuner.sinks.notebook",
    "exported": "tuner.sinks.follow",
    "label_of": "tuner.sinks.spec",
    "standing_of": "tuner.sinks.notebook",
    "standings": "tuner.sinks.notebook",
}


def __getattr__(name: str) -> object:
    """Import a public name from its home when it is asked for."""
    if name not in HOMES:
        raise AttributeError(f"module 'tuner.sinks' has no attribute {name!r}")
    globals()[name] = found = getattr(import_module(HOMES[name]), name)
    return found
