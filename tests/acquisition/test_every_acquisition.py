"""The promises of `acquisition/base.py`, for every criterion there is."""

import math
from dataclasses import replace
from typing import get_args

import numpy as np
import pytest
import torch
from botorch.acquisition import (
    ExpectedImprovement,
    LogExpectedImprovement,
    ProbabilityOfImprovement,
    UpperConfidenceBound,
    qExpectedImprovement,
    qLogNoisyExpectedImprovement,
    qMaxValueEntropy,
)
from botorch.models import SingleTaskGP
from botorch.sampling import SobolQMCNormalSampler
from gpytorch.kernels import MaternKernel, ScaleKernel
from scipy.special import logsumexp, ndtr

from tuner.acquisition.closed import MARGIN, ROOT_BETA
from tuner.acquisition.fantasies import drawn
from tuner.acquisition.log_ei import BASELINE, _hopeful
from tuner.acquisition.make import _places, make_utility
from tuner.acquisition.spec import ELSEWHERE, SIGNED, Order, noisy_incumbent

GRID = np.linspace(0, 1, 201)[:, None]
PENDING = np.array([[0.55]])
ORDERS = get_args(Order)
CASES = {
    order + how: (order, pending)
    for order in ORDERS
    for how, pending in (("", None), (" with pending trials", PENDING))
}
DRAWN = {"log_ei", "auto", "ei", "pi", "q_log_ei", "q_ei"}  # only where something is pending
CERTAIN = {"ucb", "knowledge_gradient"}  # pending or not
LEFT_TO_CHANCE = [
    case
    for case, (order, pending) in CASES.items()
    if order not in CERTAIN and not (order in DRAWN and pending is None)
]
EXTRAS = ("alone", "constrained", "after failures", "nothing feasible", "several processes")


def more(extra, first):
    """Further beliefs for points whose first column is `first`."""
    return {
        "alone": {},
        "constrained": {"slacks": [first - 0.45, 0.95 - first]},
        "after failures": {"survived": np.where(first > 0.7, -1.0, 1.0)},
        "nothing feasible": {"slacks": [first - 1.1]},
        "several processes": {"length_scale": [0.3, 0.1, 1.0]},
    }[extra]


def plain(utility):
    """The bare criterion, as BoTorch has it."""
    utility.worth = False
    return utility


@pytest.mark.parametrize("case", CASES)
def test_same_beliefs_and_seed_same_numbers(make_beliefs, line, case):
    order, pending = CASES[case]
    beliefs = make_beliefs(*line, pending=pending, seed=3)
    np.random.seed(1)  # noqa: NPY002  the global state is what must not matter
    first = make_utility(order, beliefs).values(GRID)
    np.random.seed(2)  # noqa: NPY002

    assert (make_utility(order, beliefs).values(GRID) == first).all()


@pytest.mark.parametrize("case", LEFT_TO_CHANCE)
def test_another_seed_asks_another_future(make_beliefs, line, case):
    order, pending = CASES[case]

    first, second = (
        make_utility(order, make_beliefs(*line, pending=pending, seed=seed)).values(GRID)
        for seed in (3, 4)
    )

    assert (first != second).any()
    if order != "thompson":  # one function or another
        assert np.abs(np.exp(first) - np.exp(second)).max() < 0.3 * np.exp(first).max()


@pytest.mark.parametrize("case", CASES)
@pytest.mark.parametrize("extra", EXTRAS)
def test_values_and_gradients_are_finite_in_the_cube_and_agree(make_beliefs, line, case, extra):
    order, pending = CASES[case]
    X, values = line
    utility = make_utility(order, make_beliefs(X, values, pending=pending, **more(extra, X[:, 0])))

    at_once, rough = utility.values(GRID), utility.glance(GRID)
    again, slopes = utility.slopes(GRID)

    for numbers in (at_once, rough, slopes):
        assert np.isfinite(numbers).all()
    assert again == pytest.approx(at_once)
    assert utility.steps.shape == (1,)
    assert (utility.steps > 0).all()


