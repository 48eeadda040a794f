"""What an option of a script most likely is in a search: a range, a fixed value, or plumbing.

Asked by `starter.py` for each option; every guess says that it is one, and is held against the
language before it is given.
"""

import json
import math
import re
from dataclasses import dataclass

from tuner.config.explain import Explainer
from tuner.config.parameters import read_parameter
from tuner.config.reader import read_yaml
from tuner.config.scalars import ScalarError, resolve
from tuner.config.script import Option

FLOW = re.compile(r"[A-Za-z_/][A-Za-z0-9_./=-]*")  # plain inside of brackets
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
LARGE = 16  # from here on an integer is searched by orders of magnitude
SPREAD = 10  # a rate is searched from a tenth to ten times its default


@dataclass(frozen=True, kw_only=True)
class Line:
    """One option as a parameter, as a part of the command, or as a remark."""

    node: str | None = None
    words: str = ""
    flag: str | None = None
    note: str = ""


def line_of(option: Option) -> Line:
    """Say what becomes of an option."""
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
        return Line(note=comment(f"left out, {wrong}"))
    said = "; ".join(part for part in (guess, option.help[:50]) if part)
    return Line(node=node, flag=option.switch, note=comment(said))


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
    if option.obstacle:
        raise ValueError(option.obstacle)
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
    listed = [quoted(value) for value in option.choices]
    if len(listed) == 1:
        return f"{{value: {listed[0]}}}"
    default = quoted(option.default)
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


def quoted(value: object) -> str:
    """Write a scalar so that YAML reads the same value, inside of brackets too."""
    if isinstance(value, str) and FLOW.fullmatch(value):
        try:
            if resolve(value) == value:
                return value
        except ScalarError:
            pass
    return json.dumps(value, ensure_ascii=False, default=str)


def comment(text: str) -> str:
    """Keep a remark on one line that YAML can read."""
    return "".join(character if character.isprintable() else " " for character in text)
