"""The file of another tool becomes a commented configuration: read safely, told by its content.

What the other tool's words mean is known in `interop/sweeps`; here is how files are read and how the
result is written.
"""

import json
import re
from collections.abc import Mapping, Sequence
from pathlib import Path

from tuner.config.draft import TRIALS, Draft, Entry, flow
from tuner.config.explain import Explainer
from tuner.config.guess import check
from tuner.config.pytree import tree_of
from tuner.config.reader import UnreadableError, read_file, read_yaml
from tuner.config.sections import fallback_name
from tuner.config.tree import BROKEN, Fault, Tree
from tuner.errors import ConfigError, UsageError
from tuner.interop import SWEEPS, Setting, Sweep, read_sweep, read_words
from tuner.runners.spec import check_template

SUFFIXES = (".yaml", ".yml", ".json")
TEXTS = (".sh", ".bash", ".txt", "")


def looks_foreign(path: Path) -> bool:
    """Say whether a file is no program: YAML and JSON never are, a text is where `orion hunt` stands."""
    suffix = path.suffix.lower()
    if suffix not in TEXTS:
        return suffix in SUFFIXES
    try:
        return read_words(read_file(path)) is not None
    except UnreadableError:
        return False
    except ValueError:  # an open quote, told by `converted`
        return True


def converted(path: Path, verb: str = "tuner convert") -> Draft:
    """Read the search in a file as a draft.

    Raises:
        ConfigError: the file is no sound YAML or JSON, with every mistake.
        UsageError: it holds no search that is known, or nothing to search.
    """
    try:
        text = read_file(path)
    except UnreadableError as wrong:
        raise UsageError(f"{path}: {wrong}") from wrong
    sweep = _sweep(path, text)
    if sweep is None:
        raise UsageError(f"{path} holds no search of a tool that is known", hint=SWEEPS)
    entries = tuple(_entry(setting) for setting in sweep.settings)
    if not any(entry.node for entry in entries):
        said = "; ".join(f"{entry.name}: {entry.note}" for entry in entries[:3]) or "it has none"
        raise UsageError(f"{path} has no parameter that can be searched: {said}")
    command, notes = _command(sweep, entries)
    stop = _stop(sweep, notes)
    return Draft(
        verb=verb,
        origin=f"{path.name} ({sweep.tool})",
        name=fallback_name(Path(f"{sweep.name.replace('/', '-')}.yaml" if sweep.name else path)),
        metric=sweep.metric or "loss",
        metric_note=sweep.metric_note,
        goal=sweep.goal,
        reduce=sweep.reduce,
        entries=entries,
        command=command,
        notes=(*sweep.notes, *notes),
        runner=sweep.runner,
        resources=sweep.resources,
        search=sweep.search,
        stop=stop,
    )


def changes(draft: Draft) -> list[str]:
    """Say what is not as it was, a line each: of parameters first, then of the rest."""
    said = [f"{entry.name}: {entry.note}" for entry in draft.entries if entry.note]
    return [*said, *draft.notes]


def _sweep(path: Path, text: str) -> Sweep | None:
    try:
        found = read_words(text)
    except ValueError as wrong:
        raise UsageError(f"{path} holds a command that cannot be read: {wrong}") from wrong
    if found is not None or path.suffix.lower() not in SUFFIXES:
        return found
    tree, faults = _tree(text, str(path))
    if faults:
        say = Explainer(tree)
        for fault in faults:
            say.found(fault)
        raise ConfigError(say.problems)
    return read_sweep(tree.root, lambda name: _beside(path, name))


def _tree(text: str, file: str) -> tuple[Tree, list[Fault]]:
    if not text.lstrip().startswith("{"):
        return read_yaml(text, file)
    try:
        body = json.loads(text)
    except (ValueError, RecursionError):
        return read_yaml(text, file)  # flow style, or a mistake that is told with its place
    return tree_of(body, file)


def _beside(path: Path, name: str) -> object:
    """Read a file that lies in the folder of another one, or below."""
    folder = path.resolve().parent
    file = (folder / name).resolve()
    if not file.is_relative_to(folder):
        raise ValueError("it lies outside of the folder; convert it on its own")
    try:
        tree, faults = _tree(read_file(file), str(file))
    except UnreadableError as wrong:
        raise ValueError(str(wrong)) from wrong
    if faults or tree.root is BROKEN:
        raise ValueError(faults[0].message)
    return tree.root


def _entry(setting: Setting) -> Entry:
    if setting.node is None:
        return Entry(name=setting.name, node=None, note=f"left out, {setting.note}")
    node = flow(setting.node)
    try:
        check(setting.name, node)
    except ValueError as wrong:
        return Entry(name=setting.name, node=None, note=f"left out, {node}: {wrong}")
    return Entry(name=setting.name, node=node, note=setting.note)


def _command(sweep: Sweep, entries: Sequence[Entry]) -> tuple[str, list[str]]:
    """Give a command that holds, and what was not taken over."""
    if not sweep.command:
        return "python train.py {args}", ["command: CHECK it, the file does not say one"]
    command, notes = sweep.command, []
    for name in (entry.name for entry in entries if entry.node is None):
        hole = rf"\{{{re.escape(name)}\}}"
        left = re.sub(rf"(?: --?[\w.-]+)? {hole}(?= |$)| \S*{hole}\S*", "", command)
        if left != command:
            command = left
            notes.append(f"command: CHECK it, {name} is no more in it")
    wrong = check_template(command, [entry.name for entry in entries if entry.node])
    if not wrong:
        return command, notes
    said = f"command: CHECK it, {sweep.command!r} cannot be taken over: {wrong[0]}"
    return "python train.py {args}", [said]


def _stop(sweep: Sweep, notes: list[str]) -> Mapping[str, object]:
    if sweep.stop.keys() & {"trials", "wall"}:
        return sweep.stop
    notes.append(f"stop: CHECK it, {TRIALS} trials where the file has no limit")
    return {"trials": TRIALS, **sweep.stop}
