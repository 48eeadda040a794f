"""The process that fills one sink: `python -m tuner.sinks FOLDER SPEC GRACE_S`, started by `scribe.py`.

It ends when its standard input has ended and everything was tried, or so many seconds later.
"""

import json
import os
import sys
import threading
import time
from contextlib import suppress
from functools import partial
from pathlib import Path

from tuner.ledger import read_study
from tuner.sinks.claim import Claim
from tuner.sinks.follow import LOOK_S, follower
from tuner.sinks.notebook import standing_of
from tuner.sinks.scribe import OUT_OF_PATIENCE
from tuner.sinks.spec import KINDS, label_of

NICE = 10


def main(folder: Path, text: str, grace_s: float) -> None:
    """Follow the ledger in `folder` for the sink that the JSON text describes."""
    node = json.loads(text)
    spec = KINDS[node["type"]](**node)
    with suppress(OSError):
        os.nice(NICE)
    over = threading.Event()
    threading.Thread(target=partial(_watch, over, grace_s), daemon=True).start()
    with Claim(folder, label_of(spec)) as claim:
        while not claim.take():  # another process of the study fills it, until that one ends
            over.wait(LOOK_S)
            if over.is_set() and _is_full(folder, label_of(spec)):
                return
        with follower(folder, spec, over=over.is_set, sleep=over.wait) as found:
            found.follow()


def _is_full(folder: Path, label: str) -> bool:
    """Say whether nothing is left to do; else the process that is at it may be looking no more."""
    time.sleep(LOOK_S)
    return not standing_of(folder, label).lacking(read_study(folder).history)


def _watch(over: threading.Event, grace_s: float) -> None:
    """Wait for the end of the study's process, then for the end of the patience."""
    sys.stdin.buffer.read()
    over.set()
    time.sleep(grace_s)
    os._exit(OUT_OF_PATIENCE)  # the sink hangs: nothing less would end it


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2], float(sys.argv[3]))
