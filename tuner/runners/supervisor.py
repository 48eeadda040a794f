"""One small process beside every job: it starts the job, drains it, times it and clears up after it.

Run as a plain file, `python -I -S -E supervisor.py STATUS_FD TUNER`, by `launch.py`. A job may wait
for it to start, so it and the four files that it imports (`lifetime`, `birth`, `streams`,
`processes`) get by without json, ctypes and signal, whose imports cost more than the interpreter's
own start, and without the `__init__` of their packages: the entries made here stand in for those.
They are files of their own because Python keeps what it compiled of an import, never of a script.

    stdin      the control pipe: a plan, then the lines `go`, `term`, `stop` or `kill`. End of file
               means that the tuner is gone: before `go` nothing was run, later the job is ended.
    STATUS_FD  how the job ended, as one line of JSON; exit.json says the same.
    TUNER      pid of the tuner, our parent.
"""

import os
import sys


def stand_in(name: str, place: str) -> None:
    """Let the modules of a package be imported without running the package's own code."""
    package = type(sys)(name)
    package.__path__ = [place]
    sys.modules[name] = package


if __name__ == "__main__":
    here = os.path.dirname(os.path.abspath(__file__))
    stand_in("tuner", os.path.dirname(here))
    stand_in("tuner.runners", here)

    from tuner.runners.lifetime import main

    main(int(sys.argv[1]), int(sys.argv[2]))
    os._exit(0)  # nothing is left to tidy up, and every millisecond is the next job's
