"""The scores as pure functions of results: numbers in, numbers out; `summarize.py` reads and prints.

The score of a run is the mean over t = 1 … T of clip(1 - r(t) / R(t), -1, 1). r is the regret of
the best so far (where there is noise: of the true value at the best observed one), R the median regret
of random search at the same t. 0 is median random search, 1 the best known value from the first trial.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.float64]
Run = Mapping[str, Any]  # a line of a results file
Runs = dict[str, dict[int, Run]]  # by problem and seed, of one tool
Cells = dict[str, dict[int, float]]  # a number for every problem and seed
Interval = tuple[float, float, float]  # estimate, 2.5 %, 97.5 %

SMALLEST = 1e-12  # of a yardstick: below it regret is rounding
DRAWS = 2000


def values(run: Run, trials: int) -> Array:
    """Spread a run's curve over all trials; a run that was cut short keeps its last value.

    Example:
        >>> values({"curve": [[1, 3.0], [3, 1.0]]}, 4).tolist()
        [3.0, 3.0, 1.0, 1.0]
    """
    spread = np.empty(trials)
    for trial, value, *_ in run["curve"]:
        spread[trial - 1 :] = value
    return spread


def landscape(run: Run) -> tuple[str, int | None]:
    """Name what a run searched: a moving problem is another one for every seed."""
    return run["problem"], run["seed"] if run.get("moving") else None


def lowest(runs: Iterable[Run]) -> dict[tuple[str, int | None], float]:
    """Give the lowest value known of every landscape: stated, or found by anybody."""
    known: dict[tuple[str, int | None], float] = {}
    for run in runs:
        found = [run["known"], *(value for _, value, *_ in run["curve"])]
        key = landscape(run)
        known[key] = min(known.get(key, np.inf), *found)
    return known


def regret(run: Run, known: Mapping[tuple[str, int | None], float], trials: int) -> Array:
    """Give r(t)."""
    return np.maximum(values(run, trials) - known[landscape(run)], 0.0)


def yardstick(regrets: Sequence[Array]) -> Array:
    """Give R(t): the median over random search's seeds."""
    return np.maximum(np.median(np.stack(regrets), axis=0), SMALLEST)


def gains(r: Array, R: Array) -> Array:
    """Give what a run is worth at each t; its mean is the score, its last the final score."""
    return np.clip(1 - r / R, -1, 1)


def late(r: Array, by: int, after: int) -> Array:
    """Give the regrets of a search whose trials after the first ones come later, and nothing in between.

    Example:
        >>> late(np.array([5.0, 4.0, 2.0, 1.0]), by=1, after=2).tolist()
        [5.0, 4.0, 4.0, 2.0]
    """
    waited = np.full(by, r[after - 1])
    return np.concatenate([r[:after], waited, r[after:]])[: len(r)]


def interval(cells: Mapping[str, Mapping[int, float]], *, seed: int = 0) -> Interval:
    """Average over seeds and then problems; bootstrap problems, and seeds within problems."""
    if not cells:
        return (float("nan"),) * 3
    rng = np.random.default_rng(seed)
    rows = [np.array(list(by_seed.values())) for by_seed in cells.values()]
    means = np.stack(
        [row[rng.integers(len(row), size=(DRAWS, len(row)))].mean(axis=1) for row in rows], axis=1
    )
    drawn = rng.integers(len(rows), size=(DRAWS, len(rows)))
    averages = np.take_along_axis(means, drawn, axis=1).mean(axis=1)
    low, high = np.percentile(averages, [2.5, 97.5])
    return float(np.mean([row.mean() for row in rows])), float(low), float(high)


def paired(ours: Cells, theirs: Cells) -> Cells:
    """Subtract, problem by problem and seed by seed, wherever both ran."""
    both: Cells = {}
    for name in ours.keys() & theirs.keys():
        seeds = sorted(ours[name].keys() & theirs[name].keys())
        if seeds:
            both[name] = {seed: ours[name][seed] - theirs[name][seed] for seed in seeds}
    return dict(sorted(both.items()))


def ranks(numbers: Sequence[float]) -> Array:
    """Rank from 1 for the largest; equal numbers share their average rank.

    Example:
        >>> ranks([0.5, 0.9, 0.5]).tolist()
        [2.5, 1.0, 2.5]
    """
    given = np.asarray(numbers)
    above = (given[None, :] > given[:, None]).sum(axis=1)
    equal = (given[None, :] == given[:, None]).sum(axis=1)
    return above + (equal + 1) / 2


def mean_ranks(tools: Mapping[str, Cells], names: Sequence[str]) -> tuple[dict[str, float], int]:
    """Average the ranks over problem x seed, over the cells that all tools ran.

    Left out are tools that did not run every problem at least once.

    Returns:
        The mean rank of every tool that is ranked, and the number of cells.
    """
    full = [tool for tool, cells in tools.items() if all(name in cells for name in names)]
    table = []
    for name in names if full else ():
        seeds = set.intersection(*(set(tools[tool][name]) for tool in full))
        table += [ranks([tools[tool][name][seed] for tool in full]) for seed in sorted(seeds)]
    if not table:
        return {}, 0
    return dict(zip(full, np.mean(table, axis=0).tolist(), strict=True)), len(table)


def trials_needed(ours: Sequence[Array], theirs: Mapping[str, Sequence[Array]]) -> tuple[str, int]:
    """Say when our median regret reaches the best peer's median result at the end.

    Args:
        ours: our regrets on one problem, one array a seed.
        theirs: the same of every peer.

    Returns:
        The peer, and the first such trial, or one more than there are.
    """
    ends = {peer: float(np.median([r[-1] for r in runs])) for peer, runs in theirs.items()}
    best = min(ends, key=ends.__getitem__)
    median = np.median(np.stack(ours), axis=0)
    reached = np.flatnonzero(median <= ends[best])
    return best, int(reached[0]) + 1 if len(reached) else len(median) + 1
