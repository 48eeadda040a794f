"""What can be ordered, and which criterion that means for the case at hand."""

from typing import Literal

Order = Literal[
    "auto",
    "log_ei",
    "ei",
    "pi",
    "ucb",
    "q_log_ei",
    "q_ei",
    "q_log_nei",
    "q_nei",
    "knowledge_gradient",
    "max_value_entropy",
    "thompson",
]

NOISY: frozenset[Order] = frozenset({"q_log_nei", "q_nei"})
"""The incumbent is uncertain whatever was measured."""

SIGNED: frozenset[Order] = frozenset({"ucb", "thompson"})
"""May be below 0; all others are told as logarithms."""

ELSEWHERE: frozenset[Order] = frozenset({"knowledge_gradient", "max_value_entropy", "thompson"})
"""What a point teaches about the rest of the space counts, so points all over it must be given."""


def noisy_incumbent(order: Order, *, noisy: bool) -> bool:
    """Say whether the incumbent is averaged over, or the best posterior mean.

    Example:
        >>> noisy_incumbent("auto", noisy=True), noisy_incumbent("q_log_ei", noisy=True)
        (True, False)
    """
    return order in NOISY or (order == "auto" and noisy)
