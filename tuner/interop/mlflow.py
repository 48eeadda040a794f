"""MLflow's folder of runs: `mlruns/EXPERIMENT/RUN/` with `meta.yaml`, `params/NAME`, `metrics/NAME`.

A parameter's file holds its value as a text; a metric's file a line `time value step` for each
report, of which the one at the last step counts. Experiments are told apart by name.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml

from tuner.errors import UsageError
from tuner.interop.base import OldStudy, OldTrial
from tuner.interop.documents import MIB, read_text
from tuner.interop.optuna_space import chosen
from tuner.interop.values import WIDEST, ended, number_of, word_of

META = "meta.yaml"
LARGEST_META = MIB // 16
STATUS = ("", "running", "scheduled", "finished", "failed", "killed")  # by MLflow's numbers


class _Loader(yaml.SafeLoader):
    """A loader that refuses aliases: a few lines of them unfold to millions of values."""

    def compose_node(self, parent: yaml.Node | None, index: int) -> yaml.Node | None:
        if self.check_event(yaml.AliasEvent):
            raise yaml.YAMLError("an alias")
        return super().compose_node(parent, index)


def read_mlflow(path: Path, study: str | None = None, metric: str | None = None) -> OldStudy:
    """Read the runs of one experiment.

    Args:
        path: the folder `mlruns`, one that holds it, or an experiment in it.
        study: the experiment's name, where several have runs.
        metric: the metric that is meant; told without where there is one only.

    Raises:
        UsageError: nothing is there, or which experiment is meant is not clear.
    """
    if (path / "mlruns").is_dir():
        path = path / "mlruns"
    folders = [path] if _is_meta(path) else [each for each in _folders(path) if _is_meta(each)]
    experiments = {_word(_meta(each).get("name")) or each.name: each for each in folders}
    if study is None:
        experiments = {name: each for name, each in experiments.items() if any(_runs(each))}
    name = chosen(experiments, study, path)
    trials, unread = [], []
    for run in _runs(experiments[name]):
        try:
            trial = _trial(run)
        except (ValueError, UsageError) as why:
            unread.append(f"run {run.name}: {why}")
        else:
            trials += [trial] if trial is not None else []
    metrics = {each for trial in trials for each in trial.metrics}
    return OldStudy(
        name=name,
        source=path,
        kind="mlflow",
        metric=metric or (next(iter(metrics)) if len(metrics) == 1 else None),
        goal=None,
        parameters={},
        trials=tuple(trials),
        unread=tuple(unread),
    )


def _folders(path: Path) -> list[Path]:
    return sorted(each for each in path.iterdir() if each.is_dir() and not each.is_symlink())


def _is_meta(path: Path) -> bool:
    return (path / META).is_file()


def _runs(experiment: Path) -> list[Path]:
    """Give the folders of runs, the oldest first where they say when they began."""

    def began(run: Path) -> tuple[int, str]:
        try:
            start = _meta(run).get("start_time")
        except UsageError:
            start = None
        return (start if isinstance(start, int) else 0), run.name

    return sorted((each for each in _folders(experiment) if _is_meta(each)), key=began)


def _meta(folder: Path) -> dict[str, Any]:
    """Read a small YAML file without making anything but texts, numbers, lists and mappings."""
    file = folder / META
    try:
        body = yaml.load(read_text(file, LARGEST_META), Loader=_Loader)  # noqa: S506  a SafeLoader
    except (yaml.YAMLError, RecursionError, ValueError) as wrong:
        raise UsageError(f"{file} is not YAML as MLflow writes it") from wrong
    if not isinstance(body, dict):
        raise UsageError(f"{file} says nothing of a run or an experiment")
    return body


def _word(value: object) -> str:
    """Give a name or a small number as a text; "" for anything else: text of a list has no bound."""
    if isinstance(value, int):
        return str(value) if abs(value) < WIDEST else ""
    return value if isinstance(value, str) else ""


def _trial(run: Path) -> OldTrial | None:
    """Read a run; None for a deleted one."""
    meta = _meta(run)
    if meta.get("lifecycle_stage") == "deleted":
        return None
    metrics = {name: _last(text) for name, text in _files(run / "metrics")}
    status = meta.get("status")
    if isinstance(status, int) and 0 < status < len(STATUS):
        status = STATUS[status]
    return OldTrial(
        label=_word(meta.get("run_name")) or run.name,
        point={name: word_of(text) for name, text in _files(run / "params")},
        metrics=metrics,
        state=ended(_word(status), measured=bool(metrics)),
    )


def _files(folder: Path) -> Iterator[tuple[str, str]]:
    """Give names and texts; a name with slashes is a file in a folder."""
    if folder.is_dir():
        for file in sorted(folder.rglob("*")):
            if file.is_file() and not file.is_symlink():
                yield file.relative_to(folder).as_posix(), read_text(file, MIB).strip("\n")


def _last(text: str) -> float:
    """Give the value at the last step."""
    reports = []
    for line in text.splitlines():
        words = line.split()
        if len(words) < 2:  # noqa: PLR2004  time and value
            raise ValueError(f"a metric has the line {line[:40]!r}")
        step = number_of(words[2]) if len(words) > 2 else 0.0  # noqa: PLR2004  and the step
        reports.append((step, number_of(words[0]), number_of(words[1])))
    if not reports:
        raise ValueError("a metric is empty")
    return max(reports, key=lambda report: report[:2])[2]
