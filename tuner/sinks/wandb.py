"""W&B: an offline run for every ended trial, for `wandb sync`; nothing goes over the network."""

import os
import shutil
from pathlib import Path

import wandb

from tuner.sinks.base import About, seconds_of, steps_of
from tuner.sinks.spec import WandbSpec
from tuner.study import Trial


class WandbSink:
    """Folders `wandb/offline-run-*`; see `base.Sink` for what is promised."""

    def __init__(self, spec: WandbSpec, folder: Path) -> None:
        self._spec, self._root = spec, folder.resolve() / spec.dir
        self._root.mkdir(mode=0o700, parents=True, exist_ok=True)
        os.environ |= {"WANDB_MODE": "offline", "WANDB_SILENT": "true"}
        os.environ["WANDB_ERROR_REPORTING"] = "false"  # it would be sent

    def write(self, trial: Trial, about: About) -> None:
        """Make a run of a trial, and end it."""
        run = wandb.init(
            mode="offline",
            dir=str(self._root),
            project=self._spec.project or about.name,
            entity=self._spec.entity,
            group=about.name,
            id=_id(trial.id, about),
            name=f"{about.name} {trial.id}",
            config=dict(trial.params),
            tags=[trial.state.value, *([trial.failure] if trial.failure else [])],
            reinit="finish_previous",
            settings=wandb.Settings(
                console="off",
                disable_code=True,
                disable_git=True,
                save_code=False,
                silent=True,
                x_disable_meta=True,
                x_disable_stats=True,
                x_start_time=seconds_of(trial.started_at) or seconds_of(trial.finished_at),
            ),
        )
        for step, said in steps_of(trial):
            run.log(said, step=step)
        run.summary.update(
            {
                **trial.metrics,
                "tuner.trial": trial.id,
                "tuner.attempt": trial.attempt,
                "tuner.state": trial.state.value,
                "tuner.failure": trial.failure,
                "tuner.study_id": about.id,
                "tuner.wall_s": trial.wall_s,
            }
        )
        run.finish(exit_code=int(trial.state.value == "failed"))

    def take_back(self, trial: int, about: About) -> None:
        """Remove the folders of a trial; what was synced is replaced by the next one."""
        for place in (self._root / "wandb").glob(f"offline-run-*-{_id(trial, about)}"):
            shutil.rmtree(place)

    def close(self) -> None:
        """End what the library runs beside us."""
        wandb.teardown()


def _id(trial: int, about: About) -> str:
    return f"{about.id}-{trial}"
