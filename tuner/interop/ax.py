"""Ax's JSON: a snapshot of a client, or an experiment alone.

Objects are mappings with their class in `__type`; they are read as mappings and never made. The data
of a trial are a table in a text, column by column. A trial with several arms gives a trial each.
"""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from tuner.errors import UsageError
from tuner.interop.ax_bounds import inequalities, outcome_bounds
from tuner.interop.base import Goal, Node, OldStudy, OldTrial
from tuner.interop.documents import parse_json, read_json
from tuner.interop.nodes import range_node
from tuner.interop.values import ended, listed, number_of, point_of, value_of

STATES = {"early_stopped": "stopped"}
WRONG = (AttributeError, IndexError, KeyError, TypeError, ValueError)
Json = Mapping[str, Any]


def read_ax(path: Path, metric: str | None = None) -> OldStudy:
    """Read the trials of one experiment, with the standard errors that it was told.

    Args:
        path: of the JSON file.
        metric: the metric that is meant, where several are optimised.

    Raises:
        UsageError: it holds no experiment.
    """
    body = read_json(path)
    experiment = body.get("experiment", body) if isinstance(body, dict) else None
    if not isinstance(experiment, dict) or not isinstance(experiment.get("trials"), dict):
        raise UsageError(
            f"{path} holds no experiment of Ax", hint="`client.save_to_json_file()` does"
        )
    unread: list[str] = []
    goals = _goals(experiment)
    meant = metric or (next(iter(goals)) if len(goals) == 1 else None)
    trials: list[OldTrial] = []
    for number, trial in experiment["trials"].items():
        try:
            trials += _trials(str(number), trial, _rows(experiment, str(number)))
        except WRONG as why:
            said = why if isinstance(why, ValueError) else "it is no trial of Ax"
            unread.append(f"trial {number}: {said}")
    parameters, more = _parameters(experiment)
    constraints, untold = outcome_bounds(experiment)
    require, unsaid = inequalities(experiment)
    return OldStudy(
        name=str(experiment.get("name") or path.stem),
        source=path,
        kind="ax",
        metric=meant,
        goal=goals.get(meant) if meant else None,
        parameters=parameters,
        trials=tuple(trials),
        constraints=tuple(constraints),
        require=tuple(require),
        unread=(*more, *unread),
        notes=(*untold, *unsaid),
    )


def _goals(experiment: Json) -> dict[str, Goal]:
    """Read which way is better: of an expression such as "-loss", or of a metric of older versions."""
    try:
        objective = experiment["optimization_config"]["objective"]
        expression = objective.get("expression")
        if isinstance(expression, str):
            parts = [part.strip() for part in expression.split(",")]
            return {
                part.lstrip("-").strip(): "minimize" if part.startswith("-") else "maximize"
                for part in parts
                if not set(part[1:]) & set("+*-() ")
            }
        several = objective.get("objectives") or [objective]
        return {
            each["metric"]["name"]: "minimize" if each["minimize"] else "maximize"
            for each in several
        }
    except WRONG:
        return {}


def _trials(number: str, trial: Json, rows: list[Json]) -> Iterator[OldTrial]:
    status = trial["status"]["name"].lower()
    runs = trial.get("generator_runs") or trial.get("generator_run_structs")
    if runs is None:
        runs = [trial["generator_run"]]
    runs = [run.get("generator_run", run) for run in runs if run]
    arms = [arm for run in runs for arm in run["arms"]]
    if not arms:
        raise ValueError("it has no arm")
    for arm in arms:
        point, wrong = point_of(arm["parameters"])
        if wrong:
            raise ValueError(f"a value {listed(wrong)}")
        metrics, noise = _measured([row for row in rows if row["arm_name"] == arm["name"]])
        yield OldTrial(
            label=number if len(arms) == 1 else f"{number} {arm['name']}",
            point=point,
            metrics=metrics,
            state=ended(STATES.get(status, status), measured=bool(metrics)),
            noise=noise,
        )


def _measured(rows: list[Json]) -> tuple[dict[str, float], dict[str, float]]:
    """Give mean and standard error of every metric, at its last step."""
    metrics, noise, steps = dict[str, float](), dict[str, float](), dict[str, float]()
    for row in rows:
        name, step = str(row["metric_name"]), row.get("step")
        place = float("-inf") if step is None else number_of(step)
        if name in steps and place < steps[name]:
            continue
        steps[name] = place
        metrics[name] = number_of("nan" if row["mean"] is None else row["mean"])
        noise.pop(name, None)
        if row.get("sem") is not None:
            noise[name] = number_of(row["sem"])
    return metrics, noise


def _rows(experiment: Json, number: str) -> list[Json]:
    """Give the rows of a trial's newest data, or of all of them in older versions."""
    data = (experiment.get("data_by_trial") or {}).get(number)
    entries = data["value"] if isinstance(data, dict) else []
    rows: list[Json] = []
    for _, entry in entries:
        table = parse_json(entry["df"]["value"])
        names = list(table)
        lines = list(table[names[0]]) if names else []
        rows += [{name: table[name].get(line) for name in names} for line in lines]
    return rows


def _parameters(experiment: Json) -> tuple[dict[str, Node], list[str]]:
    """Read the search space; what is not known of it is left to be told from the values."""
    nodes: dict[str, Node] = {}
    unread: list[str] = []
    space = experiment.get("search_space")
    found = space.get("parameters") if isinstance(space, dict) else None
    for place, parameter in enumerate(found if isinstance(found, list) else []):
        try:
            name = str(parameter["name"])
            nodes[name] = _node(parameter)
        except WRONG:
            unread.append(f"parameter {place}: its range cannot be read")
    return nodes, unread


def _node(parameter: Json) -> Node:
    kind = parameter["__type"]
    words = parameter["parameter_type"]["name"]
    if kind == "FixedParameter":
        return {"value": value_of(parameter["value"])}
    if kind == "RangeParameter":
        low, high, log = parameter["lower"], parameter["upper"], bool(parameter.get("log_scale"))
        return range_node(low, high, whole=words == "INT", log=log)
    if kind == "ChoiceParameter":
        values = [value_of(each) for each in parameter["values"]]
        numbers = words in ("INT", "FLOAT") and parameter.get("is_ordered")
        return (
            {"values": values, "ordered": True}
            if numbers and len(values) > 1
            else {"values": values}
        )
    raise ValueError(kind)
