"""The promises of `acquisition/base.py`, for every criterion there is."""

import math
from dataclasses import replace

import numpy as np
import pytest
import torch
from botorch.acquisition import LogExpectedImprovement, qLogNoisyExpectedImprovement
from botorch.sampling import SobolQMCNormalSampler

from tuner.acquisition import criterion_for
from tuner.acquisition.make import make_utility
from tuner.acquisition.single import baseline

GRID = np.linspace(0, 1, 201)[:, None]
PENDING = np.array([[0.55]])
CASES = {
    "log_ei": ("log_ei", None),
    "log_ei with pending trials": ("log_ei", PENDING),
    "q_log_nei": ("q_log_nei", None),
    "q_log_nei with pending trials": ("q_log_nei", PENDING),
}


@pytest.mark.parametrize("case", CASES)
def test_same_beliefs_and_seed_same_numbers(make_beliefs, line, case):
    order, pending = CASES[case]
    beliefs = make_beliefs(*line, pending=pending, seed=3)
    torch.manual_seed(1)
    first = make_utility(order, beliefs).values(GRID)
    torch.manual_seed(2)

    assert (make_utility(order, beliefs).values(GRID) == first).all()


@pytest.mark.parametrize("case", CASES)
@pytest.mark.parametrize("extra", ["alone", "constrained", "after failures"])
def test_values_and_gradients_are_finite_in_the_cube(make_beliefs, line, case, extra):
    order, pending = CASES[case]
    X, values = line
    more = {
        "alone": {},
        "constrained": {"slacks": [X[:, 0] - 0.5]},
        "after failures": {"survived": np.where(X[:, 0] > 0.7, -1.0, 1.0)},
    }[extra]
    utility = make_utility(order, make_beliefs(X, values, pending=pending, **more))

    at_once = utility.values(GRID)
    again, slopes = utility.slopes(GRID[:50])

    assert np.isfinite(at_once).all()
    assert np.isfinite(slopes).all()
    assert again == pytest.approx(at_once[:50])


@pytest.mark.parametrize("case", CASES)
def test_gradients_are_those_of_finite_differences(make_beliefs, line, case):
    order, pending = CASES[case]
    utility = make_utility(order, make_beliefs(*line, pending=pending))
    X = np.array([[0.13], [0.47], [0.71]])

    _, slopes = utility.slopes(X)

    numeric = (utility.values(X + 1e-5) - utility.values(X - 1e-5)) / 2e-5
    assert slopes[:, 0] == pytest.approx(numeric, rel=2e-3, abs=1e-3)


@pytest.mark.parametrize("order", ["log_ei", "q_log_nei"])
def test_a_pending_point_loses_its_use(make_beliefs, line, order):
    X, values = line
    few = make_beliefs(X[::2], values[::2])
    first = GRID[make_utility(order, few).values(GRID).argmax()]

    then = make_utility(order, replace(few, pending=first[None]))

    assert abs(GRID[then.values(GRID).argmax()] - first) > 0.05


def test_log_ei_is_botorchs(make_beliefs, line):
    beliefs = make_beliefs(*line)
    gp = beliefs.objective.gp
    X = torch.tensor(GRID)
    best = gp.posterior(torch.tensor(line[0])).mean.max()

    theirs = LogExpectedImprovement(gp, best_f=best)(X.unsqueeze(-2)).detach().numpy()

    assert make_utility("auto", beliefs).values(GRID) == pytest.approx(theirs, abs=1e-12)


def test_q_log_nei_is_botorchs(make_beliefs, line):
    beliefs = make_beliefs(*line, pending=PENDING, seed=11)
    theirs = qLogNoisyExpectedImprovement(
        beliefs.objective.gp,
        X_baseline=baseline(beliefs.objective.gp, torch.tensor(line[0])),
        sampler=SobolQMCNormalSampler(torch.Size([128]), seed=11),
        X_pending=torch.tensor(PENDING),
        prune_baseline=False,
    )(torch.tensor(GRID).unsqueeze(-2))

    ours = make_utility("auto", beliefs).values(GRID)

    assert ours == pytest.approx(theirs.detach().numpy(), abs=1e-8)


@pytest.mark.parametrize(("noise_sd", "low", "high"), [(0.01, 1, 10), (1.0, 30, 30)])
def test_the_baseline_is_what_may_be_best(make_belief, noise_sd, low, high):
    X = torch.rand(100, 1, dtype=torch.float64).repeat(2, 1)
    belief = make_belief(X.numpy(), -4 * (X[:, 0].numpy() - 0.3) ** 2, noise_sd=noise_sd)

    kept = baseline(belief.gp, X)

    assert low <= len(kept) <= high
    assert len(torch.unique(kept, dim=0)) == len(kept)
    assert (kept - 0.3).abs().min() == (X - 0.3).abs().min()


