"""Names of another tool become names of ours, in conditions and commands too. Pure."""

import re
from collections.abc import Mapping
from dataclasses import replace

from tuner.interop.rename import legal
from tuner.interop.sweeps.base import Setting, Sweep, plain
from tuner.interop.values import literal

MANY = {"{args}": "--", "{args.hydra}": ""}


def with_legal_names(sweep: Sweep) -> Sweep:
    """Give a search whose names are ours; its command gives each value by its old name.

    A name that was there already is no parameter of its own: its setting loses its node.
    """
    kept: dict[str, str] = {}
    parents = {setting.when[0] for setting in sweep.settings if setting.when}
    for setting in sweep.settings:
        if setting.name not in kept:
            kept[setting.name] = _new(setting.name, setting.name in parents, [*kept.values()])
    seen: set[str] = set()
    settings = []
    for setting in sweep.settings:
        settings.append(_named(setting, kept, twice=setting.name in seen))
        seen.add(setting.name)
    changed = {old: new for old, new in kept.items() if new != old}
    notes = [
        f"{old!r} is named {new}: names are letters, digits, _ . and -"
        for old, new in changed.items()
    ]
    command = sweep.command
    for old, new in changed.items():
        command = re.sub(rf"(?<!\{{)\{{{re.escape(old)}\}}(?!\}})", f"{{{new}}}", command)
    runner = sweep.runner
    if changed:
        command = " ".join(_spelt(word, sweep, kept) for word in command.split(" "))
        if command != sweep.command and "flags" in runner:
            runner = {key: entry for key, entry in runner.items() if key != "flags"}
            notes.append("command: CHECK it, switches are written out as --name=true")
    return replace(
        sweep,
        settings=tuple(settings),
        command=command,
        runner=runner,
        notes=(*sweep.notes, *notes),
    )


def _new(name: str, parent: bool, taken: list[str]) -> str:  # noqa: FBT001  one caller
    found = legal(name)
    if parent:
        found = found.replace("-", "_")  # an expression would read a minus
    number, free = 2, found
    while free in taken:
        free, number = f"{found[:60]}_{number}", number + 1
    return free


def _named(setting: Setting, kept: Mapping[str, str], *, twice: bool) -> Setting:
    node, note = setting.node, setting.note
    if twice:
        node, note = None, "is there twice, the first is kept"
    elif node is not None and setting.when is not None:
        parent, value = setting.when
        try:
            node = {**node, "when": f"{kept.get(parent, parent)} == {literal(value)}"}
        except ValueError as wrong:
            node, note = None, str(wrong)
    return replace(setting, name=kept[setting.name], node=node, note=note)


def _spelt(word: str, sweep: Sweep, kept: Mapping[str, str]) -> str:
    """Write `{args}` out, an option for each parameter by its old name."""
    if word not in MANY:
        return word
    names = dict.fromkeys(each.name for each in sweep.settings if each.node is not None)
    return " ".join(f"{plain(f'{MANY[word]}{name}=')}{{{kept[name]}}}" for name in names)
