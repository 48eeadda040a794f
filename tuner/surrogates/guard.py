"""When to do without older studies, so that none can mislead for long.

A third of the suggestions does without: what older studies mislead about is then seen. And from some
results on all do, once the older studies foretell the results here no better than a process of this
study alone, each result from all the others (Rasmussen & Williams 2006, section 5.4.2).

Called by every way to learn that keeps a guard: `remembering.py`, with `single_task.py`, and `multi_task.py`.
"""

import numpy as np

from tuner.dataset import Dataset, Floats

FREE = 3
"""One in so many suggestions leaves the older studies out: what they mislead about is then seen."""

GOLDEN = (5**0.5 - 1) / 2

JUDGED = 6
"""Results from which the older studies must predict better than nothing does."""


def at_rest(dataset: Dataset) -> bool:
    """Say whether this suggestion does without, spread by the golden ratio so that batches of any size are met."""
    asked = len(dataset.ids) + len(dataset.pending)
    return asked * GOLDEN % 1 < 1 / FREE


def foretold(rest: Floats, variance: Floats) -> float:
    """Give the log density of rows foretold from all the others, summed.

    Args:
        rest: how far each was from what was expected, of any shape.
        variance: of what was expected, noise included.
    """
    return float(-0.5 * (rest**2 / variance + np.log(2 * np.pi * variance)).sum())
