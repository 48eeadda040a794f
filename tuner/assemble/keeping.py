"""A copy of the configuration is kept in the study's folder."""

import os
from pathlib import Path

import yaml

from tuner.config import StudyConfig

CONFIG_NAME = "config.yaml"


def keep_config(config: StudyConfig) -> None:
    """Keep a copy of the configuration beside the ledger, for people and for `tuner status`."""
    if config.source is not None:
        text = config.source.read_text(encoding="utf-8")
    else:
        text = yaml.safe_dump(dict(config.plain), sort_keys=False)
    target = config.dir / CONFIG_NAME
    if config.source is not None and target.exists() and target.samefile(config.source):
        return
    _replace(target, text)


def _replace(target: Path, text: str) -> None:
    fresh = target.with_name(f".{target.name}.{os.getpid()}")
    descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)
    with open(descriptor, "w", encoding="utf-8") as file:  # noqa: PTH123  it is a descriptor
        file.write(text)
    fresh.replace(target)
