"""A configuration that is about to be written for a person: its parts, and the commented file.

Made by `starter.py` from a script, by `convert.py` from another tool's file and by the questions of
`tuner init`. What is written validates, and `written` makes sure of it.
"""

import json
import re
import shlex
from collections.abc import Mapping
from dataclasses import dataclass, field

from tuner.config.explain import Explainer
from tuner.config.guess import comment, quoted
from tuner.config.reader import read_yaml
from tuner.config.study import read_study
from tuner.errors import UsageError

BLOCK = re.compile(r"[A-Za-z_/][A-Za-z0-9_./={} -]*")  # plain behind a key
CONDITION = re.compile(r"\w+ [=!]= '[\w.-]+'")  # plain inside of brackets
COLUMN = 60  # where remarks on parameters begin

HEAD = """\
# Written by `{verb}`{origin}. {look}
#   tuner check {file} --smoke      validate, run one trial, show what was parsed
#   tuner run {file}                start; the same command goes on after a stop
{notes}version: 1
name: {name}
seed: 1
# dir: runs/{{name}}               # ledger, logs and checkpoints of the study

metric:
  name: {metric:<24} # {metric_note}
  goal: {goal:<24} # minimize or maximize
  # source: stdout                # also {{file: metrics.jsonl, step: epoch}}, {{json: result.json}},
  #                               # {{csv: log.csv}}, {{tensorboard: tag}} or {{stdout: 'a (regex)'}}
{reduce}
# constraints: [latency_ms <= 20] # bounds on other measured outcomes

parameters:
"""
REDUCE = "  # reduce: last                  # last, best or mean(3) of what one trial printed"
FORMS = """\
  # more forms: one with a `when` lives only then, elsewhere the job is not given it at all
  #   momentum:   {type: float, min: 0.5, max: 0.99, when: optimizer == 'sgd'}
  #   batch_size: {values: [32, 64, 128], ordered: true}
  #   epochs:     {value: 30}     # fixed
  #   warmup:     {derive: 'max(1, epochs // 10)'}
# require: [width * layers <= 6144]  # conditions on parameters

"""
ARGS = "  #                               # {args} is --lr=0.01 …; {lr} is one value; no shell\n"
JOB = """\
  # timeout: 2h                   # SIGTERM, then SIGKILL after `grace: 30s`
  # env: [WANDB_API_KEY]          # must be set; secrets are never written here
  # retries: {oom: 1, crash: 1}

"""
STOP = """\
  # wall: 24h
  # target: 0.97
  # plateau: {trials: 15, min_delta: 0.001}
"""
TRIALS = 40


@dataclass(frozen=True, kw_only=True)
class Entry:
    """A parameter in the file.

    Attributes:
        node: in YAML's flow style; None for a remark alone.
        aside: a line that is commented out and valid without its #.
        when: the condition under which it lives, empty for always; the node is a mapping then.
    """

    name: str
    node: str | None
    note: str = ""
    aside: bool = False
    when: str = ""

    @property
    def text(self) -> str:
        """The node with its condition.

        Example:
            >>> Entry(name="depth", node="{type: int, min: 1, max: 8}", when="model == 'tree'").text
            "{type: int, min: 1, max: 8, when: model == 'tree'}"
        """
        node = self.node or ""
        condition = self.when if CONDITION.fullmatch(self.when) else quoted(self.when)
        return f"{node[:-1]}, when: {condition}}}" if self.when else node


@dataclass(frozen=True, kw_only=True)
class Draft:
    """Everything that the file is going to say.

    Attributes:
        verb: the command that writes it.
        origin: what it was made from, empty for nothing.
        name: of the study.
        command: in the language of `runner.command`.
        notes: remarks for the head of the file.
        runner, resources, search, stop: further keys of these sections, as plain values.
    """

    verb: str = "tuner init"
    origin: str = ""
    name: str = "study"
    metric: str = "loss"
    metric_note: str = "CHECK: as the job prints it"
    goal: str = "minimize"
    reduce: str | None = None
    entries: tuple[Entry, ...] = ()
    command: str = "python train.py {args}"
    command_note: str = ""
    notes: tuple[str, ...] = ()
    runner: Mapping[str, object] = field(default_factory=dict)
    resources: Mapping[str, object] = field(default_factory=lambda: {"parallel": 1})
    search: Mapping[str, object] = field(default_factory=lambda: {"method": "bayes"})
    stop: Mapping[str, object] = field(default_factory=lambda: {"trials": TRIALS})


