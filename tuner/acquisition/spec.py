"""What can be ordered, and which criterion that means for the case at hand."""

from typing import Literal, assert_never

Order = Literal["auto", "log_ei", "q_log_nei"]
Criterion = Literal["log_ei", "q_log_ei", "q_log_nei"]


def criterion_for(order: Order, *, pending: int, noisy: bool) -> Criterion:
    """Choose: analytic LogEI when it is exact, its Monte Carlo relatives otherwise.

    LogEI knows neither pending trials nor a noisy incumbent. Ordered by name it is kept with noise
    (the incumbent is then a posterior mean) and becomes qLogEI, the same improvement over the same
    incumbent averaged jointly with them, when trials are pending.

    Example:
        >>> criterion_for("auto", pending=0, noisy=False)
        'log_ei'
        >>> criterion_for("auto", pending=3, noisy=False)
        'q_log_nei'
    """
    match order:
        case "auto":
            return "q_log_nei" if pending or noisy else "log_ei"
        case "log_ei":
            return "q_log_ei" if pending else "log_ei"
        case "q_log_nei":
            return "q_log_nei"
        case _:
            assert_never(order)
