"""Is what a job would execute there at all? Looked up as the job itself will look, and nothing runs.

Called by `tuner check`, and by `tuner run` before a study is written down: what is missing would fail
every trial. Where it cannot be told from outside, as inside a shell's text, nothing is said.
"""

import os
import shutil
import sys
from collections.abc import Iterator, Mapping
from importlib.machinery import PathFinder
from pathlib import Path

from tuner.runners.command import read_command
from tuner.runners.interpreters import script_of
from tuner.runners.spec import CommandSpec, PythonSpec, RunnerSpec
from tuner.runners.words import Word


def absent(spec: RunnerSpec) -> list[str]:
    """Name what the jobs of a runner need and this machine does not have, a sentence each."""
    match spec:
        case CommandSpec() | PythonSpec():
            folder, env = Path(spec.cwd or ".").absolute(), {**os.environ, **spec.env}
            if not folder.is_dir():
                return [f"runner.cwd: there is no folder {folder}"]
            if isinstance(spec, PythonSpec):
                return list(_module(spec.target, folder, env))
            return [] if spec.shell else list(_command(spec, folder, env))
        case _:
            return []


def _command(spec: CommandSpec, folder: Path, env: Mapping[str, str]) -> Iterator[str]:
    words = [word.plain for word in read_command(spec) if isinstance(word, Word)]
    program = words[0]
    if not program:
        return  # a value names it
    if "/" in program:
        found: Path | None = folder / program
        if not (folder / program).is_file():
            yield f"runner.command: there is no program {folder / program}"
        elif not os.access(folder / program, os.X_OK):
            yield f"runner.command: {folder / program} is not executable"
    else:
        places = env.get("PATH", os.defpath)
        there = [str(folder / place) for place in places.split(os.pathsep)]
        found = Path(program) if shutil.which(program, path=os.pathsep.join(there)) else None
        if found is None:
            yield f"runner.command: there is no program {program!r} in PATH, which is {places}"
    script = script_of(Path(program).name, words[1:]) if found else None
    if script is not None and not (folder / script).exists():
        yield f"runner.command: there is no file {folder / script}"


def _module(target: str, folder: Path, env: Mapping[str, str]) -> Iterator[str]:
    """Look for the module of a function where the job's Python will; nothing is imported."""
    name = target.partition(":")[0].partition(".")[0]
    if name in sys.builtin_module_names or name in sys.stdlib_module_names:
        return
    more = [place for place in env.get("PYTHONPATH", "").split(os.pathsep) if place]
    if PathFinder.find_spec(name, [str(folder), *more, *sys.path]) is None:
        yield f"runner.target: there is no module {name!r} in {folder} or where Python looks"