@pytest.mark.parametrize("case", CASES)
@pytest.mark.parametrize("extra", EXTRAS)
def test_a_point_is_judged_by_itself(make_beliefs, line, case, extra):
    order, pending = CASES[case]
    X, values = line
    utility = make_utility(order, make_beliefs(X, values, pending=pending, **more(extra, X[:, 0])))

    together = utility.slopes(GRID[::40])
    alone = [utility.slopes(x[None]) for x in GRID[::40]]

    assert together[0] == pytest.approx(np.array([value[0] for value, _ in alone]))
    assert together[1] == pytest.approx(np.array([slope[0] for _, slope in alone]))


@pytest.mark.parametrize("order", ORDERS)
@pytest.mark.parametrize("waiting", [0, 2])
@pytest.mark.parametrize("extra", EXTRAS)
def test_gradients_in_a_mixed_space_are_those_of_finite_differences(
    make_beliefs, mixed, order, waiting, extra
):
    X, values, columns, places = mixed
    beliefs = make_beliefs(
        X,
        values,
        columns=columns,
        pending=places[20 : 20 + waiting],
        **{"length_scale": 0.5, **more(extra, X[:, 0])},
    )
    utility, at = make_utility(order, beliefs), places[:15]

    told, slopes = utility.slopes(at)
    # Where next to nothing is to be gained the knowledge gradient ends, at the last node of its sum.
    seen = told > -18 if order == "knowledge_gradient" else np.ones(len(at), dtype=bool)

    assert seen.sum() >= 3
    assert (slopes[:, 2] == 0).all()  # of a category
    for column in (0, 1, 3):
        step = 1e-6 * np.eye(4)[column]
        numeric = (utility.values(at + step) - utility.values(at - step)) / 2e-6
        within = 0.05 if order == "knowledge_gradient" else 1e-4  # a maximum of lines has kinks
        np.testing.assert_allclose(slopes[seen, column], numeric[seen], rtol=within, atol=within)


def test_a_glance_orders_candidates_much_as_a_look_does(make_beliefs, mixed):
    X, values, columns, _ = mixed
    scales = [0.5, 0.4, 0.7, 0.3, 0.6]
    utility = make_utility("log_ei", make_beliefs(X, values, columns=columns, length_scale=scales))
    rng = np.random.default_rng(0)
    at = np.column_stack([rng.random((200, 2)), rng.integers(3, size=200), rng.random(200)])

    rough, close = utility.glance(at), utility.values(at)

    assert np.corrcoef(np.argsort(np.argsort(rough)), np.argsort(np.argsort(close)))[0, 1] > 0.8
    assert (rough != close).any()


@pytest.mark.parametrize("order", sorted(set(ORDERS) - SIGNED))
def test_a_pending_point_loses_its_use(make_beliefs, line, order):
    X, values = line
    few = make_beliefs(X[::2], values[::2])
    first = GRID[make_utility(order, few).values(GRID).argmax()]

    then = make_utility(order, replace(few, pending=first[None]))

    assert abs(GRID[then.values(GRID).argmax()] - first) > 0.02
    lost = make_utility(order, few).values(first[None]) - then.values(first[None])
    assert lost > 2.0


def botorchs(belief, X, values):
    """BoTorch's own model with the hyperparameters of a belief of one process."""
    gps = belief.processes
    noise = max(belief.noise_sd**2, 1e-4)
    kernel = ScaleKernel(MaternKernel(nu=2.5, ard_num_dims=X.shape[1])).double()
    gp = SingleTaskGP(
        torch.tensor(X),
        torch.tensor(values)[:, None],
        train_Yvar=torch.full((len(X), 1), noise, dtype=torch.float64),
        covar_module=kernel,
        outcome_transform=None,
    )
    kernel.base_kernel.lengthscale = torch.tensor(1.0 / gps.inverse_scale)
    kernel.outputscale = float(gps.output[0])
    gp.mean_module.initialize(constant=float(gps.centre[0]))
    return gp.eval()


