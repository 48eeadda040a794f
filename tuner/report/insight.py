"""What the results say, for a terminal and as plain values: `tuner explain`.

Pure; what it is made of comes from `tuner/insight`.
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

from tuner.insight.base import Calibration, Estimate, Importance, Narrowed, Pair, Why
from tuner.report import limits, numbers
from tuner.report.export import plain
from tuner.report.screen import Line, aligned, folded
from tuner.report.winner import yaml_scalar
from tuner.study import History

BAR, FULL, HALF = 20, "█", "▌"
STRONG = 0.01
"""Share of the variance from which an interaction is shown."""

NOWHERE = "nowhere narrower than now"
COLUMNS = ("parameter", "total", "total_low", "total_high", "first", "first_low", "first_high")
WHY_COLUMNS = (
    *("trial", "method", "mean", "sd", "acquisition", "seen", "best"),
    *("observed", "z", "rank", "nearest"),
)


def rows(found: Importance) -> list[dict[str, Any]]:
    """Give the parameters as rows under COLUMNS."""
    return [
        {
            "parameter": weight.name,
            "total": weight.total.value,
            "total_low": weight.total.low,
            "total_high": weight.total.high,
            "first": weight.first.value,
            "first_low": weight.first.low,
            "first_high": weight.first.high,
        }
        for weight in found.weights
    ]


def document(
    metric: str,
    found: Importance,
    pairs: Sequence[Pair],
    calibration: Calibration,
    narrowed: Narrowed,
) -> dict[str, Any]:
    """Give everything as plain JSON types."""
    return {
        "metric": metric,
        "importance": [asdict(weight) for weight in found.weights],
        "interactions": [asdict(pair) for pair in pairs],
        "doubts": list(found.doubts),
        "calibration": {
            "trials": len(calibration.ids),
            "r2": calibration.r2,
            "inside": calibration.inside,
            "spread": calibration.spread,
        },
        "bounds": bounds_document(narrowed),
    }


def bounds_document(narrowed: Narrowed) -> dict[str, Any]:
    """Give the best region as plain JSON types."""
    return {
        "parameters": plain(dict(narrowed.parameters)),
        "changed": dict(narrowed.changed),
        "kept": narrowed.kept,
        "best_kept": narrowed.best_kept,
    }


def importance_lines(
    metric: str, found: Importance, pairs: Sequence[Pair], width: int
) -> list[Line]:
    """Draw which parameters matter: bars, intervals, interactions and doubts."""
    head = f"what {numbers.clean(metric)} depends on: shares of its variance over the space"
    lines = [Line(head, "bold")]
    lines += aligned(
        {
            "<parameter": [Line(numbers.clean(weight.name)) for weight in found.weights],
            "<in all": [_bar(weight.total.value) for weight in found.weights],
            ">": [Line(_share(weight.total)) for weight in found.weights],
            "<95%": [Line(_interval(weight.total), "dim") for weight in found.weights],
            ">alone": [Line(_share(weight.first)) for weight in found.weights],
            "<95% ": [Line(_interval(weight.first), "dim") for weight in found.weights],
        },
        width,
    )
    strong = [pair for pair in pairs if pair.share.value >= STRONG]
    if strong:
        lines += [Line(), Line("together, beyond each alone", "bold")]
        lines += aligned(
            {
                "<parameters": [Line(numbers.clean(" x ".join(pair.names))) for pair in strong],
                ">share": [Line(_share(pair.share)) for pair in strong],
                "<95%": [Line(_interval(pair.share), "dim") for pair in strong],
            },
            width,
        )
    if found.doubts:
        lines += [Line(), Line("doubts", "bold")]
        for doubt in found.doubts:
            lines += _item(doubt, width)
    return lines


def bounds_lines(narrowed: Narrowed, width: int) -> list[Line]:
    """Draw the best region, ready for the next study's configuration."""
    lines = [Line("where to look next", "bold")]
    if not narrowed.changed:
        return [
            *lines,
            *_item(f"{NOWHERE}: too little is known of where the best point lies", width),
        ]
    said = (
        f"{_percent(narrowed.kept)} of the space; the best point lies in it with probability "
        f"{narrowed.best_kept:.0%}, by the model"
    )
    if narrowed.exhausted:
        said += f"; all {narrowed.exhausted} points were measured, so only noise of the measurements can hide it"
    lines += _item(said, width)
    return lines + [Line(line) for line in to_parameters(narrowed).splitlines()]


