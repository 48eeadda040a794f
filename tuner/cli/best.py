"""`tuner best`: the best trial and its parameters."""

import json
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from tuner.cli import terminal
from tuner.wire import PARAMS_NAME

if TYPE_CHECKING:
    from pathlib import Path

    from tuner.study import Trial, Value

BestFormat = Literal["table", "yaml", "json", "env", "args", "csv"]


def best(
    study: terminal.StudyArgument = None,
    format_: Annotated[BestFormat, typer.Option("--format", help="How to print.")] = "table",
) -> None:
    """Print the best trial and its parameters.

    Repeats of a point count by their mean. Where the metric is noisy the model's mean decides,
    not the luckiest measurement. env and args are made for a shell, which has to read
    their quotes: by eval. All digits are kept.

    Example:
        tuner best runs/quickstart
        tuner best --format yaml > best.yaml
        eval "python train.py $(tuner best --format args)"
        eval "$(tuner best --format env)"
    """
    from tuner.report.summary import best_record, one_row
    from tuner.report.winner import in_words, outside, to_args, to_env, to_yaml

    reading = terminal.read(study)
    history = reading.history
    found = terminal.best_of(history)
    params = all_values(reading.folder, found.trial)
    metric = history.metric.name
    terminal.say_all(outside(found.trial.id, params, (history.config or {}).get("parameters")))
    match format_:
        case "json" | "csv":
            name = str((history.config or {}).get("name", reading.folder.name))
            node = {"study": name, **(best_record(found, metric) or {}), "params": params}
            if format_ == "json":
                terminal.emit_json(node)
            else:
                row = one_row(node)
                terminal.emit_csv(list(row), [row])
        case "table":
            from tuner.report import tables
            from tuner.report.screen import screen_width

            width = screen_width()
            terminal.show(tables.winner(found, metric, params, width))
            terminal.show(tables.passed_over(found, history, width))
        case "yaml":
            terminal.echo(f"# {in_words(found, metric)}\n{to_yaml(params).rstrip() or '{}'}")
        case "env":
            terminal.echo(to_env(params))
        case "args":
            terminal.echo(
                to_args(params, (history.config or {}).get("runner", {}).get("flags", {}))
            )


def all_values(folder: "Path", trial: "Trial") -> "dict[str, Value]":
    """Give the values as the trial got them, fixed and derived ones included."""
    path = folder / "trials" / str(trial.id) / f"attempt-{trial.attempt}" / PARAMS_NAME
    try:
        read = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        read = None
    values: dict[str, Value] = read if isinstance(read, dict) else dict(trial.params)
    return {**values, **trial.params} if set(trial.params) <= set(values) else dict(trial.params)
