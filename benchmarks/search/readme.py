"""Writes the tables and the figure of the benchmarks that the README quotes, from the JSON lines.

    python benchmarks/search/readme.py          # between the marks in README.md; needs matplotlib
    python benchmarks/search/readme.py --check  # exits 1 if they are not what the results say

The figure carries a digest of the numbers in it, so that looking whether it is up to date draws nothing.
"""

import argparse
import json
import re
import sys
from collections.abc import Sequence
from importlib import import_module
from pathlib import Path

import catalogue
import numpy as np
from curves import digest
from results import FOLDER, Results, read
from scoring import interval, mean_ranks, paired
from summarize import NOT_PEERS, span, table, warm

ROOT = Path(__file__).parents[2]
sys.path.append(str(ROOT / "benchmarks"))
README = ROOT / "README.md"
FIGURE = FOLDER / "curves.svg"
TASKS = FOLDER.parent / "multi_task.json"
LENGTHS = (50, 100, 300)
EIGHT_AT = 100
SUITES = {
    "synthetic (7)": ("synthetic",),
    "tables of earlier trainings (6)": ("reference",),
    "tables to confirm on (20)": ("confirm",),
    "HPOBench (8)": ("hpobench",),
    "conditional (2)": ("conditional",),
}
OURS = "tuner"


def scores(results: Results) -> str:
    """Write every tool's score on every suite that it ran in full."""
    shown = [tool for tool in results.tools if tool not in NOT_PEERS]
    rows = []
    for tool in shown:
        cells, seeds, runs = [], [], []
        for groups in SUITES.values():
            names = results.names(groups)
            found = results.scores(tool, names)
            runs += [r for name in found for r in results.tools[tool][name].values()]
            seeds += [len(by_seed) for by_seed in found.values()]
            whole = len(found) == len(names)
            cells.append(f"{interval(found)[0]:.2f}" if whole and found else "-")
        ours = "**" if tool == OURS else ""
        cpu = np.median([run["cpu_s"] for run in runs])
        rows.append([f"{ours}{tool}{ours}", *cells, f"{cpu:.2g}", span(seeds)])
    rows.sort(key=lambda row: [cell if cell != "-" else "" for cell in row[1:3]], reverse=True)
    return table(["tool", *SUITES, "CPU s a run", "seeds"], rows)


def against(results: Results) -> str:
    """Write ours minus each peer, paired by problem and seed, over all that both ran."""
    rows = []
    names = results.names([group for groups in SUITES.values() for group in groups])
    ours = results.scores(OURS, names)
    for tool in results.tools:
        if tool == OURS or tool in NOT_PEERS:
            continue
        theirs = results.scores(tool, names)
        both = paired(ours, theirs)
        if not both:
            continue
        middle, low, high = interval(both)
        rank, _ = mean_ranks({OURS: ours, tool: theirs}, list(both))
        count = sum(len(by_seed) for by_seed in both.values())
        gap = f"{middle:+.2f} [{low:+.2f}, {high:+.2f}]"
        ranks = f"{rank[OURS]:.2f} / {rank[tool]:.2f}" if rank else "-"
        rows.append([tool, gap, ranks, f"{len(both)}", f"{count}"])
    head = ["peer", "ours minus it [95 %]", "mean ranks, ours / its", "problems", "runs"]
    return table(head, rows)


def latency() -> str:
    """Write the milliseconds of ask + tell of every tool that was timed, on each of the boxes."""
    lines = dict(read(FOLDER, "latency"))
    sizes = sorted({row["d"] for rows in lines.values() for row in rows})
    table_rows = []
    for tool, rows in lines.items():
        taken = {(row["d"], row["n"]): warm(row["wall_s"]) for row in rows}
        cells = [taken.get((d, n)) for d in sizes for n in LENGTHS]
        eight = {
            row["d"]: row["eight_s"] for row in rows if row["n"] == EIGHT_AT and "eight_s" in row
        }
        cells.append(eight.get(min(sizes)))
        ours = "**" if tool == OURS else ""
        written = ["-" if cell is None else f"{1000 * cell:,.0f}" for cell in cells]
        table_rows.append((cells[1] or 0.0, [f"{ours}{tool}{ours}", *written]))
    head = [f"d = {d}, n = {n}" for d in sizes for n in LENGTHS]
    head = ["tool, ms", *head, f"8 asks at once, d = {min(sizes)}, n = {EIGHT_AT}"]
    return table(head, [row for _, row in sorted(table_rows, key=lambda pair: pair[0])])