@pytest.mark.filterwarnings("ignore")  # BoTorch's notes on scaling
def test_log_ei_and_its_gradient_are_botorchs(make_beliefs, line):
    beliefs = make_beliefs(*line)
    gp = botorchs(beliefs.objective, *line)
    best = gp.posterior(torch.tensor(line[0])).mean.max()
    at = torch.tensor(GRID, requires_grad=True)

    theirs = LogExpectedImprovement(gp, best_f=best)(at.unsqueeze(-2))
    (slopes,) = torch.autograd.grad(theirs.sum(), at)
    ours, our_slopes = plain(make_utility("log_ei", beliefs)).slopes(GRID)

    np.testing.assert_allclose(ours, theirs.detach().numpy(), atol=1e-6, rtol=1e-6)
    np.testing.assert_allclose(our_slopes, slopes.numpy(), atol=1e-5, rtol=1e-4)


ANALYTIC = {
    "ei": lambda gp, best: ExpectedImprovement(gp, best_f=best),
    "pi": lambda gp, best: ProbabilityOfImprovement(gp, best_f=best + MARGIN),
    "ucb": lambda gp, _best: UpperConfidenceBound(gp, beta=ROOT_BETA**2),
}


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("order", ANALYTIC)
def test_closed_forms_and_their_gradients_are_botorchs(make_beliefs, line, order):
    beliefs = make_beliefs(*line)
    gp = botorchs(beliefs.objective, *line)
    best = gp.posterior(torch.tensor(line[0])).mean.max()
    at = torch.tensor(GRID, requires_grad=True)

    theirs = ANALYTIC[order](gp, best)(at.unsqueeze(-2))
    theirs = theirs if order in SIGNED else theirs.clamp_min(1e-300).log()
    (slopes,) = torch.autograd.grad(theirs.sum(), at)
    ours, our_slopes = make_utility(order, beliefs).slopes(GRID)

    seen = theirs.detach().numpy() > -30  # further down BoTorch floors what is to be compared
    assert seen.sum() > 50
    np.testing.assert_allclose(ours[seen], theirs.detach().numpy()[seen], atol=1e-5, rtol=1e-5)
    np.testing.assert_allclose(our_slopes[seen], slopes.numpy()[seen], atol=1e-4, rtol=1e-3)


@pytest.mark.filterwarnings("ignore")
def test_q_ei_is_what_a_point_adds_to_botorchs_batch(make_beliefs, line):
    pending = np.array([[0.5], [0.85]])
    beliefs = make_beliefs(*line, length_scale=0.15, pending=pending)
    gp = botorchs(beliefs.objective, *line)
    best = gp.posterior(torch.tensor(line[0])).mean.max()
    criterion = qExpectedImprovement(
        gp, best_f=best, sampler=SobolQMCNormalSampler(torch.Size([65536]), seed=1)
    )
    at = GRID[3:200:7]
    batches = torch.stack([torch.tensor(np.concatenate([pending, x[None]])) for x in at])
    theirs = (criterion(batches) - criterion(torch.tensor(pending))).detach().numpy()

    ours = [np.exp(make_utility("q_ei", replace(beliefs, seed=s)).values(at)) for s in range(60)]

    large = theirs > 0.2 * theirs.max()
    assert large.sum() >= 3
    np.testing.assert_allclose(np.mean(ours, axis=0)[large], theirs[large], rtol=0.1)


@pytest.mark.filterwarnings("ignore")
def test_max_value_entropy_is_botorchs_for_the_same_maxima(make_beliefs, line):
    beliefs = make_beliefs(*line, length_scale=0.15)
    gp = botorchs(beliefs.objective, *line)
    utility = make_utility("max_value_entropy", beliefs)
    criterion = qMaxValueEntropy(gp, torch.tensor(GRID), num_mv_samples=32, num_y_samples=512)
    criterion.posterior_max_values = torch.tensor(utility.levels.T)

    theirs = criterion(torch.tensor(GRID).unsqueeze(-2)).detach().numpy()
    ours = np.exp(utility.values(GRID))

    large = theirs > 0.3 * theirs.max()
    assert large.sum() >= 20
    np.testing.assert_allclose(ours[large], theirs[large], rtol=0.15)  # theirs knows the noise


