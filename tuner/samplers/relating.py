"""How a study and its older ones go together, by what models make of them. Loaded when needed."""

from tuner.dataset import dataset_of
from tuner.space import Space
from tuner.study import History
from tuner.surrogates.make import Relations, related


def relations_of(space: Space, history: History, here: str) -> Relations | None:
    """Relate the study, called `here`, to what it remembers; None where that says too little.

    Raises:
        FitError: no model can be fitted.
    """
    return related(dataset_of(history, space), here)