def fashion() -> str:
    """Write the table of `fashion_mnist.py`."""
    sys.path.append(str(ROOT / "benchmarks"))
    comparison = import_module("fashion_mnist")
    return str(comparison.table(comparison.results_of(comparison.RESULTS)))


def evidence() -> str:
    """Write the table of `evidence.py`."""
    sys.path.append(str(ROOT / "benchmarks"))
    comparison = import_module("evidence")
    return str(comparison.table(comparison.read(comparison.RESULTS)))


def tasks() -> str:
    """Write the table of `multi_task.py`: every pair of outcomes, whole and with gaps."""
    told = json.loads(TASKS.read_text(encoding="utf-8"))
    rows, seeds = told["rows"], told["seeds"]
    kinds = {
        "complete": f"both in {rows} rows",
        "missing": f"the second in {told['few']} of {rows}",
    }
    lines = []
    for name, case in told["cases"].items():
        for kind, known in kinds.items():
            one, two = case[f"{kind}_joined"], case[f"{kind}_alone"]
            middle, low, high = case[f"{kind}_difference"]
            gain = f"{100 * (1 - one / two):.0f} % less" if high < 0 else "none shown"
            gap = f"{middle:+.4f} [{low:+.4f}, {high:+.4f}]"
            sign = f"{round(seeds * case['sign_right'])} of {seeds}" if kind == "complete" else "-"
            lines.append([name, known, f"{one:.4f} / {two:.4f}", gap, gain, sign])
    head = ["outcomes", "known", "squared error, as one / as two", "difference [95 %]", "gain"]
    return table([*head, "sign of the noise right"], lines)


def replaced(text: str, blocks: dict[str, str]) -> str:
    r"""Put blocks between their marks.

    Example:
        >>> replaced("<!-- a -->\nold\n<!-- end -->", {"a": "new"})
        '<!-- a -->\nnew\n<!-- end -->'
    """
    for name, block in blocks.items():
        pattern = re.compile(rf"(<!-- {name} -->\n).*?(<!-- end -->)", re.DOTALL)
        if not pattern.search(text):
            raise SystemExit(f"README.md has no mark <!-- {name} -->")
        text = pattern.sub(lambda found, block=block: f"{found[1]}{block}\n{found[2]}", text)
    return text


def main(arguments: Sequence[str] | None = None) -> int:
    """Write, or check."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--check", action="store_true")
    asked = parser.parse_args(arguments)
    results = Results(FOLDER, "regret", 60)
    old = README.read_text(encoding="utf-8")
    blocks = {"scores": scores(results), "against": against(results)}
    blocks |= {"latency": latency(), "fashion": fashion()}
    blocks |= {"catalogue": catalogue.worth(), "wide": catalogue.wide()}
    transfer = import_module("transfer")
    blocks |= {"memory": transfer.summary(), "remembering": transfer.against()}
    blocks |= {"shown": catalogue.shown(), "held": catalogue.held(), "evidence": evidence()}
    blocks |= {"tasks": tasks()}
    new = replaced(old, blocks)
    fresh = FIGURE.exists() and digest(results, SUITES) in FIGURE.read_text(encoding="utf-8")
    if asked.check:
        return int(old != new or not fresh)
    README.write_text(new, encoding="utf-8")
    if not fresh:
        import_module("plots").draw(results, SUITES, FIGURE)
    return 0


if __name__ == "__main__":
    sys.exit(main())
