"""How a study and its older ones go together, and its metrics, for a person to see."""

from typing import TYPE_CHECKING

from tuner.config import StudyConfig
from tuner.samplers.make import metrics_of, relations_of
from tuner.study import History

if TYPE_CHECKING:
    from tuner.surrogates.make import Relations


def older_relations(history: History, config: StudyConfig, here: str) -> "Relations | None":
    """Relate the study, called `here`, to what it remembers; None where that says too little.

    Raises:
        FitError: no model can be fitted.
    """
    return relations_of(config.space, history, here)


def metric_relations(history: History, config: StudyConfig) -> "Relations":
    """Relate the metrics that the last completed trials all have, constants left out.

    Raises:
        FitError: there are too few of either.
    """
    return metrics_of(config.space, history)
