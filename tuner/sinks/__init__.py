"""Where results are shown besides the ledger: MLflow, TensorBoard, W&B. They follow, and decide nothing.

A study never waits for a sink: each is filled by a process of its own that reads the ledger like
any reader (`__main__.py`), and what it did not manage is made up for by the next one.
"""

from tuner.sinks.follow import exported
from tuner.sinks.helper import Helpers
from tuner.sinks.notebook import Standing, standing_of, standings
from tuner.sinks.spec import label_of

__all__ = ["Helpers", "Standing", "exported", "label_of", "standing_of", "standings"]