def flow(value: object) -> str:
    """Write plain values in YAML's flow style, so that our reader gives the same ones.

    Example:
        >>> flow({"min": 1e-05, "values": ["sgd", "1", None], "log": True})
        '{min: 1e-05, values: [sgd, "1", null], log: true}'
    """
    if isinstance(value, Mapping):
        inside = ", ".join(f"{quoted(str(key))}: {flow(entry)}" for key, entry in value.items())
        return f"{{{inside}}}"
    if isinstance(value, list | tuple):
        return f"[{', '.join(map(flow, value))}]"
    return quoted(value)


def written(draft: Draft, file: str) -> str:
    """Give the text of the file.

    Args:
        draft: what to say.
        file: where it is going to be.

    Raises:
        UsageError: it would not be a valid configuration, with the first reason.
    """
    look = (
        "Look at every line that says CHECK, then:"
        if draft.origin
        else "Change what differs, then:"
    )
    noted = "".join(f"#   - {comment(note)}\n" for note in draft.notes)
    head = HEAD.format(
        verb=draft.verb,
        origin=f" from {comment(draft.origin)}" if draft.origin else "",
        look=look,
        file=comment(shlex.quote(file)),
        notes=f"#\n# What is not as it was, or to be looked at:\n{noted}" if noted else "",
        name=quoted(draft.name),
        metric=quoted(draft.metric),
        metric_note=comment(draft.metric_note),
        goal=draft.goal,
        reduce=f"  reduce: {draft.reduce}" if draft.reduce else REDUCE,
    )
    text = head + _parameters(draft.entries) + FORMS + _runner(draft) + JOB + _rest(draft)
    _check(text, file)
    return text


def _check(text: str, file: str) -> None:
    tree, faults = read_yaml(text, file)
    say = Explainer(tree)
    for fault in faults:
        say.found(fault)
    if isinstance(tree.root, dict):
        read_study(tree.root, say, None)
    if say.problems:
        raise UsageError(f"no valid configuration comes of it: {say.problems[0].message}")


def _parameters(entries: tuple[Entry, ...]) -> str:
    text = ""
    for aside in (False, True):
        listed = [entry for entry in entries if entry.node is not None and entry.aside is aside]
        width = max((len(quoted(entry.name)) for entry in listed), default=0) + 1
        if aside and listed:
            text += "  # not searched; take a # away to pass one on, or to search it:\n"
        for entry in listed:
            line = f"  {'# ' if aside else ''}{quoted(entry.name) + ':':<{width}} {entry.text}"
            text += f"{line:<{COLUMN}} # {comment(entry.note)}".rstrip(" #") + "\n"
    for entry in entries:
        if entry.node is None and entry.note:
            text += f"  # {comment(entry.name)}: {comment(entry.note)}\n"
    return text


def _runner(draft: Draft) -> str:
    command = draft.command if BLOCK.fullmatch(draft.command) else _text(draft.command)
    note = f" # {comment(draft.command_note)}" if draft.command_note else ""
    text = f"runner:\n  command: {command}{note}\n{ARGS}"
    return text + "".join(f"  {key}: {flow(value)}\n" for key, value in draft.runner.items())


def _text(command: str) -> str:
    """Quote a command: between single quotes where it can be, for braces and blanks read well."""
    if command.isprintable() and "'" not in command:
        return f"'{command}'"
    return json.dumps(command, ensure_ascii=False)


def _rest(draft: Draft) -> str:
    text = ""
    for key, value, note in (
        (
            "resources",
            draft.resources or {"parallel": 1},
            "gpus: auto gives each trial a GPU of its own",
        ),
        ("search", draft.search, "or sobol, random, grid, optuna"),
    ):
        line = f"{key}: {flow(value)}"
        text += f"{line:<33} # {note}\n\n"
    first, *more = draft.stop.items() or [("trials", TRIALS)]
    line = f"  {first[0]}: {flow(first[1])}"
    text += f"stop:\n{line:<33} # " + (
        "in total, also after a resume\n" if first[0] == "trials" else "\n"
    )
    text += "".join(f"  {key}: {flow(value)}\n" for key, value in more)
    return text + "".join(
        f"{line}\n" for line in STOP.splitlines() if line[4:].partition(":")[0] not in draft.stop
    )
