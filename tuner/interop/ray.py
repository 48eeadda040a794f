"""A result folder of Ray Tune: a folder a trial, with `params.json` and `result.json`.

`result.json` has a JSON object for each report; the last one counts, else the last row of `progress.csv`. How trials ended stands in
`experiment_state-*.json`, whose own entries are JSON in texts; pickles beside it are never opened.
"""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from tuner.errors import UsageError
from tuner.interop.base import OldStudy, OldTrial
from tuner.interop.dialects import RAY
from tuner.interop.documents import json_lines, parse_json, read_json
from tuner.interop.sheet import read_sheet
from tuner.interop.values import ended, flattened, listed, number_of, point_of, word_of

PARAMS, RESULTS, PROGRESS = "params.json", "result.json", "progress.csv"
ERROR = "error.txt"  # with the traceback of a trial that failed
STATE = "experiment_state-*.json"


def read_ray(path: Path, metric: str | None = None) -> OldStudy:
    """Read the trials of one experiment.

    Args:
        path: its folder, or its `experiment_state-*.json`.
        metric: the metric that is meant.

    Raises:
        UsageError: no trial is there.
    """
    folder = path if path.is_dir() else path.parent
    folders = sorted(file.parent for file in folder.glob(f"*/{PARAMS}"))
    if not folders:
        raise UsageError(f"{folder} holds no trial of Ray Tune: no folder with {PARAMS}")
    states, unread = _states(folder)
    found = []
    for each in folders:
        try:
            found.append(_trial(each, states))
        except (ValueError, UsageError) as why:
            unread.append(f"{each.name}: {why}")
    trials, notes = _told_early(found)
    metrics = {name for trial in trials for name in trial.metrics}
    return OldStudy(
        name=folder.resolve().name,
        source=path,
        kind="ray",
        metric=metric or (next(iter(metrics)) if len(metrics) == 1 else None),
        goal=None,
        parameters={},
        trials=tuple(trials),
        unread=tuple(unread),
        notes=tuple(notes),
    )


def _told_early(trials: list[tuple[OldTrial, float]]) -> tuple[list[OldTrial], list[str]]:
    """Tell trials that a scheduler stopped from whole ones: to Ray both are terminated."""
    whole = max((reports for trial, reports in trials if trial.state == "completed"), default=0.0)
    early = [t.state == "completed" and reports < whole for t, reports in trials]
    found = [
        replace(trial, state="stopped") if stopped else trial
        for (trial, _), stopped in zip(trials, early, strict=True)
    ]
    said = f"{sum(early)} trials with fewer than {whole:g} reports are taken as stopped early"
    return found, [said] if any(early) else []


def _trial(folder: Path, states: Mapping[str, str]) -> tuple[OldTrial, float]:
    """Read a trial, and how many reports it made."""
    body = read_json(folder / PARAMS)
    if not isinstance(body, dict):
        raise ValueError(f"{PARAMS} holds no mapping")  # noqa: TRY004  one kind of error
    point, wrong = point_of(body)
    if wrong:
        raise ValueError(f"a value {listed(wrong)}")
    last, label, reports = _last(folder)
    label = str(
        label or next((name for name in states if name and name in folder.name), folder.name)
    )
    # what a folder holds tells how a trial ended where the state does not
    broken = not last or (folder / ERROR).is_file()
    state = states.get(label) or ("error" if broken else "terminated")
    verdict = ended(state, measured=bool(last))
    return OldTrial(label=label, point=point, metrics=last, state=verdict), reports


def _last(folder: Path) -> tuple[dict[str, float], object, float]:
    """Give the metrics of the last report, the trial's id, and the number of the report."""
    last = _last_line(folder / RESULTS) or _last_row(folder / PROGRESS)
    return dict(_metrics(last)), last.get("trial_id"), number_of(last.get("training_iteration", 0))


def _last_line(file: Path) -> Mapping[str, Any]:
    last: Mapping[str, Any] = {}
    for number, body in json_lines(file) if file.is_file() else ():
        if isinstance(body, ValueError):
            raise ValueError(f"{RESULTS} line {number} is not JSON: {body}")  # noqa: TRY004  it is one
        if isinstance(body, dict):
            last = body
    return last


def _last_row(file: Path) -> Mapping[str, Any]:
    """Give the last row of the table that older versions write beside, or instead."""
    rows = read_sheet(file).rows if file.is_file() else ()
    row = rows[-1][1] if rows else {}
    return {
        name.replace("/", "."): word_of(text, measured=True)
        for name, text in row.items()
        if not name.startswith("config/")
    }


def _metrics(report: Mapping[str, Any]) -> Iterator[tuple[str, float]]:
    ours = {name: value for name, value in report.items() if name != "config"}
    for name, value in flattened(ours):
        if (
            not RAY.is_aside(name)
            and isinstance(value, int | float)
            and not isinstance(value, bool)
        ):
            yield name, number_of(value)


def _states(folder: Path) -> tuple[dict[str, str], list[str]]:
    """Give the state by trial id, of the newest file that tells it."""
    files = sorted(folder.glob(STATE))
    if not files:
        return {}, []
    try:
        body = read_json(files[-1])
        entries = body["trial_data"]
        trials = [parse_json(each[0]) if isinstance(each, list) else each for each in entries]
        return {str(each["trial_id"]): str(each["status"]) for each in trials}, []
    except (UsageError, ValueError, TypeError, KeyError, IndexError):
        return {}, [f"{files[-1].name}: how trials ended cannot be read; told by their results"]
