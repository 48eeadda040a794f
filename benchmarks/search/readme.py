"""Writes the tables of the search benchmark that the README quotes, from the JSON lines.

python benchmarks/search/readme.py          # between the marks in README.md
python benchmarks/search/readme.py --check  # exits 1 if they are not what the results say
"""

import argparse
import re
import sys
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from results import FOLDER, Results
from scoring import interval, mean_ranks, paired
from summarize import NOT_PEERS, span, table

README = Path(__file__).parents[2] / "README.md"
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


def replaced(text: str, blocks: dict[str, str]) -> str:
    r"""Put blocks between their marks.

    Example:
        >>> replaced("<!-- a -->\nold\n<!-- end -->", {"a": "new"})
        '<!-- a -->\nnew\n<!-- end -->'
    """
    for name, block in blocks.items():
        pattern = re.compile(rf"(<!-- {name} -->\n).*?(\n<!-- end -->)", re.DOTALL)
        if not pattern.search(text):
            raise SystemExit(f"README.md has no mark <!-- {name} -->")
        text = pattern.sub(lambda found, block=block: found[1] + block + found[2], text)
    return text


def main(arguments: Sequence[str] | None = None) -> int:
    """Write, or check."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--check", action="store_true")
    asked = parser.parse_args(arguments)
    results = Results(FOLDER, "regret", 60)
    old = README.read_text(encoding="utf-8")
    new = replaced(old, {"scores": scores(results), "against": against(results)})
    if asked.check:
        return int(old != new)
    README.write_text(new, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