def test_analytic_log_ei_alone_and_monte_carlo_where_it_would_be_wrong():
    assert criterion_for("auto", pending=0, noisy=False) == "log_ei"
    assert criterion_for("auto", pending=1, noisy=False) == "q_log_nei"
    assert criterion_for("auto", pending=0, noisy=True) == "q_log_nei"
    assert criterion_for("log_ei", pending=0, noisy=True) == "log_ei"
    assert criterion_for("log_ei", pending=1, noisy=True) == "q_log_ei"
    assert criterion_for("q_log_nei", pending=0, noisy=False) == "q_log_nei"


@pytest.mark.parametrize(
    ("noise_sd", "known", "noisy"), [(0.1, False, False), (0.3, False, True), (0.1, True, True)]
)
def test_noisy_is_what_was_said_or_a_fifth_of_the_spread(
    make_beliefs, line, noise_sd, known, noisy
):
    beliefs = make_beliefs(*line, noise_sd=noise_sd, noise_known=known)

    assert beliefs.noisy is noisy


def test_a_constraint_moves_the_best_point_to_its_feasible_side(make_beliefs, line):
    X, values = line
    free = make_utility("auto", make_beliefs(X, values)).values(GRID)
    bound = make_utility("auto", make_beliefs(X, values, slacks=[0.45 - X[:, 0]])).values(GRID)

    assert GRID[free.argmax(), 0] > 0.5
    assert GRID[bound.argmax(), 0] < 0.5


def test_the_weight_of_a_constraint_is_its_log_probability(make_beliefs, line):
    X, values = line
    slack = 0.85 - X[:, 0]
    beliefs = make_beliefs(X, values, slacks=[slack])
    posterior = beliefs.constraints[0].gp.posterior(torch.tensor(GRID).unsqueeze(-2))
    z = (posterior.mean / posterior.variance.sqrt())[:, 0, 0].detach().numpy()
    chance = np.array([0.5 * math.erfc(-value / math.sqrt(2)) for value in z])
    feasible = X[:, 0] <= 0.85
    best = beliefs.objective.gp.posterior(torch.tensor(X[feasible])).mean.max()
    alone = LogExpectedImprovement(beliefs.objective.gp, best)(torch.tensor(GRID).unsqueeze(-2))

    weighted = make_utility("auto", beliefs).values(GRID)

    likely = chance > 1e-6
    expected = alone.detach().numpy() + np.log(np.maximum(chance, 1e-300))
    assert weighted[likely] == pytest.approx(expected[likely], abs=1e-6)


def test_until_something_is_feasible_feasibility_alone_is_followed(make_beliefs, line):
    X, values = line
    slack = X[:, 0] - 1.1

    utility = make_utility("auto", make_beliefs(X, values, slacks=[slack]))

    assert GRID[utility.values(GRID).argmax(), 0] > 0.9


def test_pending_trials_count_while_nothing_is_feasible(make_beliefs):
    X = np.linspace(0, 1, 6)[:, None]
    slack = -0.3 - np.minimum((X[:, 0] - 0.1) ** 2, (X[:, 0] - 0.9) ** 2)
    beliefs = make_beliefs(X, np.zeros(6), slacks=[slack], pending=np.array([[0.1]]))

    values = make_utility("auto", beliefs).values(np.array([[0.1], [0.9]]))

    assert values[1] > values[0]


def test_where_trials_failed_is_avoided(make_beliefs, line):
    X, values = line
    failed = X[:, 0] > 0.7
    at_floor = np.where(failed, values.min(), values)
    survived = np.where(failed, -1.0, 1.0)

    plain = make_utility("auto", make_beliefs(X, at_floor))
    warned = make_utility("auto", make_beliefs(X, at_floor, survived=survived))

    lost = warned.values(GRID) - plain.values(GRID)
    assert lost[GRID[:, 0] < 0.5].min() > -0.5
    assert lost[GRID[:, 0] > 0.8].max() < -2.0


def test_nothing_known_at_all_is_a_bug_of_the_caller(make_beliefs, line):
    X, values = line
    beliefs = make_beliefs(X, values)
    object.__setattr__(beliefs, "feasible", np.zeros(6, dtype=bool))

    with pytest.raises(ValueError, match="nothing is known"):
        make_utility("auto", beliefs)
