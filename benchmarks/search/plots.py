"""Regret curves, one panel a suite. Needs matplotlib."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import matplotlib as mpl
from curves import curves, digest
from matplotlib.figure import Figure
from results import Results


def draw(results: Results, suites: Mapping[str, Sequence[str]], path: Path) -> None:
    """Draw the suites that somebody ran in full; a tool's colour is the same in all panels."""
    panels = curves(results, suites)
    columns = min(len(panels), 3)
    rows = -(-len(panels) // columns)
    tools = list(results.tools)
    with mpl.rc_context({"font.size": 8, "svg.hashsalt": "tuner"}):
        figure = Figure(figsize=(3.2 * columns, 2.6 * rows), layout="constrained")
        axes = figure.subplots(rows, columns, squeeze=False).ravel()
        drawn = {}
        for axis, (suite, by_tool) in zip(axes, panels.items(), strict=False):
            for tool, curve in by_tool.items():
                colour, width = f"C{tools.index(tool) % 10}", 2.0 if tool == "tuner" else 1.0
                (drawn[tool],) = axis.plot(range(1, len(curve) + 1), curve, color=colour, lw=width)
            axis.set(yscale="log", title=suite, xlabel="trial")
        rest = axes[len(panels) :]
        for axis in rest:
            axis.axis("off")
        place = rest[0] if len(rest) else axes[-1]
        order = [tool for tool in tools if tool in drawn]
        place.legend([drawn[tool] for tool in order], order, fontsize=7, frameon=False, ncols=2)
        figure.supylabel("median regret / random search's at the end")
        about = (
            {"Date": None, "Description": digest(results, suites)}
            if path.suffix == ".svg"
            else None
        )
        figure.savefig(path, dpi=130, metadata=about)
