"""Prints the tables of the search benchmark as Markdown, from the JSON lines.

    python benchmarks/search/summarize.py
    python benchmarks/search/summarize.py --tools tuner,ax,optuna-gp --out tables.md --plot curves.png

`scoring.py` says how the scores are made. Differences are paired by problem and seed. A suite's
average is over those of its problems that a tool ran; in brackets behind it how many, if not all.
"""

import argparse
import importlib.util
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
from results import FOLDER, START, Results, read
from scoring import Cells, Run, interval, mean_ranks, paired, trials_needed

SUITES = {
    "synthetic + reference": ("synthetic", "reference"),
    "synthetic": ("synthetic",),
    "reference": ("reference",),
    "shifted": ("shifted",),
    "tune": ("tune",),
    "confirm": ("confirm",),
    "hpobench": ("hpobench",),
    "confirm + hpobench": ("confirm", "hpobench"),
    "mixint": ("mixint",),
    "conditional": ("conditional",),
}
PENDING = 3  # trials without a result when the next of four is asked for
NOT_PEERS = ("random", "sobol")


def table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Write a Markdown table."""
    lines = [head, ["---"] + ["---:"] * (len(head) - 1), *rows]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


def with_interval(cells: Cells, of: int | None = None) -> str:
    """Write an average with its interval."""
    if not cells:
        return "-"
    middle, low, high = interval(cells)
    part = f" ({len(cells)}/{of})" if of and len(cells) < of else ""
    return f"{middle:.2f} [{low:.2f}, {high:.2f}]{part}"


def span(numbers: Sequence[int]) -> str:
    """Write 5, or 1-5."""
    low, high = min(numbers), max(numbers)
    return str(low) if low == high else f"{low}-{high}"


def suite_tables(results: Results) -> Iterator[str]:
    """Compare the tools suite by suite."""
    for suite, groups in SUITES.items():
        names = results.names(groups)
        scores = {tool: results.scores(tool, names) for tool in results.tools}
        scores = {tool: cells for tool, cells in scores.items() if cells}
        if len(scores) < 2:
            continue
        order = sorted(scores, key=lambda tool: -interval(scores[tool])[0])
        rank, cells = mean_ranks(scores, names)
        rows = [
            [
                tool,
                span([len(by_seed) for by_seed in scores[tool].values()]),
                with_interval(scores[tool], len(names)),
                f"{interval(results.scores(tool, names, final=True))[0]:.2f}",
                f"{rank[tool]:.1f}" if tool in rank else "-",
                *costs([run for n in scores[tool] for run in results.tools[tool][n].values()]),
            ]
            for tool in order
        ]
        head = ["tool", "seeds", "score [95 %]", "final", f"mean rank of {len(rank)}"]
        head += ["CPU s a run", "last asks, s", "peak MB", "repeats a run", "failed"]
        yield f"## {suite}: {len(names)} problems, {results.trials} trials, ranks over {cells} cells"
        yield table(head, rows)
        if len(groups) == 1:
            columns = [tool for tool in order if tool not in NOT_PEERS]
            yield table(["score", *columns], per_problem(names, columns, scores))


def costs(runs: Sequence[Run]) -> list[str]:
    """Write what runs cost: medians, the peak memory, repeated points and failed runs."""
    cpu, late = (float(np.median([run[key] for run in runs])) for key in ("cpu_s", "late_s"))
    peak = max(run["rss_mb"] for run in runs)
    repeats = float(np.mean([run["repeats"] for run in runs]))
    failed = sum("error" in run for run in runs)
    return [f"{cpu:.3g}", f"{late:.2g}", str(peak), f"{repeats:.1f}", str(failed)]


def per_problem(
    names: Sequence[str], tools: Sequence[str], scores: dict[str, Cells]
) -> list[list[str]]:
    """Write every tool's score on every problem."""
    return [
        [name]
        + [
            f"{np.mean(list(scores[tool][name].values())):.2f}" if name in scores[tool] else "-"
            for tool in tools
        ]
        for name in names
    ]


def difference_table(results: Results, ours: str) -> Iterator[str]:
    """Compare ours with every other tool, paired."""
    if ours not in results.tools:
        return
    rows = []
    for tool in results.tools:
        cells = []
        for groups in SUITES.values():
            names = results.names(groups)
            both = paired(results.scores(ours, names), results.scores(tool, names))
            count = sum(len(by_seed) for by_seed in both.values())
            cells.append(f"{with_interval(both, len(names))} n={count}" if both else "-")
        if tool != ours:
            rows.append([tool, *cells])
    yield f"## {ours} minus each tool, paired by problem and seed"
    yield table(["tool", *SUITES], rows)


