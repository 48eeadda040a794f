"""What an option of a script most likely is in a search: a range, a fixed value, or plumbing.

Asked by `starter.py` for each option; every guess says that it is one, and is held against the
language before it is given.
"""

import json
import math
import re
from dataclasses import dataclass

from tuner.config.explain import Explainer
from tuner.config.option import Option
from tuner.config.parameters import read_parameter
from tuner.config.reader import read_yaml
from tuner.config.scalars import ScalarError, resolve

FLOW = re.compile(r"[A-Za-z_/][A-Za-z0-9_./=-]*")  # plain inside of brackets
SEED = re.compile(r"(random_?|rng_?)?seed")
FOLDER = re.compile(r"(out(put)?|save|log|result|checkpoint|ckpt|work)s?[-_]?(dir|folder|path)?")
PLUMBING = re.compile(
    r"(data|dataset|model|arch|file|path|dir|folder|device|gpus?|cuda|(num_?|n_?)?workers|threads|"
    r"port|host|url|rank|local_rank|world_?size|dist_.*|backend|resume|verbose|debug|quiet|dry_?run|"
    r"project|entity|run_?name|name|tag|config|mode|task|split|precision|dtype|start_epoch|"
    r"(test|eval|val|valid|per_device_eval)_batch(_size)?|(log|logging|print|save|eval)_.*|"
    r".*_(dir|path|file|every|interval|freq|samples|workers))",
    re.IGNORECASE,
)
WORTH = re.compile(  # whole numbers and switches that a person would search
    r"(.*_)?(lr|rate|decay|dropout|momentum|batch|bs|layers?|depth|width|hidden|dims?|size|heads?|"
    r"units|channels|filters|kernel|embed|embedding|rank|lora_r|warmup|clip|norm|accum.*|estimators|"
    r"leaves|neighbors|components|augment|ema|nesterov|mixup|cutmix|bias|amsgrad|bidirectional|"
    r"residual|anneal.*|bn|(batch|layer)norm|skip|tied)(_.*)?|(d|n)_?(model|layer|head|embd|ff)",
    re.IGNORECASE,
)
BATCH = re.compile(r"(.*_)?(batch(_size)?|bs)", re.IGNORECASE)
RATE = re.compile(r"(.*_)?(lr|learning_rate)", re.IGNORECASE)
LENGTH = re.compile(
    r"(num_?|n_?|max_?|total_?)?(train_)?(epochs?|(time)?steps?|iters?|iterations?)", re.IGNORECASE
)
SHARE = re.compile(
    r"dropout|drop|momentum|beta|mix|smooth|prob|ratio|rate_decay|ema|frac|gamma|tau", re.IGNORECASE
)
DECAY = re.compile(r"decay|l1|l2|penalty|lambda|alpha", re.IGNORECASE)
LARGE = 16  # from here on an integer is searched by orders of magnitude
SMALLEST_BATCH = 4
NEAR_ONE = 0.9  # from here up to 1 a number is a share, whatever its name
DECLARED = "the range that the script allows"
SPREAD = 10  # a rate is searched from a tenth to ten times its default


@dataclass(frozen=True, kw_only=True)
class Line:
    """One option as a parameter, as a part of the command, or as a remark.

    Attributes:
        aside: it is no parameter unless somebody takes the # away.
    """

    node: str | None = None
    words: str = ""
    flag: str | None = None
    note: str = ""
    aside: bool = False

    @property
    def searched(self) -> bool:
        """Whether it is a parameter with more than one value."""
        return self.node is not None and not self.aside and not self.node.startswith("{value")


def line_of(option: Option) -> Line:
    """Say what becomes of an option."""
    plain = option.name.replace("-", "_")
    if not FLOW.fullmatch(option.name):
        return Line(note="left out, no parameter can have this name")
    if option.obstacle:
        return Line(note=comment(f"left out, {option.obstacle}"))
    if SEED.fullmatch(plain):
        return Line(words=f"--{option.name}={{trial.seed}}")
    if FOLDER.fullmatch(plain):
        return Line(words=f"--{option.name}={{trial.dir}}")
    aside = _aside(option, plain)
    try:
        node, guess = _fixed(option) if aside else _node(option)
        check(option.name, node)
    except ValueError as wrong:
        return Line(note=comment(f"left out, {wrong}"))
    if aside and option.switch:
        guess = f"a flag: runner.flags needs {quoted(option.name)}: {option.switch}"
    said = "; ".join(part for part in (guess, option.help[:50]) if part)
    must = option.required and node.startswith("{value")
    return Line(node=node, flag=option.switch, note=comment(said), aside=aside and not must)


def _aside(option: Option, plain: str) -> bool:
    """Say whether an option is left for a person to decide on."""
    if PLUMBING.fullmatch(plain):
        return True
    if option.choices or LENGTH.fullmatch(plain):
        return False
    if option.kind == "float":
        return option.default is None and not option.required and not is_rate(plain)
    unset = option.kind == "int" and isinstance(option.default, int) and option.default <= 0
    return option.kind == "text" or unset or not WORTH.fullmatch(plain)


def guessed(option: Option) -> str:
    """Give the node of an option that is to be searched.

    Raises:
        ValueError: it has no choices and is text.
    """
    return _node(option)[0]


def is_rate(name: str) -> bool:
    """Say whether a name is that of a real number, as far as names tell."""
    return any(each.search(name) for each in (SHARE, DECAY)) or RATE.fullmatch(name) is not None


