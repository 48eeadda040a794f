"""TensorBoard: a session of the hparams plugin for every ended trial, and its scalars; no torch.

A folder a trial, so that one that runs once more replaces its own. The layout is that of the
plugin: `experiment` in the root, `session start`, scalars and `session end` in a folder each.
"""

import shutil
from pathlib import Path

from tensorboard.compat.proto.event_pb2 import Event
from tensorboard.compat.proto.summary_pb2 import Summary
from tensorboard.plugins.hparams import api_pb2, metadata, plugin_data_pb2
from tensorboard.plugins.hparams.summary_v2 import HParam, Metric, hparams_config_pb, hparams_pb
from tensorboard.summary.writer.event_file_writer import EventFileWriter

from tuner.sinks.base import About, seconds_of, steps_of, text_of
from tuner.sinks.spec import TensorboardSpec
from tuner.study import Trial

STATUS = {"completed": "STATUS_SUCCESS", "stopped": "STATUS_SUCCESS", "failed": "STATUS_FAILURE"}


class TensorboardSink:
    """Event files below one folder; see `base.Sink` for what is promised."""

    def __init__(self, spec: TensorboardSpec, folder: Path) -> None:
        self._root = folder / spec.dir
        self._columns: tuple[tuple[str, ...], tuple[str, ...]] | None = None

    def write(self, trial: Trial, about: About) -> None:
        """Write the event file of a trial."""
        self._describe(about)
        begun, ended = seconds_of(trial.started_at), seconds_of(trial.finished_at)
        end = ended or begun or 0.0
        values = {name: text_of(v) if v is None else v for name, v in trial.params.items()}
        start = hparams_pb(
            values, trial_id=f"{about.name} {trial.id}", start_time_secs=begun or end
        )
        steps = steps_of(trial)
        last = steps[-1][0] + 1 if steps else 0
        writer = EventFileWriter(str(_folder(self._root, trial.id)))
        writer.add_event(Event(wall_time=begun or end, summary=start))
        for step, said in [*steps, (last, trial.metrics)]:
            scalars = [Summary.Value(tag=name, simple_value=value) for name, value in said.items()]
            summary = Summary(value=scalars)
            writer.add_event(Event(wall_time=end, step=step, summary=summary))
        status = STATUS[trial.state.value]
        writer.add_event(Event(wall_time=end, summary=_session_end(status, end)))
        writer.close()

    def take_back(self, trial: int, about: About) -> None:  # noqa: ARG002  a folder is enough
        """Remove the folder of a trial."""
        shutil.rmtree(_folder(self._root, trial), ignore_errors=True)

    def close(self) -> None:
        """Nothing is kept open."""

    def _describe(self, about: About) -> None:
        """Say which columns the table of the plugin has, whenever there are others."""
        columns = (about.params, about.metrics)
        if columns == self._columns:
            return
        self._columns = columns
        for old in self._root.glob("events.out.tfevents.*"):
            old.unlink()
        metrics = [Metric(name, display_name=name) for name in about.metrics]
        summary = hparams_config_pb([HParam(name) for name in about.params], metrics)
        writer = EventFileWriter(str(self._root))
        writer.add_event(Event(summary=summary))
        writer.close()


def _folder(root: Path, trial: int) -> Path:
    return root / f"trial-{trial:05}"


def _session_end(status: str, end: float) -> Summary:
    info = plugin_data_pb2.SessionEndInfo(status=api_pb2.Status.Value(status), end_time_secs=end)
    data = plugin_data_pb2.HParamsPluginData(session_end_info=info)
    value = Summary.Value(
        tag=metadata.SESSION_END_INFO_TAG,
        metadata=metadata.create_summary_metadata(data),
        tensor=metadata.NULL_TENSOR,
    )
    return Summary(value=[value])
