"""The commented configuration that `tuner init` writes, from nothing or from a script's options.

What is written validates as it is.
"""

import json
import re
import shlex
from pathlib import Path

from tuner.config.guess import Line, comment, line_of, quoted
from tuner.config.script import Option, Script
from tuner.config.sections import fallback_name

BLOCK = re.compile(r"[A-Za-z_/][A-Za-z0-9_./={} -]*")  # plain behind a key
BETTER_HIGH = re.compile(r"acc|auc|f1|score|reward|map|bleu|iou|dice|precision|recall|r2|psnr|ssim")

HEAD = """\
# Written by `tuner init`{origin}. Look at every line that says CHECK, then:
#   tuner check {file} --smoke      validate, run one trial, show what was parsed
#   tuner run {file}                start; the same command goes on after a stop
version: 1
name: {name}
seed: 1
# dir: runs/{{name}}               # ledger, logs and checkpoints of the study

metric:
  name: {metric:<24} # {metric_note}
  goal: {goal:<24} # minimize or maximize
  # source: stdout                # also {{file: metrics.jsonl, step: epoch}}, {{json: result.json}},
  #                               # {{csv: log.csv}}, {{tensorboard: tag}} or {{stdout: 'a (regex)'}}
  # reduce: last                  # last, best or mean(3) of what one trial printed
# constraints: [latency_ms <= 20] # bounds on other measured outcomes

parameters:
"""
FORMS = """\
  # more forms:
  #   momentum:   {type: float, min: 0.5, max: 0.99, when: optimizer == 'sgd'}
  #   batch_size: {values: [32, 64, 128], ordered: true}
  #   epochs:     {value: 30}     # fixed
  #   warmup:     {derive: 'max(1, epochs // 10)'}
# require: [width * layers <= 6144]  # conditions on parameters

"""
TAIL = """\
  # timeout: 2h                   # SIGTERM, then SIGKILL after `grace: 30s`
  # env: [WANDB_API_KEY]          # must be set; secrets are never written here
  # retries: {oom: 1, crash: 1}

resources: {parallel: 1}          # gpus: auto gives each trial a GPU of its own

search: {method: bayes}           # or sobol, random, grid, optuna

stop:
  trials: 40                      # in total, also after a resume
  # wall: 24h
  # target: 0.97
  # plateau: {trials: 15, min_delta: 0.001}
"""


def starter(
    script: Script | None = None, program: str = "train.py", file: str = "config.yaml"
) -> str:
    """Write a configuration with comments, for a script or for one still to be named.

    Args:
        script: what was read from the program; None writes an example.
        program: the script as it is to be called.
        file: where the configuration is going to be.
    """
    found = script or EXAMPLE
    lines = {option.name: line_of(option) for option in found.options}
    metric = found.metrics[0] if found.metrics else "loss"
    known = "named in the script" if script and found.metrics else "CHECK: as the job prints it"
    head = HEAD.format(
        origin=f" from {comment(program)}" if script else "",
        file=comment(shlex.quote(file)),
        name=quoted(fallback_name(Path(program))),
        metric=quoted(metric),
        metric_note=known,
        goal="maximize" if BETTER_HIGH.search(metric.lower()) else "minimize",
    )
    return head + _parameters(lines) + _runner(program, lines) + TAIL


def _parameters(lines: dict[str, Line]) -> str:
    searched = {quoted(name): line for name, line in lines.items() if line.node is not None}
    width = max(map(len, searched), default=0) + 1
    text = ""
    for name, line in searched.items():
        entry = f"  {name + ':':<{width}} {line.node}"
        text += f"{entry:<60} # {line.note}".rstrip(" #") + "\n"
    if not searched:
        text += "  lr: {type: float, min: 1e-5, max: 0.1, log: true}      # CHECK: no option was found\n"
    for name, line in lines.items():
        if line.node is None and line.note:
            text += f"  # {comment(name)}: {line.note}\n"
    return text + FORMS


def _runner(program: str, lines: dict[str, Line]) -> str:
    start = "python " if program.endswith(".py") else "" if "/" in program else "./"
    path = shlex.quote(program).replace("{", "{{").replace("}", "}}")
    words = [line.words for line in lines.values() if line.words]
    command = " ".join([start + path, "{args}", *words])
    flags = ", ".join(f"{quoted(name)}: {line.flag}" for name, line in lines.items() if line.flag)
    text = f"runner:\n  command: {command if BLOCK.fullmatch(command) else json.dumps(command)}\n"
    text += (
        "  #                               # {args} is --lr=0.01 …; {lr} is one value; no shell\n"
    )
    return text + (f"  flags: {{{flags}}}\n" if flags else "")


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
