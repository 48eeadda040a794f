"""Give a sink what it lacks, at once and in this process: `tuner export --to`."""

from typing import NamedTuple

from tuner.config import read_config
from tuner.ledger import Reading
from tuner.sinks import exported
from tuner.sinks.make import check_sinks
from tuner.sinks.spec import KINDS, SinkKind


class Shown(NamedTuple):
    """What came of it: trials written now, those that could not be, and why."""

    label: str
    written: int
    lacking: int
    error: str


def export_to(reading: Reading, kind: SinkKind) -> list[Shown]:
    """Fill the sinks of a kind that the configuration names, or one with the defaults of the kind.

    Raises:
        UsageError: its library is not there, or another process is filling it.
    """
    config = read_config(reading.history.config or {})
    specs = [spec for spec in config.sinks if spec.type == kind] or [KINDS[kind]()]
    check_sinks(specs)
    return [Shown(*exported(reading.folder, spec)) for spec in specs]