def is_whole(name: str) -> bool:
    """Say whether a name is that of a count, as far as names tell."""
    return WORTH.fullmatch(name) is not None


def _fixed(option: Option) -> tuple[str, str]:
    """Give the node of an option at its default, or with its range where it has none."""
    plumbing = PLUMBING.fullmatch(option.name.replace("-", "_"))
    numeric = option.kind in ("bool", "int", "float") and not option.required
    if option.default is None and numeric and not plumbing:
        return _node(option)
    if option.choices:
        return _choice(option), ""
    if option.default is None and option.required:
        return "{value: CHANGE-ME}", "CHECK: the script needs it"
    return f"{{value: {quoted(option.default)}}}", ""


def check(name: str, node: str) -> None:
    """Hold a node against the language: defaults of scripts may be anything.

    Raises:
        ValueError: the first mistake.
    """
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
    if option.choices:
        return _choice(option), ""
    match option.kind:
        case "bool":
            default = option.default if isinstance(option.default, bool) else None
            return f"{{type: bool{_also(default)}}}", ""
        case "int":
            return _int(option)
        case "float":
            return _float(option)
        case "text":
            raise ValueError("it has no choices; write {values: […]} to search it")


def _also(default: object) -> str:
    return "" if default is None else f", default: {quoted(default)}"


def _choice(option: Option) -> str:
    listed = [quoted(value) for value in option.choices]
    if len(listed) == 1:
        return f"{{value: {listed[0]}}}"
    default = quoted(option.default)
    said = f", default: {default}" if default in listed else ""
    return f"{{values: [{', '.join(listed)}]{said}}}"


def _int(option: Option) -> tuple[str, str]:
    default, plain = option.default, option.name.replace("-", "_")
    if not isinstance(default, int) or isinstance(default, bool):
        low, high = _within(option, 1, 8)
        said = DECLARED if _bounded(option) else "CHECK the range, the script has no default"
        return f"{{type: int, min: {low}, max: {high}}}", said
    if LENGTH.fullmatch(plain):
        return f"{{value: {default}}}", "fixed: more of it nearly always looks better"
    if BATCH.fullmatch(plain) and default >= SMALLEST_BATCH and option.high is None:
        values = sorted({default // 4, default // 2, default, default * 2})
        return f"{{values: {values}, ordered: true, default: {default}}}", "CHECK the values"
    low, high = (
        (max(1, default // 2), max(2, default * 2)) if default > 0 else (default, default + 8)
    )
    low, high = _within(option, low, high)
    log = ", log: true" if default >= LARGE and low > 0 else ""
    said = DECLARED if _bounded(option) else "CHECK the range"
    return f"{{type: int, min: {low}, max: {high}{log}, default: {default}}}", said


def _bounded(option: Option) -> bool:
    """Say whether the script declares both ends."""
    return option.low is not None and option.high is not None


def _within(option: Option, low: int, high: int) -> tuple[int, int]:
    """Take the range that the script declares; keep a guess inside of an end that it allows."""
    if option.low is not None and option.high is not None:
        return math.ceil(option.low), math.floor(option.high)
    least = low if option.low is None else max(low, math.ceil(option.low))
    most = high if option.high is None else min(high, math.floor(option.high))
    return least, most


def _float(option: Option) -> tuple[str, str]:
    value, name = option.default, option.name.replace("-", "_")
    if LENGTH.fullmatch(name):
        return f"{{value: {quoted(value)}}}", "fixed: more of it nearly always looks better"
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        log = RATE.fullmatch(name) is not None and option.low is None and option.high is None
        low, high, more = (1e-5, 0.1, ", log: true") if log else (0.0, 1.0, "")
        low, high = _clipped(option, low, high)
        said = DECLARED if _bounded(option) else "CHECK the range, the script has no default"
        return f"{{type: float, min: {low!r}, max: {high!r}{more}}}", said
    low, high, more = _around(name, value)
    positive = low if more and option.low is not None and option.low <= 0 else None
    low, high = _clipped(option, low, high)
    said = DECLARED if _bounded(option) else "CHECK the range"
    if positive is not None:  # the script allows 0, which has no place on a log scale
        low, said = positive, "CHECK the range"
    node = f"{{type: float, min: {low!r}, max: {high!r}{more}, default: {float(value)!r}}}"
    return node, said


def _clipped(option: Option, low: float, high: float) -> tuple[float, float]:
    if option.low is not None and option.high is not None:
        return float(option.low), float(option.high)
    least = low if option.low is None else max(low, float(option.low))
    return least, high if option.high is None else min(high, float(option.high))


def _around(name: str, value: float) -> tuple[float, float, str]:
    """Give a range around a default, and what else belongs to it."""
    if (SHARE.search(name) and 0 <= value < 1) or NEAR_ONE <= value < 1:
        if value <= 0.5:  # noqa: PLR2004  a half
            return 0.0, 0.5, ""
        return (0.5, 0.999, "") if value <= 0.999 else (0.9, 0.9999, "")  # noqa: PLR2004  of Adam's betas
    if value == 0 and DECAY.search(name):
        return 1e-6, 0.1, ", log: true, or_zero: true"
    if value < 0:
        return 2.0 * value, -2.0 * value, ""
    if value > 0:
        low, high = float(f"{value / SPREAD:.3g}"), float(f"{value * SPREAD:.3g}")
        return low, high, ", log: true"
    return -1.0, 1.0, ""


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
