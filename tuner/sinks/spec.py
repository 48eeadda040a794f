"""What may be asked of a sink: an entry of `sinks:` in the configuration."""

import hashlib
import json
from dataclasses import asdict, dataclass
from pathlib import PurePath
from typing import Literal
from urllib.parse import urlsplit

SinkKind = Literal["mlflow", "tensorboard", "wandb"]


@dataclass(frozen=True, kw_only=True)
class MlflowSpec:
    """Every ended trial becomes a run of an MLflow experiment.

    Attributes:
        uri: the tracking server or store; by default $MLFLOW_TRACKING_URI, else a database in the
            study's folder.
        experiment: by default named like the study.
    """

    type: Literal["mlflow"] = "mlflow"
    uri: str | None = None
    experiment: str | None = None

    def __post_init__(self) -> None:
        if self.uri is not None and urlsplit(self.uri).password:
            raise ValueError("uri: must hold no password; set MLFLOW_TRACKING_PASSWORD instead")


@dataclass(frozen=True, kw_only=True)
class TensorboardSpec:
    """Every ended trial becomes a session of the hparams plugin, with its scalars.

    Attributes:
        dir: of the logs, in the study's folder: what lies there is replaced.
    """

    type: Literal["tensorboard"] = "tensorboard"
    dir: str = "sinks/tensorboard"

    def __post_init__(self) -> None:
        place = PurePath(self.dir)
        if place.is_absolute() or ".." in place.parts or not place.parts:
            raise ValueError("dir: must be a folder inside the study's, such as tb")


@dataclass(frozen=True, kw_only=True)
class WandbSpec:
    """Every ended trial becomes an offline run, for `wandb sync`; nothing is sent.

    Attributes:
        project: by default named like the study.
        entity: who the runs will belong to.
        dir: of the runs, relative to the study's folder.
    """

    type: Literal["wandb"] = "wandb"
    project: str | None = None
    entity: str | None = None
    dir: str = "sinks"


SinkSpec = MlflowSpec | TensorboardSpec | WandbSpec

KINDS: dict[SinkKind, type[SinkSpec]] = {
    "mlflow": MlflowSpec,
    "tensorboard": TensorboardSpec,
    "wandb": WandbSpec,
}


def label_of(spec: SinkSpec) -> str:
    """Name a sink in files and on the screen; one that is asked for otherwise is another one.

    Example:
        >>> label_of(MlflowSpec()), label_of(TensorboardSpec(dir="tb"))
        ('mlflow', 'tensorboard-4a20aaa0')
    """
    if spec == type(spec)():
        return spec.type
    body = json.dumps(asdict(spec), sort_keys=True)
    return f"{spec.type}-{hashlib.sha256(body.encode()).hexdigest()[:8]}"
