"""Who may write to a sink of a study: one process at a time, by a lock on a file beside the notes."""

import fcntl
import os
from pathlib import Path
from types import TracebackType
from typing import Self

from tuner.sinks.notebook import FOLDER


class Claim:
    """The right to write to a sink, held by one process of this machine at a time."""

    def __init__(self, folder: Path, label: str) -> None:
        place = folder / FOLDER
        place.mkdir(mode=0o700, parents=True, exist_ok=True)
        flags = os.O_RDWR | os.O_CREAT | os.O_CLOEXEC
        self._descriptor = os.open(place / f"{label}.lock", flags, 0o600)

    def take(self) -> bool:
        """Try once; False while another holds it. The kernel gives it back with the process."""
        try:
            fcntl.flock(self._descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            return False
        return True

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        at: TracebackType | None,
    ) -> None:
        os.close(self._descriptor)
