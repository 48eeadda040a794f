"""Regret curves, one panel a suite. Needs matplotlib."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import matplotlib as mpl
import numpy as np
from matplotlib.figure import Figure
from results import Results
from scoring import Array

FLOOR = 1e-3  # of random search's final regret: below it a run has found the optimum


def draw(results: Results, suites: Mapping[str, Sequence[str]], path: Path) -> None:
    """Draw the suites that somebody ran in full; a tool's colour is the same in all panels."""
    panels = [suite for suite, groups in suites.items() if len(groups) == 1]
    panels = [suite for suite in panels if len(full(results, suites[suite])) > 1]
    columns = min(len(panels), 4)
    rows = -(-len(panels) // columns)
    with mpl.rc_context({"font.size": 8, "svg.hashsalt": "tuner"}):
        figure = Figure(figsize=(3.2 * columns, 2.6 * rows), layout="constrained")
        axes = figure.subplots(rows, columns, squeeze=False).ravel()
        for axis, suite in zip(axes, panels, strict=False):
            for tool in full(results, suites[suite]):
                curve = relative(results, tool, results.names(suites[suite]))
                colour = f"C{list(results.tools).index(tool) % 10}"
                axis.plot(range(1, len(curve) + 1), curve, label=tool, color=colour, lw=1.2)
            axis.set(yscale="log", title=suite, xlabel="trial")
            axis.legend(fontsize=6, frameon=False)
        for axis in axes[len(panels) :]:
            axis.remove()
        figure.supylabel("median regret / random search's at the end")
        figure.savefig(path, dpi=130, metadata={"Date": None} if path.suffix == ".svg" else None)


def full(results: Results, groups: Sequence[str]) -> list[str]:
    """List the tools that ran every problem of these groups."""
    names = results.names(groups)
    return [t for t, runs in results.tools.items() if names and all(n in runs for n in names)]


def relative(results: Results, tool: str, names: Sequence[str]) -> Array:
    """Average, over problems and on a log scale, the median regret over random search's final one."""
    logs = []
    for name in names:
        regrets = [results.regret(run) for run in results.tools[tool][name].values()]
        ratio = np.median(np.stack(regrets), axis=0) / results.R[name][-1]
        logs.append(np.log(np.maximum(ratio, FLOOR)))
    return np.exp(np.mean(logs, axis=0))
