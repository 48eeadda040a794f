"""The commented configuration that `tuner init` writes, from nothing or from a script's options.

Every guess says that it is one. What is written validates as it is.
"""

import json
import math
import re
import shlex
from dataclasses import dataclass

from tuner.config.script import Option, Script
from tuner.config.sections import fallback_name

PLAIN = re.compile(r"[A-Za-z_./][A-Za-z0-9_./{}= -]*")
SEED = re.compile(r"(random_?|rng_?)?seed")
FOLDER = re.compile(r"(out(put)?|save|log|result|checkpoint|ckpt|work)s?[-_]?(dir|folder|path)?")
PLUMBING = re.compile(
    r"(data|dataset|model|file|path|dir|folder|device|gpus?|cuda|(num_?|n_?)?workers|threads|port|host|"
    r"url|rank|world_?size|resume|verbose|debug|quiet|dry_?run|project|entity|run_?name|name|tag|"
    r"config|.*_?(dir|path|file|every|interval|freq))",
    re.IGNORECASE,
)
LENGTH = re.compile(r"(num_?|n_?|max_?|total_?)?(epochs?|steps?|iters?|iterations?)", re.IGNORECASE)
SHARE = re.compile(
    r"dropout|drop|momentum|beta|mix|smooth|prob|ratio|rate_decay|ema|frac", re.IGNORECASE
)
DECAY = re.compile(r"decay|l1|l2|penalty|lambda|alpha", re.IGNORECASE)
BETTER_HIGH = re.compile(r"acc|auc|f1|score|reward|map|bleu|iou|dice|precision|recall|r2|psnr|ssim")
LARGE = 16  # from here on an integer is searched by orders of magnitude
SPREAD = 10  # a rate is searched from a tenth to ten times its default

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

search: {method: bayes}           # or sobol, random, grid

stop:
  trials: 40                      # in total, also after a resume
  # wall: 24h
  # target: 0.97
  # plateau: {trials: 15, min_delta: 0.001}
