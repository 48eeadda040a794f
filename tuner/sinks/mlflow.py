"""MLflow: a run of one experiment for every ended trial, by its client, on any tracking store."""

import os
import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TypeVar

from mlflow import MlflowClient
from mlflow.entities import Metric, Param

from tuner.sinks.base import About, seconds_of, steps_of, text_of
from tuner.sinks.spec import MlflowSpec
from tuner.study import Trial

STATUS = {"completed": "FINISHED", "stopped": "KILLED", "failed": "FAILED"}
MOST_METRICS, MOST_PARAMS = 1000, 100  # that MLflow takes at a time
FORBIDDEN = re.compile(r"[^\w\-. :/]")
FILES_ALLOWED = "MLFLOW_ALLOW_FILE_STORE"

T = TypeVar("T")


class MlflowSink:
    """Runs with params, metrics, tags and times; see `base.Sink` for what is promised."""

    def __init__(self, spec: MlflowSpec, folder: Path) -> None:
        uri = spec.uri or os.environ.get("MLFLOW_TRACKING_URI")
        if uri is None:
            place = folder.resolve() / "sinks" / "mlflow"
            place.mkdir(mode=0o700, parents=True, exist_ok=True)
            uri = f"sqlite:///{place}/mlflow.db"
        if "://" not in uri or uri.startswith("file:"):  # asked for, so it is allowed
            os.environ.setdefault(FILES_ALLOWED, "true")
        self._client = MlflowClient(uri)
        self._name = spec.experiment
        self._experiment: str | None = None

    def write(self, trial: Trial, about: About) -> None:
        """Make a run of a trial, and end it."""
        begun, ended = seconds_of(trial.started_at), seconds_of(trial.finished_at)
        end_ms = round(1000 * (ended or begun or 0.0))
        run = self._client.create_run(
            self._place(about),
            start_time=round(1000 * begun) if begun else end_ms,
            tags=_tags(trial, about),
            run_name=f"{about.name} {trial.id}",
        ).info.run_id
        params = [Param(_key(name), text_of(value)) for name, value in trial.params.items()]
        for some in _batches(params, MOST_PARAMS):
            self._client.log_batch(run, params=some)
        steps = steps_of(trial)
        last = steps[-1][0] + 1 if steps else 0
        metrics = [
            Metric(_key(name), value, end_ms, step)
            for step, said in [*steps, (last, trial.metrics)]
            for name, value in said.items()
        ]
        for some in _batches(metrics, MOST_METRICS):
            self._client.log_batch(run, metrics=some)
        self._client.set_terminated(run, STATUS[trial.state.value], end_ms)

    def take_back(self, trial: int, about: About) -> None:
        """Delete the runs of a trial, as MLflow deletes: they can be restored there."""
        ours = f"tags.`tuner.study_id` = '{about.id}' and tags.`tuner.trial` = '{trial}'"
        for run in self._client.search_runs([self._place(about)], ours):
            self._client.delete_run(run.info.run_id)

    def close(self) -> None:
        """Nothing is kept open."""

    def _place(self, about: About) -> str:
        """Give the id of the experiment, made if it is not there."""
        if self._experiment is None:
            name = self._name or about.name
            found = self._client.get_experiment_by_name(name)
            made = found.experiment_id if found else self._client.create_experiment(name)
            self._experiment = str(made)
        return self._experiment


def _tags(trial: Trial, about: About) -> dict[str, str]:
    tags = {
        "study": about.name,
        "study_id": about.id,
        "trial": str(trial.id),
        "attempt": str(trial.attempt),
        "state": trial.state.value,
        "failure": trial.failure,
        "method": trial.method,
        "goal": f"{about.metric.goal} {about.metric.name}",
        "message": trial.finish.message if trial.finish else None,
    }
    return {f"tuner.{name}": value for name, value in tags.items() if value}


def _key(name: str) -> str:
    """Spell a name as MLflow takes it."""
    return FORBIDDEN.sub("_", name)


def _batches(items: Sequence[T], most: int) -> Iterator[Sequence[T]]:
    return (items[start : start + most] for start in range(0, len(items), most))
