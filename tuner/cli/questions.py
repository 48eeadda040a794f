"""The questions of `tuner init` at a terminal; Enter takes what stands in brackets.

Questions and answers go by stderr and the terminal; nothing is written before the last answer, so that
Ctrl-C and Ctrl-D leave nothing behind.
"""

import shlex
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from tuner.cli import terminal
from tuner.errors import INTERRUPTED, UsageError

if TYPE_CHECKING:
    from tuner.config.draft import Draft, Entry
    from tuner.config.option import Script

Answer = TypeVar("Answer")
Reader = Callable[[Path], "Script"]
FORMS = (
    "a range (1e-5 to 0.1 log, 1 to 8), values (sgd adam), one value to fix it, - to leave it out; "
    "behind it when opt == 'sgd' for one that lives only then"
)


class StoppedError(UsageError):
    """Nobody answers any more: nothing was written."""

    exit_code = INTERRUPTED


def ask_for_draft(read: Reader) -> "Draft":
    """Ask for everything that a configuration needs.

    Args:
        read: reads the options of a script.

    Raises:
        StoppedError: by Ctrl-C or Ctrl-D.
    """
    terminal.say("Enter takes what stands in brackets; Ctrl-C leaves nothing behind.")
    draft, read_from = _job(read)
    metric = _ask("Which metric, as the job prints it", draft.metric, _metric)
    goal = _ask("Is a larger one better: minimize or maximize", _goal(metric), _one_of_goals)
    entries = _parameters(draft, read_from)
    trials = _ask("How many trials", "40", _count)
    parallel = _ask("How many at a time", "1", _count)
    gpus = _ask("GPUs for each (0 for none)", "0", _gpus)
    resources: dict[str, object] = {"parallel": int(parallel)}
    if int(gpus):
        resources |= {"gpus": "auto", "gpus_per_trial": int(gpus)}
    kept = {entry.name for entry in entries if entry.node and not entry.aside}
    flags = draft.runner.get("flags")
    left = {k: v for k, v in flags.items() if k in kept} if isinstance(flags, dict) else {}
    return replace(
        draft,
        metric=metric,
        metric_note="as the job prints it",
        goal=goal,
        entries=entries,
        runner={"flags": left} if left else {},
        resources=resources,
        stop={"trials": int(trials)},
    )


def _goal(metric: str) -> str:
    from tuner.config.starter import goal_of

    return goal_of(metric)


def _job(read: Reader) -> tuple["Draft", "Script | None"]:
    """Ask for the job: a script, whose options are read, or a whole command."""
    from tuner.config.option import Script
    from tuner.config.sections import fallback_name
    from tuner.config.starter import draft_of

    scripts = sorted(path.name for path in Path().glob("*.py"))
    likely = next((name for name in scripts if "train" in name or "main" in name), None)
    default = likely or (scripts[0] if scripts else "train.py")
    answer = _ask("Which script trains, or with which command", default, _command)
    words = shlex.split(answer)
    path = Path(words[-1])
    if len(words) <= 2 and path.suffix == ".py" and path.is_file():  # noqa: PLR2004  python train.py
        found = read(path)
        draft = draft_of(found, path.as_posix())
        terminal.say(f"{path} has {len(found.options)} options that can be read.")
        return draft, found
    draft = draft_of(Script(), words[-1] if len(words) == 1 else "train.py")
    if len(words) > 1:
        named = next((w for w in words if Path(w).suffix and "{" not in w), words[0])
        command = answer if "{" in answer else f"{answer} {{args}}"
        draft = replace(draft, command=command, name=fallback_name(Path(named)))
    return replace(draft, origin="", entries=()), None


