"""From an order and what is believed to a utility."""

from tuner.acquisition.base import Beliefs, Utility
from tuner.acquisition.feasibility import Weighted, joint_feasibility
from tuner.acquisition.log_ei import log_ei
from tuner.acquisition.spec import Order, criterion_for


def make_utility(order: Order, beliefs: Beliefs) -> Utility:
    """Build the criterion for the case at hand, weighted by what may not work."""
    constraints = beliefs.constraints
    main: Utility | None
    if beliefs.feasible.any():
        noisy = criterion_for(order, noisy=beliefs.noisy) == "q_log_nei"
        main = log_ei(beliefs, noisy=noisy)
    elif constraints and len(beliefs.pending):
        main, constraints = joint_feasibility(constraints, beliefs.pending, beliefs.seed), ()
    else:
        main = None
    if constraints or beliefs.survival is not None:
        return Weighted(main, constraints, beliefs.survival)
    if main is None:
        raise ValueError("nothing is known: no feasible point, no constraint and no failure")
    return main
