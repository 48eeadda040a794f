"""The processes that fill the sinks while a study runs: started with it, gone soon after it."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path

from tuner.sinks.claim import Claim
from tuner.sinks.notebook import FOLDER, standing_of
from tuner.sinks.spec import SinkSpec, label_of
from tuner.study import History

GRACE_S = 20.0  # for what is not written when the study ends; an import of MLflow takes seconds
OUT_OF_PATIENCE = 75  # the exit status of a process that did not manage


class Scribes:
    """One process a sink.

    Its standard input is a pipe that nothing is written to: when that ends, so has the study,
    however it ended.
    """

    def __init__(self, folder: Path, specs: Iterable[SinkSpec]) -> None:
        self.folder = folder
        self._processes: dict[str, subprocess.Popen[bytes]] = {}
        self._refused: dict[str, str] = {}
        place = str(
            Path(__file__).parents[2]
        )  # where this package is found, and nothing else first
        path = os.pathsep.join(filter(None, (place, os.environ.get("PYTHONPATH"))))
        for spec in specs:
            label, text = label_of(spec), json.dumps(asdict(spec))
            command = [sys.executable, "-P", "-m", "tuner.sinks", str(folder), text, str(GRACE_S)]
            try:
                self._processes[label] = subprocess.Popen(
                    command,
                    env={**os.environ, "PYTHONPATH": path},
                    stdin=subprocess.PIPE,
                    stdout=subprocess.DEVNULL,
                    stderr=subprocess.DEVNULL,
                    start_new_session=True,  # a terminal's Ctrl-C is for the tuner alone
                )
            except OSError as error:
                self._refused[label] = error.strerror or str(error)

    def finish(self, history: History, grace_s: float = GRACE_S) -> list[str]:
        """Let them write what is left, end them, and say what each did not manage."""
        for process in self._processes.values():
            if process.stdin is not None:
                process.stdin.close()
        for process in self._processes.values():
            with suppress(subprocess.TimeoutExpired):
                process.wait(grace_s)
            with suppress(OSError):  # with the processes that its library started
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()
        said = []
        for label in (*self._processes, *self._refused):
            standing = standing_of(self.folder, label)
            if standing.lacking(history) and not filled_by_another(self.folder, label):
                standing.error = self._refused.get(label) or standing.error or self._end_of(label)
                later = f"tuner export {self.folder} --to {label.partition('-')[0]}"
                said.append(f"{standing.in_words(history)}; `{later}` makes up for it")
        return said

    def _end_of(self, label: str) -> str:
        """Say why a process wrote nothing and noted nothing."""
        if self._processes[label].returncode in (OUT_OF_PATIENCE, -signal.SIGKILL):
            return "it was too slow"
        return f"its process could not begin; is {self.folder / FOLDER} a folder to write to?"


def filled_by_another(folder: Path, label: str) -> bool:
    """Say whether a process of another `tuner run` of the study is at it."""
    try:
        with Claim(folder, label) as claim:
            return not claim.take()
    except OSError:  # no place for notes, so nobody is
        return False
