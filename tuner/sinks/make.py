"""What was asked for becomes a sink; the libraries are looked for beforehand."""

from collections.abc import Iterable
from importlib.util import find_spec
from pathlib import Path
from typing import assert_never

from tuner.errors import UsageError
from tuner.sinks.base import Sink
from tuner.sinks.spec import MlflowSpec, SinkSpec, TensorboardSpec, WandbSpec


def make_sink(spec: SinkSpec, folder: Path) -> Sink:
    """Build what `spec` describes for the study in `folder`; its library is imported."""
    match spec:
        case MlflowSpec():
            from tuner.sinks.mlflow import MlflowSink

            return MlflowSink(spec, folder)
        case TensorboardSpec():
            from tuner.sinks.tensorboard import TensorboardSink

            return TensorboardSink(spec, folder)
        case WandbSpec():
            from tuner.sinks.wandb import WandbSink

            return WandbSink(spec, folder)
        case _:
            assert_never(spec)


def check_sinks(specs: Iterable[SinkSpec]) -> None:
    """Refuse a sink whose library is not there; it is not imported.

    Raises:
        UsageError: naming the extra that brings it.
    """
    for spec in specs:
        if find_spec(spec.type) is None:
            raise UsageError(
                f"sinks: {spec.type} was asked for, and {spec.type} is not installed here",
                hint=f"pip install 'tuner[{spec.type}]', or leave it out",
            )