def to_parameters(narrowed: Narrowed) -> str:
    """Write the parameters of the next study as YAML, those that changed with a comment."""
    lines = ["parameters:"]
    for name, node in narrowed.parameters.items():
        note = f"  # {narrowed.changed[name]}" if name in narrowed.changed else ""
        lines.append(f"  {yaml_scalar(name)}: {_flow(node)}{note}")
    return "\n".join(lines) + "\n"


def _flow(node: object) -> str:
    r"""Write a node on one line of YAML.

    Example:
        >>> _flow({"values": ["adam", "on"], "ordered": True})
        '{values: [adam, "on"], ordered: true}'
    """
    if isinstance(node, Mapping):
        return (
            "{"
            + ", ".join(f"{yaml_scalar(key)}: {_flow(value)}" for key, value in node.items())
            + "}"
        )
    if isinstance(node, list | tuple):
        return "[" + ", ".join(map(_flow, node)) + "]"
    if node is None or isinstance(node, bool | int | float | str):
        return yaml_scalar(node)
    raise TypeError(f"no node of a configuration: {node!r}")


def why_row(why: Why) -> dict[str, Any]:
    """Give one trial as a row under WHY_COLUMNS."""
    values = asdict(why)
    values["nearest"] = " ".join(str(near.trial) for near in why.near)
    return {name: values[name] for name in WHY_COLUMNS}


def why_sections(why: Why, history: History) -> dict[str, dict[str, str]]:
    """Tell why a trial of a study was proposed and how it turned out, as words under headings."""
    metric = history.metric.name
    by = f"{why.method}: {why.what}" if why.what else why.method
    proposed = {"by": numbers.clean(by)}
    if why.reason:
        proposed["as"] = numbers.clean(why.reason)
    proposed["knowing"] = f"{why.seen} ended trials"
    if why.best is not None:
        proposed["best until then"] = numbers.number(why.best)
    if why.mean is not None:
        error = "" if why.sd is None else f" ± {numbers.number(why.sd, 2)}"
        proposed[f"{metric} expected"] = numbers.number(why.mean) + error
    if why.acquisition is not None:
        proposed["acquisition"] = numbers.number(why.acquisition)
    came = {f"{metric} measured": "none" if why.observed is None else numbers.number(why.observed)}
    if why.z is not None:
        side = "above" if why.z > 0 else "below"
        came["off by"] = f"{abs(why.z):.1f} expected deviations, {side}"
    if why.broken:
        own = limits.breaks(history.trials[why.trial], history)
        came["constraints"] = own or f"{' and '.join(why.broken)}, in another run of its point"
    if why.rank is not None:
        came |= _standing(
            why.rank, metric, broken=bool(why.broken), limited=bool(history.constraints)
        )
    near = {
        f"trial {one.trial}": f"{one.distance:.2f} length scales away"
        + ("" if one.value is None else f", {metric} {numbers.number(one.value)}")
        for one in why.near
    }
    memory = {name: f"{weight:.0%}" for name, weight in why.memory.items()}
    return {
        f"trial {why.trial} was proposed": proposed,
        "it turned out": came,
        "nearest trials then": near,
        "older studies weighed": memory,
    }


def _standing(rank: int, metric: str, *, broken: bool, limited: bool) -> dict[str, str]:
    """Say how many points stand before a trial's, and which of them are counted."""
    if broken:
        words = f"those that keep the constraints, then those with a better {metric}"
        return {"points before it": f"{rank}: {words}"}
    return {"better points": f"{rank} of those that keep the constraints" if limited else str(rank)}


def _bar(value: float) -> Line:
    halves = round(min(1.0, max(0.0, value)) * BAR * 2)
    return Line(FULL * (halves // 2) + HALF * (halves % 2), "cyan")


def _share(estimate: Estimate) -> str:
    return f"{estimate.value:.2f}"


def _interval(estimate: Estimate) -> str:
    return f"{estimate.low:.2f} to {estimate.high:.2f}"


def _percent(share: float) -> str:
    return f"{share:.0%}" if share >= STRONG else f"{100 * share:.1g}%"


def _item(words: str, width: int) -> Sequence[Line]:
    first, *rest = folded(numbers.clean(words), max(20, width - 2))
    return [Line("- " + first), *(Line("  " + more) for more in rest)]