def _parameters(draft: "Draft", script: "Script | None") -> tuple["Entry", ...]:
    """Go through the parameters that were found, then those of the command, then ask for more."""
    options = {option.name for option in script.options} if script else set()
    entries = [entry for entry in draft.entries if entry.name in options]
    from tuner.config.families import sound

    terminal.say(f"For each parameter: {FORMS}.")
    for place, entry in enumerate(entries):
        if entry.node is not None and not entry.aside:
            entries[place] = _range(entry, entries)
    for name in _missing(draft.command, entries):
        entries.append(_fresh(name, entries))
    while True:
        some = any(entry.node and not entry.aside for entry in entries)
        name = _ask(
            "Another parameter, Enter for no more" if some else "A parameter",
            "" if some else "lr",
            _name,
        )
        if not name:
            return sound(entries)
        new = _fresh(name, entries)
        entries = [*(entry for entry in entries if entry.name != name), new]


def _missing(command: str, entries: list["Entry"]) -> list[str]:
    """Name the holes of a command that no parameter fills."""
    from tuner.runners.spec import check_template, template_names

    known = [entry.name for entry in entries if entry.node and not entry.aside]
    holes = sorted(template_names(command))
    return [name for name in holes if check_template(f"{{{name}}}", known)]


def _fresh(name: str, entries: list["Entry"]) -> "Entry":
    """Ask for a parameter that is not there, or not searched."""
    from tuner.config.draft import Entry
    from tuner.config.typed import usual

    found = next((entry for entry in entries if entry.name == name and entry.node), None)
    return _range(found or Entry(name=name, node=usual(name)), entries)


def _range(entry: "Entry", others: list["Entry"]) -> "Entry":
    """Ask for the values of a parameter; what was guessed stays where it is confirmed.

    A condition names parameters of `others`.
    """
    from tuner.config.families import misfits
    from tuner.config.guess import check
    from tuner.config.typed import shown, typed_node

    beside = [each for each in others if each.name != entry.name]
    if entry.name in misfits([*beside, entry]):  # of a parameter that was left out, or a value
        entry = replace(entry, when="")
    values = shown(entry.node or "")
    likely = f"{values} when {entry.when}" if entry.when else values

    def read(text: str) -> "Entry":
        if text == "-":
            return replace(entry, node=None, note="left out", aside=False, when="")
        typed, _, when = text.partition(" when ")
        node = entry.node if typed.strip() == values else typed_node(typed)
        check(entry.name, node or "")
        found = replace(entry, node=node, note="", aside=False, when=when.strip())
        wrong = misfits([*beside, found])
        if when and entry.name in wrong:
            raise ValueError(f"when: {wrong[entry.name]}")
        return found

    return _ask(f"  {entry.name}", likely, read)


def _name(text: str) -> str:
    from tuner.space.birth import check_name

    if text:
        check_name(text)
    return text


def _metric(text: str) -> str:
    if not text or any(mark in text for mark in "=:,{}[]\"'"):
        raise ValueError("a metric's name, without = : , or quotes")
    return text


def _one_of_goals(text: str) -> str:
    for goal in ("minimize", "maximize"):
        if goal.startswith(text.lower()) and text:
            return goal
    raise ValueError("minimize or maximize")


def _count(text: str) -> str:
    if not text.isdecimal() or not 0 < int(text) < 10**9:
        raise ValueError("a whole number of at least 1")
    return text


def _gpus(text: str) -> str:
    if not text.isdecimal() or int(text) > 10**4:
        raise ValueError("a whole number, 0 for none")
    return text


def _command(text: str) -> str:
    from tuner.runners.spec import check_template, template_names

    if not shlex.split(text):
        raise ValueError("the name of a script, or a command")
    wrong = check_template(text, template_names(text))
    if wrong:
        raise ValueError(wrong[0])
    return text


def _ask(question: str, default: str, read: Callable[[str], Answer]) -> Answer:
    """Ask until an answer can be read; an empty one is the default."""
    while True:
        sys.stderr.write(f"{question} [{default}]: " if default else f"{question}: ")
        sys.stderr.flush()
        try:
            line = sys.stdin.readline()
        except KeyboardInterrupt:
            line = ""
        except UnicodeDecodeError:
            terminal.say("  that is no text as this terminal writes it")
            continue
        if not line:
            sys.stderr.write("\n")
            raise StoppedError("stopped; nothing was written")
        try:
            return read(line.strip() or default)
        except ValueError as wrong:
            terminal.say(f"  {wrong}")
