"""How much a person's belief weighs against what has happened since: pure, for searches and readers."""

BETA = 10.0
"""Trials that a belief is worth; Hvarfner et al. (2022) recommend a tenth of the budget and measured 10."""


def faith(trials: int) -> float:
    """Give how much beliefs weigh on a suggestion of the model that is made after so many trials.

    A power of their density: 1 for as much as the criterion says itself.

    Example:
        >>> faith(5), faith(40)
        (2.0, 0.25)
    """
    return BETA / max(trials, 1)