def needed_table(results: Results, ours: str) -> Iterator[str]:
    """Say in how many trials ours reaches the best peer's median result."""
    if ours not in results.tools:
        return
    rows = []
    family = ours.split(":", maxsplit=1)[0]
    peers = [tool for tool in results.tools if not tool.startswith((family, *NOT_PEERS))]
    for suite, groups in SUITES.items():
        counts = []
        for name in results.names(groups):
            theirs = {
                peer: [results.regret(run) for run in results.tools[peer][name].values()]
                for peer in peers
                if name in results.tools[peer]
            }
            mine = [results.regret(run) for run in results.tools[ours].get(name, {}).values()]
            if mine and theirs:
                counts.append(trials_needed(mine, theirs)[1])
        if counts:
            reached = sum(count <= results.trials for count in counts)
            rows.append([suite, f"{np.median(counts):.0f}", f"{reached}/{len(counts)}"])
    yield f"## Trials that {ours} needs for the best peer's median result at {results.trials}"
    yield table(["suite", "median over problems", "reached"], rows)


def batch_table(batch: Results, alone: Results) -> Iterator[str]:
    """Compare four trials pending with one after the other, and with what waiting alone would cost."""
    names = sorted({name for runs in batch.tools.values() for name in runs if name in batch.R})
    if not names:
        return
    rows = []
    for tool in batch.tools:
        row, together = [tool], batch.scores(tool, names)
        known = tool in alone.tools
        one, waited = (alone.scores(tool, names, waiting=n) if known else {} for n in (0, PENDING))
        kinds = (together, one, waited)
        for name in names:
            found = [cells.get(name) for cells in kinds]
            row.append(" / ".join(f"{np.mean(list(c.values())):.2f}" if c else "-" for c in found))
        rows.append(
            [*row, " / ".join(f"{average(cells):.2f}" if cells else "-" for cells in kinds)]
        )
    yield (
        f"## Score with 4 trials pending / one after the other"
        f" / the same, {PENDING} trials late after the first {START}"
    )
    yield table(["tool", *names, "all"], rows)


def average(cells: Cells) -> float:
    """Average over seeds and then problems."""
    return float(np.mean([np.mean(list(by_seed.values())) for by_seed in cells.values()]))


def latency_tables(
    folder: Path, ours: str, only: Sequence[str] = (), clock: str = "wall_s"
) -> Iterator[str]:
    """Compare seconds of ask + tell after n trials: the mean of the second and third."""
    lines = {tool: rows for tool, rows in read(folder, "latency") if not only or tool in only}
    problems = {row["problem"]: row["d"] for rows in lines.values() for row in rows}
    for problem, d in problems.items():
        taken = {
            tool: {row["n"]: row for row in rows if row["problem"] == problem}
            for tool, rows in lines.items()
        }
        lengths = sorted({n for rows in taken.values() for n in rows})
        mine = {n: warm(row[clock]) for n, row in taken.get(ours, {}).items()}
        rows = []
        for tool, by_n in taken.items():
            cells = [
                seconds(warm(by_n[n][clock]), mine.get(n)) if n in by_n else "-" for n in lengths
            ]
            eight = by_n.get(100, {}).get("eight_s")
            peak = max((row["rss_mb"] for row in by_n.values()), default=0)
            rows.append([tool, *cells, f"{eight:.3g}" if eight else "-", str(peak)])
        kind = {"wall_s": "Seconds", "cpu_s": "CPU seconds"}[clock]
        yield f"## {kind} of ask + tell on {problem} (d = {d}); in brackets how often {ours}'s"
        head = ["tool", *(f"n = {n}" for n in lengths), "8 asks together, n = 100, wall", "peak MB"]
        yield table(head, rows)


def warm(taken: Sequence[float]) -> float:
    """Leave out the first ask + tell, unless it was the only one."""
    return float(np.mean(taken[1:] or taken))


def seconds(taken: float, ours: float | None) -> str:
    """Write seconds, and the ratio to ours."""
    return f"{taken:.3g}" + (f" ({taken / ours:.1f}x)" if ours else "")


def main() -> None:
    """Print, and write where it is asked to."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--results", type=Path, default=FOLDER)
    parser.add_argument("--tools", help="comma-separated; all by default")
    parser.add_argument("--ours", default="tuner")
    parser.add_argument("--trials", type=int, default=60)
    parser.add_argument(
        "--clock", choices=["wall", "cpu"], default="wall", help="of latency; cpu under load"
    )
    parser.add_argument("--out", type=Path, help="a Markdown file")
    parser.add_argument("--plot", type=Path, help="a PNG or SVG file; needs matplotlib")
    asked = parser.parse_args()
    only = asked.tools.split(",") if asked.tools else ()
    results = Results(asked.results, "regret", asked.trials, only)
    batch = Results(asked.results, "batch", asked.trials, only)
    text = "\n\n".join(
        [
            *suite_tables(results),
            *difference_table(results, asked.ours),
            *needed_table(results, asked.ours),
            *batch_table(batch, results),
            *latency_tables(asked.results, asked.ours, only, f"{asked.clock}_s"),
        ]
    )
    print(text)
    if asked.out:
        asked.out.write_text(text + "\n", encoding="utf-8")
    if asked.plot:
        if importlib.util.find_spec("matplotlib") is None:
            sys.exit("no plot: matplotlib is not in this environment")
        importlib.import_module("plots").draw(results, SUITES, asked.plot)


if __name__ == "__main__":
    main()