"""


@dataclass(frozen=True, kw_only=True)
class Line:
    """One option as a parameter, as a part of the command, or as a remark."""

    node: str | None = None
    words: str = ""
    flag: str | None = None
    note: str = ""


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
    lines = {option.name: _line(option) for option in found.options}
    metric = found.metrics[0] if found.metrics else "loss"
    known = "named in the script" if script and found.metrics else "CHECK: as the job prints it"
    head = HEAD.format(
        origin=f" from {_comment(program)}" if script else "",
        file=_comment(file),
        name=_quoted(fallback_name(Path(program))),
        metric=_quoted(metric),
        metric_note=known,
        goal="maximize" if BETTER_HIGH.search(metric.lower()) else "minimize",
    )
    return head + _parameters(lines) + _runner(program, lines) + TAIL


def _parameters(lines: dict[str, Line]) -> str:
    searched = {_quoted(name): line for name, line in lines.items() if line.node is not None}
    width = max(map(len, searched), default=0) + 1
    text = ""
    for name, line in searched.items():
        text += f"{f'  {name + ":":<{width}} {line.node}':<60} # {line.note}".rstrip(" #") + "\n"
    if not searched:
        text += "  lr: {type: float, min: 1e-5, max: 0.1, log: true}      # CHECK: no option was found\n"
    for name, line in lines.items():
        if line.node is None and line.note:
            text += f"  # {_comment(name)}: {line.note}\n"
    return text + FORMS


def _runner(program: str, lines: dict[str, Line]) -> str:
    start = "python " if program.endswith(".py") else ""
    path = shlex.quote(program).replace("{", "{{").replace("}", "}}")
    words = [line.words for line in lines.values() if line.words]
    command = " ".join([start + path, "{args}", *words])
    flags = ", ".join(f"{_quoted(name)}: {line.flag}" for name, line in lines.items() if line.flag)
    text = f"runner:\n  command: {command if BLOCK.fullmatch(command) else json.dumps(command)}\n"
    text += (
        "  #                               # {args} is --lr=0.01 …; {lr} is one value; no shell\n"
    )
    return text + (f"  flags: {{{flags}}}\n" if flags else "")


def _line(option: Option) -> Line:
    plain = option.name.replace("-", "_")
    if not FLOW.fullmatch(option.name):
        return Line(note="left out, no parameter can have this name")
    if SEED.fullmatch(plain):
        return Line(words=f"--{option.name}={{trial.seed}}")
    if FOLDER.fullmatch(plain):
        return Line(words=f"--{option.name}={{trial.dir}}")
    try:
        node, guess = _node(option)
        _check(option.name, node)
    except ValueError as wrong:
        return Line(note=_comment(f"left out, {wrong}"))
    said = "; ".join(part for part in (guess, option.help[:50]) if part)
    return Line(node=node, flag=option.switch, note=_comment(said))


def _check(name: str, node: str) -> None:
    """Hold a guess against the language: defaults of scripts may be anything."""
    tree, _ = read_yaml(node, "")
    say = Explainer(tree)
    read_parameter(name, tree.root, (), say)
    if say.problems:
        raise ValueError(say.problems[0].message)


def _node(option: Option) -> tuple[str, str]:
    """Give a parameter's node and what is to be checked of it.

    Raises:
        ValueError: the option is no parameter, with the reason.
    """
    if option.several:
        raise ValueError("it takes a list")
    if option.choices:
        return _choice(option), ""
    if PLUMBING.fullmatch(option.name.replace("-", "_")):
        raise ValueError("it looks like plumbing and not like a parameter")
    match option.kind:
        case "bool" if option.switch is None:
            raise ValueError("type=bool makes every text true; use action='store_true'")
        case "bool":
            return "{type: bool}", ""
        case "int":
            return _int(option)
        case "float":
            return _float(option)
        case "text":
            raise ValueError("it has no choices; write {values: […]} to search it")


def _choice(option: Option) -> str:
    listed = [_quoted(value) for value in option.choices]
    if len(listed) == 1:
        return f"{{value: {listed[0]}}}"
    default = _quoted(option.default)
    said = f", default: {default}" if default in listed else ""
    return f"{{values: [{', '.join(listed)}]{said}}}"


def _int(option: Option) -> tuple[str, str]:
    default = option.default
    if not isinstance(default, int) or isinstance(default, bool):
        return "{type: int, min: 1, max: 8}", "CHECK the range, the script has no default"
    if LENGTH.fullmatch(option.name.replace("-", "_")):
        return f"{{value: {default}}}", "fixed: more of it nearly always looks better"
    low, high = (
        (max(1, default // 2), max(2, default * 2)) if default > 0 else (default, default + 8)
    )
    log = ", log: true" if default >= LARGE else ""
    return f"{{type: int, min: {low}, max: {high}{log}, default: {default}}}", "CHECK the range"


def _float(option: Option) -> tuple[str, str]:
    value = option.default
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        return "{type: float, min: 0.0, max: 1.0}", "CHECK the range, the script has no default"
    low, high, more = -1.0, 1.0, ""
    if SHARE.search(option.name) and 0 <= value < 1:
        low, high = 0.0, 0.5 if value <= 0.5 else 0.999  # noqa: PLR2004  a half
    elif value == 0 and DECAY.search(option.name):
        low, high, more = 1e-6, 0.1, ", log: true, or_zero: true"
    elif value < 0:
        low, high = 2.0 * value, -2.0 * value
    elif value > 0:
        low, high, more = (
            float(f"{value / SPREAD:.3g}"),
            float(f"{value * SPREAD:.3g}"),
            ", log: true",
        )
    node = f"{{type: float, min: {low!r}, max: {high!r}{more}, default: {float(value)!r}}}"
    return node, "CHECK the range"


def _quoted(value: object) -> str:
    """Write a scalar so that YAML reads the same value, inside of brackets too."""
    if isinstance(value, str) and FLOW.fullmatch(value):
        try:
            if resolve(value) == value:
                return value
        except ScalarError:
            pass
    return json.dumps(value, ensure_ascii=False, default=str)


def _comment(text: str) -> str:
    """Keep a remark on one line that YAML can read."""
    return "".join(character if character.isprintable() else " " for character in text)


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
