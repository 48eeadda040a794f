"""The commented configuration that `tuner init` writes, from nothing or from a script's options.

What is written validates as it is.
"""

import re
import shlex
from dataclasses import replace
from pathlib import Path

from tuner.config.draft import Draft, Entry, written
from tuner.config.families import related
from tuner.config.guess import line_of
from tuner.config.option import Option, Script
from tuner.config.sections import fallback_name

BETTER_HIGH = re.compile(r"acc|auc|f1|score|reward|map|bleu|iou|dice|precision|recall|r2|psnr|ssim")


def starter(
    script: Script | None = None, program: str = "train.py", file: str = "config.yaml"
) -> str:
    """Write a configuration with comments, for a script or for one still to be named.

    Args:
        script: what was read from the program; None writes an example.
        program: the script as it is to be called.
        file: where the configuration is going to be.
    """
    return written(draft_of(script, program), file)


def draft_of(script: Script | None, program: str) -> Draft:
    """Give the draft for a script; None gives an example."""
    found = script or EXAMPLE
    lines = {option.name: line_of(option) for option in found.options}
    if not any(line.searched for line in lines.values()):  # nothing that is known by its name
        lines = {name: replace(line, aside=False) for name, line in lines.items()}
    metric = found.metrics[0] if found.metrics else found.likely
    known = "named in the script" if script and found.metrics else "CHECK: as the job prints it"
    entries = [
        Entry(name=name, node=line.node, note=line.note, aside=line.aside)
        for name, line in lines.items()
    ]
    entries = list(related(entries, {option.name: option for option in found.options}))
    if not any(line.searched for line in lines.values()):
        entries.insert(0, NONE)
    flags = {name: line.flag for name, line in lines.items() if line.flag and not line.aside}
    command, note = _command(found, program, [line.words for line in lines.values() if line.words])
    return Draft(
        origin=program if script else "",
        name=fallback_name(Path(program)),
        metric=metric,
        metric_note=known,
        goal=goal_of(metric),
        entries=tuple(entries),
        command=command,
        command_note=note,
        notes=found.remarks,
        runner={"flags": flags} if flags else {},
    )


def goal_of(metric: str) -> str:
    """Guess which way is better, by the name of a metric.

    Example:
        >>> goal_of("val_acc"), goal_of("loss")
        ('maximize', 'minimize')
    """
    return "maximize" if BETTER_HIGH.search(metric.lower()) else "minimize"


def _command(script: Script, program: str, words: list[str]) -> tuple[str, str]:
    start = "python " if program.endswith(".py") else "" if "/" in program else "./"
    path = shlex.quote(program).replace("{", "{{").replace("}", "}}")
    sub = [shlex.quote(script.subcommand)] if script.subcommand else []
    note = f"CHECK {', '.join(script.positional)}" if script.positional else ""
    return " ".join([start + path, *sub, *script.positional, "{args}", *words]), note


NONE = Entry(
    name="lr",
    node="{type: float, min: 1e-5, max: 0.1, log: true}",
    note="CHECK: no option was found",
)
EXAMPLE = Script(
    options=(
        Option(name="lr", kind="float", default=0.001, help="learning rate"),
        Option(name="layers", kind="int", default=4),
        Option(name="optimizer", choices=("adamw", "sgd"), default="adamw"),
        Option(name="dropout", kind="float", default=0.1),
        Option(name="seed", kind="int", default=0),
    ),
    metrics=("val_loss",),
)
