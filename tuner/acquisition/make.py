"""From an order and what is believed to a utility."""

from collections.abc import Sequence
from typing import assert_never, cast

import numpy as np

from tuner.acquisition.base import Belief, Beliefs, Processes, Utility
from tuner.acquisition.closed import (
    Closed,
    expected_improvement,
    max_value_entropy,
    probability_of_improvement,
    upper_confidence_bound,
)
from tuner.acquisition.fantasies import drawn
from tuner.acquisition.feasibility import Above, Weighted, joint_feasibility
from tuner.acquisition.guided import Guided
from tuner.acquisition.knowledge import KnowledgeGradient
from tuner.acquisition.log_ei import LogEI, incumbents
from tuner.acquisition.spec import SIGNED, Order, noisy_incumbent
from tuner.acquisition.thompson import Path
from tuner.custom import Custom, made
from tuner.dataset import Floats

MAXIMA = 32
"""Draws of the maximum that max-value entropy averages over."""

PLACES = 160
"""Places that the best mean, or the maximum, may be at, besides those of a space's spread."""


def make_utility(order: Order | Custom, beliefs: Beliefs) -> Utility:
    """Build the criterion for the case at hand, weighted by what may not work and by what is believed."""
    whole = _weighted(order, beliefs)
    if beliefs.prior is None:
        return whole
    return Guided(whole, beliefs.prior, beliefs.faith)


def log_feasibility(constraints: Sequence[Belief]) -> Utility:
    """Build the logarithm of the probability that a point keeps every constraint."""
    return Weighted(None, constraints, None)


def _weighted(order: Order | Custom, beliefs: Beliefs) -> Utility:
    constraints = beliefs.constraints
    main: Utility | None
    weighed = bool(constraints) or not (beliefs.survival is None and beliefs.prior is None)
    if beliefs.feasible.any():
        main = _criterion(order, beliefs)
        signed = order in SIGNED if isinstance(order, str) else getattr(main, "signed", False)
        if weighed and signed:
            main = Above(main, float(main.values(beliefs.X).min()))
    elif constraints and len(beliefs.pending):
        main, constraints = joint_feasibility(constraints, beliefs.pending, beliefs.seed), ()
    else:
        main = None
    if constraints or beliefs.survival is not None:
        return Weighted(main, constraints, beliefs.survival)
    if main is None:
        raise ValueError("nothing is known: no feasible point, no constraint and no failure")
    return main


def _criterion(order: Order | Custom, beliefs: Beliefs) -> Utility:  # noqa: PLR0911  a table
    """Build what is asked for by name."""
    match order:
        case Custom():
            return cast("Utility", made(order, "search.acquisition:", Utility, beliefs))
        case "auto" | "log_ei" | "q_log_ei" | "q_log_nei":
            processes, best = incumbents(beliefs, noisy=noisy_incumbent(order, noisy=beliefs.noisy))
            return LogEI(processes, best, worth=order == "auto")
        case "ei" | "q_ei" | "q_nei":
            noisy = noisy_incumbent(order, noisy=beliefs.noisy)
            return Closed(expected_improvement, *incumbents(beliefs, noisy=noisy))
        case "pi":
            return Closed(probability_of_improvement, *incumbents(beliefs, noisy=False))
        case "ucb":
            processes = _told(beliefs)
            best = beliefs.means.max(axis=1)[:, None]
            return Closed(upper_confidence_bound, processes, best, positive=False)
        case "max_value_entropy":
            processes = _told(beliefs)
            maxima = drawn(processes, _places(beliefs), beliefs.seed, MAXIMA).max(axis=1)
            return Closed(max_value_entropy, processes, maxima)
        case "knowledge_gradient":
            return KnowledgeGradient(_told(beliefs), _places(beliefs))
        case "thompson":
            job = len(beliefs.pending)  # every job of a batch has a function of its own
            return Path(_told(beliefs), _places(beliefs), [beliefs.seed, job])
        case _:
            assert_never(order)


def _told(beliefs: Beliefs) -> Processes:
    """Give the processes as if pending trials would bring what is expected of them.

    Desautels, Krause & Burdick (2014), "Parallelizing Exploration-Exploitation Tradeoffs in Gaussian
    Process Bandit Optimization": means stay as they are, and nobody asks the same again.
    """
    processes, pending = beliefs.objective.processes, beliefs.pending
    if not len(pending):
        return processes
    return processes.given(pending, processes.means(pending)[:, :, None])


def _places(beliefs: Beliefs) -> Floats:
    """Give rows all over the space and the most hopeful ones of those that were measured, each once."""
    X = beliefs.X[beliefs.feasible]
    share = beliefs.objective.processes.share
    mean = share @ beliefs.means[:, beliefs.feasible]
    order = np.argsort(-mean, kind="stable")[:PLACES]
    rows: Floats = np.unique(np.concatenate([X[order], beliefs.spread]), axis=0)
    return rows