@pytest.mark.filterwarnings("ignore")
def test_the_knowledge_gradient_is_what_botorchs_fantasies_gain(make_beliefs, line):
    beliefs = make_beliefs(*line, length_scale=0.2, noise_sd=0.1)
    gp, at = botorchs(beliefs.objective, *line), GRID[7:200:16]
    places = torch.tensor(_places(beliefs))
    sampler = SobolQMCNormalSampler(torch.Size([1024]), seed=5)

    theirs = []
    for x in at:
        here = torch.cat([places, torch.tensor(x)[None]])
        before = gp.posterior(here).mean.max()
        after = gp.fantasize(torch.tensor(x)[None], sampler, observation_noise=None)
        theirs.append(float((after.posterior(here).mean.amax((-1, -2)) - before).mean().detach()))
    ours = np.exp(make_utility("knowledge_gradient", beliefs).values(at))

    large = np.array(theirs) > 0.1 * max(theirs)
    assert large.sum() >= 3
    np.testing.assert_allclose(ours[large], np.array(theirs)[large], rtol=0.05)


def test_thompson_draws_functions_of_the_posterior(make_beliefs, line):
    beliefs = make_beliefs(*line, length_scale=0.15)
    places = _places(beliefs)
    mean, covariance = beliefs.objective.processes.joint(places)

    paths = np.array(
        [
            make_utility("thompson", replace(beliefs, seed=seed)).values(places)
            for seed in range(400)
        ]
    )

    sd = np.sqrt(np.maximum(np.diag(covariance[0]), 0))
    np.testing.assert_allclose(paths.mean(axis=0), mean[0], atol=0.2)
    np.testing.assert_allclose(paths.std(axis=0), sd, atol=0.1)


def test_every_job_of_a_batch_has_a_function_of_its_own(make_beliefs, line):
    beliefs = make_beliefs(*line, length_scale=0.1)
    places = _places(beliefs)
    sd = np.sqrt(beliefs.objective.processes.look(places).variance[0])
    mean = beliefs.objective.processes.means(places)[0]
    pairs = []
    for seed in range(40):
        alone = make_utility("thompson", replace(beliefs, seed=seed)).values(places)
        first = places[:1]  # somebody is at work at an end of the line
        then = make_utility("thompson", replace(beliefs, seed=seed, pending=first)).values(places)
        far = (sd > 0.3) & (np.abs(places - first)[:, 0] > 0.4)
        pairs += list(zip((alone - mean)[far], (then - mean)[far], strict=True))

    assert len(pairs) > 100
    assert abs(np.corrcoef(np.array(pairs).T)[0, 1]) < 0.5


def test_the_knowledge_gradient_of_one_line_is_its_closed_form(make_beliefs):
    """One place besides the measured one: the gain is that of a normal variable over a level."""
    X = np.array([[0.1], [0.5], [0.9]])
    beliefs = make_beliefs(X, np.array([0.0, 1.0, 0.0]), length_scale=0.05)
    beliefs = replace(beliefs, X=X[1:2], means=beliefs.means[:, 1:2], feasible=np.array([True]))
    utility = make_utility("knowledge_gradient", replace(beliefs, spread=X[:0]))
    at = np.linspace(0.2, 0.3, 5)[:, None]
    look = beliefs.objective.processes.look(at)
    mean, variance = look.mean[0, :, 0], look.variance[0]
    move = variance / np.sqrt(variance + beliefs.objective.processes.noise[0])
    level = beliefs.means.max()

    u = (mean - level) / move
    expected = move * (np.exp(-0.5 * u * u) / math.sqrt(2 * math.pi) + u * ndtr(u))

    np.testing.assert_allclose(np.exp(utility.values(at)), expected, rtol=0.02)


def test_a_process_is_drawn_as_often_as_it_is_believed(make_beliefs, line):
    beliefs = make_beliefs(*line, length_scale=[0.3, 0.1, 1.0])
    scales = [
        float(make_utility("thompson", replace(beliefs, seed=seed))._path.inverse_scale[0, 0])
        for seed in range(300)
    ]
    shares = [np.isclose(scales, 1 / scale).mean() for scale in (0.3, 0.1, 1.0)]
    assert shares == pytest.approx([3 / 6, 2 / 6, 1 / 6], abs=0.1)


