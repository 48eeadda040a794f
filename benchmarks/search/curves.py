"""Regret curves of whole suites: what `plots.py` draws, and a digest of it. Numbers only."""

import json
from collections.abc import Mapping, Sequence
from hashlib import sha256

import numpy as np
from results import Results
from scoring import Array

FLOOR = 1e-2  # of random search's final regret: below it a run has as good as found the optimum

Curves = dict[str, dict[str, Array]]  # by suite and tool


def curves(results: Results, suites: Mapping[str, Sequence[str]]) -> Curves:
    """Give the curves of all suites of one group that two tools or more ran in full."""
    found: Curves = {}
    for suite, groups in suites.items():
        names = results.names(groups)
        tools = full(results, groups)
        if len(groups) == 1 and len(tools) > 1:
            found[suite] = {tool: relative(results, tool, names) for tool in tools}
    return found


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


def digest(results: Results, suites: Mapping[str, Sequence[str]]) -> str:
    """Name the curves by what is in them, to four digits."""
    rounded = {
        suite: {tool: [f"{value:.4g}" for value in curve] for tool, curve in by_tool.items()}
        for suite, by_tool in curves(results, suites).items()
    }
    return sha256(json.dumps(rounded, sort_keys=True).encode()).hexdigest()
