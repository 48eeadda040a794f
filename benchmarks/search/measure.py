"""One tool on one problem: what it found, and what its asking and telling took."""

import resource
import time
import traceback
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np
from adapter import Tool
from landscape import Problem
from spaces import Config, Space, check, from_unit, random_config, to_unit

LENGTHS = (10, 25, 50, 100, 200, 300)
AT_ONCE = 8
WARM = 3
"""Asks that are timed; their median is told, since the first may load a library."""

Maker = Callable[[Space, int, int, int], Tool]


def one_run(make: Maker, problem: Problem, seed: int, trials: int, workers: int) -> dict[str, Any]:
    """Search once. With workers the oldest pending trial ends as soon as so many are out.

    Returns:
        The line of the results file. A tool that raises keeps what it had found.
    """
    told: list[tuple[float, float]] = []
    spent: list[tuple[float, float]] = []
    pending: deque[tuple[int, Any, Any]] = deque()
    seen: set[Any] = set()
    more: dict[str, Any] = {}

    def finish() -> tuple[float, float]:
        trial, key, config = pending.popleft()
        observed = problem.observe(config, seed, trial)
        told.append((problem.f(config), observed))
        since = clocks()
        tool.tell(key, config, observed)
        return passed(since)

    try:
        tool = make(problem.space, seed, trials, workers)
        for trial in range(trials):
            since = clocks()
            key, config = tool.ask()
            seconds = [passed(since)]
            check(problem.space, config)
            seen.add(tuple(config.items()))
            pending.append((trial, key, config))
            while len(pending) >= workers or (pending and trial == trials - 1):
                seconds.append(finish())
            spent.append((sum(w for w, _ in seconds), sum(c for _, c in seconds)))
        if problem.noise and (believed := tool.recommend()):
            more["recommended"] = float(f"{problem.f(believed):.6g}")
    except Exception as failure:  # noqa: BLE001  a peer may raise anything
        traceback.print_exc()
        more["error"] = repr(failure)[:200]
    line = {"curve": steps(told, noisy=problem.noise > 0), "trials": len(told), **times(spent)}
    line |= {"repeats": len(spent) - len(seen), "rss_mb": rss_mb()}
    return line | more


def clocks() -> tuple[float, float]:
    """Give wall and CPU seconds."""
    return time.perf_counter(), time.process_time()


def passed(since: tuple[float, float]) -> tuple[float, float]:
    """Give wall and CPU seconds since."""
    return time.perf_counter() - since[0], time.process_time() - since[1]


def times(spent: list[tuple[float, float]]) -> dict[str, float]:
    """Sum up what ask and tell took."""
    last = [wall for wall, _ in spent[-10:]] or [0.0]
    return {
        "wall_s": float(f"{sum(w for w, _ in spent):.3g}"),
        "cpu_s": float(f"{sum(c for _, c in spent):.3g}"),
        "late_s": float(f"{sum(last) / len(last):.3g}"),
    }


def steps(told: list[tuple[float, float]], *, noisy: bool) -> list[list[float]]:
    """Keep the trials that brought a new best observed value.

    Example:
        >>> steps([(3.0, 3.0), (4.0, 4.0), (1.5, 1.5)], noisy=False)
        [[1, 3.0], [3, 1.5]]
    """
    curve: list[list[float]] = []
    best = float("inf")
    for trial, (value, observed) in enumerate(told, 1):
        if observed < best or not curve:
            best = observed
            entry = [trial, float(f"{value:.6g}")]
            curve.append([*entry, float(f"{observed:.6g}")] if noisy else entry)
    return curve


def rss_mb() -> int:
    """Give the peak resident memory of this process so far."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024


def history(problem: Problem, count: int) -> list[tuple[Config, float]]:
    """Make the same trials for every tool: half at random, half around the best so far."""
    rng = np.random.RandomState(12345)
    rows: list[tuple[Config, float]] = []
    for k in range(count):
        if k < max(count // 2, 10):
            config = random_config(problem.space, rng)
        else:
            centre = min(rows, key=lambda row: row[1])[0]
            config = {
                name: from_unit(s, min(max(to_unit(s, centre[name]) + 0.1 * rng.randn(), 0), 1))
                for name, s in problem.space.items()
            }
        rows.append((config, problem.f(config)))
    return rows


def asking(
    make: Maker, problem: Problem, lengths: Sequence[int]
) -> Iterator[tuple[int, list[float]]]:
    """Time WARM ask + tell after n replayed trials, in CPU seconds."""
    rows = history(problem, max(lengths))
    for n in lengths:
        tool = make(problem.space, 0, n + WARM, 1)
        tool.add_many(rows[:n])
        taken = []
        for _ in range(WARM):
            since = clocks()
            key, config = tool.ask()
            asked = passed(since)[1]
            value = problem.f(config)
            since = clocks()
            tool.tell(key, config, value)
            taken.append(float(f"{asked + passed(since)[1]:.3g}"))
        yield n, taken


def latencies(make: Maker, problem: Problem, cap_s: float) -> Iterator[dict[str, Any]]:
    """Time three ask + tell and then 8 asks at once, after n replayed trials."""
    rows = history(problem, max(LENGTHS))
    for n in LENGTHS:
        since = clocks()
        tool = make(problem.space, 0, max(LENGTHS) + 20, AT_ONCE)
        tool.add_many(rows[:n])
        load_s, taken = passed(since)[0], []
        for _ in range(3):
            since = clocks()
            key, config = tool.ask()
            asked = passed(since)
            value = problem.f(config)
            since = clocks()
            tool.tell(key, config, value)
            taken.append([a + b for a, b in zip(asked, passed(since), strict=True)])
            if asked[0] > cap_s:
                break
        line = {"n": n, "wall_s": [float(f"{w:.3g}") for w, _ in taken]}
        line |= {"cpu_s": [float(f"{c:.3g}") for _, c in taken], "load_s": round(load_s, 2)}
        if tool.pending_ok and asked[0] < cap_s / AT_ONCE:
            since = clocks()
            tool.ask_many(AT_ONCE)
            line["eight_s"] = float(f"{passed(since)[0]:.3g}")
        yield line | {"rss_mb": rss_mb()}
        if taken[-1][0] > cap_s:
            return