def test_criteria_about_the_rest_of_the_space_are_those_that_look_there(make_beliefs, line):
    nothing = replace(make_beliefs(*line), spread=np.empty((0, 1)))
    for order in ORDERS:
        first = make_utility(order, make_beliefs(*line)).values(GRID)
        assert (first != make_utility(order, nothing).values(GRID)).any() == (order in ELSEWHERE)


@pytest.mark.filterwarnings("ignore")
def test_several_processes_are_averaged_by_their_shares(make_beliefs, line):
    scales = [0.3, 0.1, 1.0]
    together = plain(make_utility("log_ei", make_beliefs(*line, length_scale=scales)))

    alone = [
        plain(make_utility("log_ei", make_beliefs(*line, length_scale=scale))).values(GRID)
        for scale in scales
    ]

    share = np.array([3, 2, 1]) / 6
    expected = logsumexp(alone, axis=0, b=share[:, None])
    np.testing.assert_allclose(together.values(GRID), expected, atol=1e-6, rtol=1e-6)


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("noise_sd", [0.1, 0.4])
@pytest.mark.parametrize("waiting", [0, 1, 2])
def test_what_pending_trials_and_noise_leave_open_is_averaged_as_botorch_does_by_sampling(
    make_beliefs, line, noise_sd, waiting
):
    pending = np.array([[0.5], [0.85]])[:waiting]
    beliefs = make_beliefs(*line, noise_sd=noise_sd, pending=pending)
    rows = _hopeful(
        line[0],
        beliefs.objective.processes.means(line[0])[0],
        np.sqrt(beliefs.objective.processes.look(line[0]).variance[0]),
    )
    gp, at = botorchs(beliefs.objective, *line), GRID[5:200:13]

    def sampled(seed):
        criterion = qLogNoisyExpectedImprovement(
            gp,
            X_baseline=torch.tensor(rows),
            X_pending=torch.tensor(pending) if waiting else None,
            sampler=SobolQMCNormalSampler(torch.Size([4096]), seed=seed),
            prune_baseline=False,
            cache_root=False,
            tau_max=1e-4,
            tau_relu=1e-8,
            incremental=True,
        )
        return criterion(torch.tensor(at).unsqueeze(-2)).detach().numpy()

    theirs = np.exp([sampled(seed) for seed in range(16)])
    utilities = [
        plain(make_utility("q_log_nei", replace(beliefs, seed=seed))) for seed in range(100)
    ]
    ours = np.exp([utility.values(at) for utility in utilities])

    error = np.sqrt(ours.var(axis=0) / 99 + theirs.var(axis=0) / 15)
    expected = theirs.mean(axis=0)
    hopeful = expected > 0.1 * expected.max()
    assert hopeful.sum() >= 3
    assert (error < 0.1 * expected)[hopeful].all()
    apart = np.abs(ours.mean(axis=0) - expected)
    assert (apart < 4 * error + 0.01 * expected.max())[hopeful].all()
    assert np.abs(np.log(ours[0] / expected))[hopeful].max() < 0.7


def test_values_that_may_come_have_the_mean_and_spread_of_the_posterior(make_belief, line):
    processes = make_belief(*line, length_scale=[0.3, 0.15]).processes
    X = np.array([[0.1], [0.12], [0.5]])
    mean, covariance = processes.joint(X)

    values = np.concatenate([drawn(processes, X, seed) for seed in range(100)], axis=2)

    assert values.shape[:2] == (2, 3)
    assert values.mean(axis=2) == pytest.approx(mean, abs=0.01)
    for process in range(2):
        assert np.cov(values[process]) == pytest.approx(covariance[process], abs=0.01)


def test_values_that_may_come_at_one_point_twice_are_the_same(make_belief, line):
    processes = make_belief(*line).processes

    values = drawn(processes, np.array([[0.3], [0.3]]), seed=0)

    assert np.abs(values[0, 0] - values[0, 1]).max() < 1e-3
    assert np.isfinite(values).all()


