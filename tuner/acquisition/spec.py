"""What can be ordered, and which criterion that means for the case at hand."""

from typing import Literal, assert_never

Order = Literal["auto", "log_ei", "q_log_nei"]
Criterion = Literal["log_ei", "q_log_nei"]


def criterion_for(order: Order, *, noisy: bool) -> Criterion:
    """Choose: LogEI over the best posterior mean, or over an incumbent that is itself uncertain.

    Both are averaged over what pending trials may bring.

    Example:
        >>> criterion_for("auto", noisy=False)
        'log_ei'
        >>> criterion_for("auto", noisy=True)
        'q_log_nei'
    """
    match order:
        case "auto":
            return "q_log_nei" if noisy else "log_ei"
        case "log_ei" | "q_log_nei":
            return order
        case _:
            assert_never(order)
