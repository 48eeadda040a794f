"""Promise 29 in full: 100 trials and 20 seeds of every kind of hostile number.

    python benchmarks/hostile_numbers.py --trials 100 --seeds 20 [--cases NAME …]

Every suggestion must be finite, in bounds and new. Prints one line a case, exits 1 on a failure.
"""

import argparse
import math
import statistics
import sys

from studies import save, search

from tuner.samplers.spec import SearchSpec
from tuner.space import Choice, Float, Int, Space
from tuner.study import Point, Suggestion

PLAIN = Space((Float(name="x", min=-1.0, max=1.0), Float(name="y", min=1e-3, max=1.0, log=True)))
MIXED = Space(
    (
        Float(name="x", min=-1.0, max=1.0),
        Int(name="n", min=1, max=500, log=True),
        Choice(name="kind", values=("a", "b", "c")),
        Float(name="z", min=1e-3, max=1.0, log=True, when="kind == 'a'", or_zero=True),
    ),
    require=("n * x <= 400",),
)


def smooth(p: Point) -> float:
    """Give what the honest part of a case measures."""
    return (p["x"] - 0.3) ** 2


CASES = {
    "nan": lambda k, p: math.nan if k % 4 == 1 else smooth(p),
    "+inf": lambda k, p: math.inf if k % 3 == 1 else smooth(p),
    "-inf": lambda k, p: -math.inf if k % 3 == 1 else smooth(p),
    "constant": lambda _, __: 4.2,
    "duplicates": lambda _, p: float(p["x"] > 0),
    "1e308 both signs": lambda _, p: math.copysign(1e308, p["x"]),
    "1e-320": lambda k, _: 1e-320 * (k % 5),
    "1e12 offset": lambda _, p: 1e12 + smooth(p),
    "one 1e30 outlier": lambda k, p: 1e30 if k == 4 else smooth(p),
    "half crash": lambda _, p: None if p["x"] < 0 else smooth(p),
    "all failed": lambda _, __: None,
}


def wrong(space: Space, suggestions: list[Suggestion]) -> str | None:
    """Say what promise a run broke, None if it kept them all."""
    if len({space.key(s.point) for s in suggestions}) < len(suggestions):
        return "a point was suggested twice"
    for suggestion in suggestions:
        if space.point(suggestion.point) != suggestion.point or space.violations(suggestion.point):
            return f"{suggestion.point} is outside of the space"
        for number in (suggestion.mean, suggestion.sd, suggestion.acquisition):
            if number is not None and not math.isfinite(number):
                return f"{number} was predicted"
    return None


def main() -> int:
    """Run every case, print and save."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--trials", type=int, default=100)
    parser.add_argument("--seeds", type=int, default=20)
    parser.add_argument("--cases", nargs="*", default=list(CASES), choices=list(CASES))
    arguments = parser.parse_args()
    rows = []
    for case in arguments.cases:
        problems, seconds, models, fallbacks = [], [0.0], 0, 0
        for seed in range(arguments.seeds):
            space = (PLAIN, MIXED)[seed % 2]
            told = search(space, CASES[case], SearchSpec(), trials=arguments.trials, seed=seed)
            suggestions = [suggestion for suggestion, _, _ in told]
            problem = wrong(space, suggestions)
            problems += [f"seed {seed}: {problem}"] if problem else []
            seconds += [s for given, _, s in told if given.method == "bayes"]
            models += sum(given.method == "bayes" for given in suggestions)
            fallbacks += sum(given.reason is not None for given in suggestions)
        row = {
            "case": case,
            "problems": problems,
            "by_model": models,
            "fallbacks": fallbacks,
            "median_seconds": round(statistics.median(seconds), 3),
        }
        rows.append(row)
        print(row, flush=True)
    if len(rows) == len(CASES):
        save(
            "hostile_numbers", {"trials": arguments.trials, "seeds": arguments.seeds, "rows": rows}
        )
    return int(any(row["problems"] for row in rows))


if __name__ == "__main__":
    sys.exit(main())