@pytest.mark.parametrize(("noise_sd", "low", "high"), [(0.01, 1, 10), (1.0, BASELINE, BASELINE)])
def test_the_baseline_is_what_may_be_best(make_belief, noise_sd, low, high):
    X = np.tile(np.random.default_rng(0).random((100, 1)), (2, 1))
    processes = make_belief(X, -4 * (X[:, 0] - 0.3) ** 2, noise_sd=noise_sd).processes
    look = processes.look(X)

    kept = _hopeful(X, look.mean[0, :, 0], np.sqrt(look.variance[0]))

    assert low <= len(kept) <= high
    assert len(np.unique(kept, axis=0)) == len(kept)
    assert np.abs(kept - 0.3).min() == np.abs(X - 0.3).min()


def test_the_incumbent_is_uncertain_where_noise_makes_it_so_or_a_name_does():
    assert [noisy_incumbent("auto", noisy=noisy) for noisy in (False, True)] == [False, True]
    assert not noisy_incumbent("log_ei", noisy=True)
    assert noisy_incumbent("q_log_nei", noisy=False)
    assert noisy_incumbent("q_nei", noisy=False)


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


def test_the_weight_of_constraints_is_their_log_probability(make_beliefs, line):
    X, values = line
    slacks = [0.85 - X[:, 0], X[:, 0] - 0.15]
    beliefs = make_beliefs(X, values, slacks=slacks)
    chance = np.ones(len(GRID))
    for constraint in beliefs.constraints:
        look = constraint.processes.look(GRID)
        z = look.mean[0, :, 0] / np.sqrt(look.variance[0])
        chance *= [0.5 * math.erfc(-value / math.sqrt(2)) for value in z]
    feasible = (X[:, 0] <= 0.85) & (X[:, 0] >= 0.15)
    alone = make_utility("auto", replace(make_beliefs(X, values), feasible=feasible)).values(GRID)

    weighted = make_utility("auto", beliefs).values(GRID)

    likely = chance > 1e-6
    assert 20 < likely.sum() < 201
    expected = alone + np.log(np.maximum(chance, 1e-300))
    assert weighted[likely] == pytest.approx(expected[likely], abs=1e-6)


def test_the_border_of_a_constraint_is_where_its_belief_says(make_beliefs, make_belief, line):
    X, values = line
    beliefs = make_beliefs(X, values, slacks=[0.45 - X[:, 0]])
    moved = make_belief(X, 7.0 + 0.45 - X[:, 0], zero=7.0)

    first = make_utility("auto", beliefs).values(GRID)
    second = make_utility("auto", replace(beliefs, constraints=(moved,))).values(GRID)

    assert second == pytest.approx(first, abs=1e-5)


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

    plainly = make_utility("auto", replace(make_beliefs(X, at_floor), feasible=~failed))
    warned = make_utility("auto", make_beliefs(X, at_floor, survived=survived))

    lost = warned.values(GRID) - plainly.values(GRID)
    assert lost[GRID[:, 0] < 0.5].min() > -0.5
    assert lost[GRID[:, 0] > 0.8].max() < -2.0


def test_steps_are_the_shortest_of_all_that_changes(make_beliefs, line):
    X, values = line
    long, short = (
        make_utility("log_ei", make_beliefs(X, values, length_scale=scale)).steps
        for scale in (0.9, 0.05)
    )
    bound = make_beliefs(X, values, slacks=[0.45 - X[:, 0]], length_scale=0.9)

    assert long == pytest.approx([0.9])
    assert short == pytest.approx([0.05])
    assert make_utility("log_ei", bound).steps == pytest.approx([0.3])


def test_nothing_known_at_all_is_a_bug_of_the_caller(make_beliefs, line):
    beliefs = replace(make_beliefs(*line), feasible=np.zeros(6, dtype=bool))

    with pytest.raises(ValueError, match="nothing is known"):
        make_utility("auto", beliefs)
