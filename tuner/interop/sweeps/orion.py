"""The priors of Orion: on the command line of `orion hunt`, or in configuration files.

https://orion.readthedocs.io/en/stable/user/searchspace.html: `--lr~'loguniform(1e-5, 1)'` on a command
line, `lr: orion~loguniform(1e-5, 1)` in the file of a script, `space:` in a file of Orion's own.
"""

import ast
import re
import shlex
from collections.abc import Iterator, Mapping

from tuner.interop.nodes import range_node
from tuner.interop.sweeps import ranges
from tuner.interop.sweeps.base import Body, Setting, Sweep, mapping, plain, unknown, whole
from tuner.interop.sweeps.ranges import Ranged
from tuner.interop.values import flattened, int_of, number_of

MARK = "orion~"
READ = (
    *("name", "max_trials", "max_broken", "n_workers", "algorithm", "algorithms", "strategy"),
    *("space", "priors", "user_args", "version", "working_dir", "pool_size", "worker_trials"),
)
OPTIONS = {"-n": "name", "--name": "name", "--max-trials": "max_trials", "--n-workers": "n_workers"}
OPTIONS["--exp-max-trials"] = "max_trials"
FLAGS = ("--debug", "--verbose", "-v", "-vv", "-vvv", "--enable-evc", "--non-monitored-arguments")
DIMENSION = re.compile(r"(?P<dashes>-{0,2})(?P<name>[^~=\s]+)~(?P<prior>[+>-]?.*)", re.DOTALL)
REPORTED = "CHECK: Orion minimizes what report_objective is given: print it as `objective: 0.1`"
HOLES = {
    "trial.working_dir": "{trial.dir}",
    "trial.id": "{trial.id}",
    "trial.hash_params": "{trial.id}",
    "exp.name": "{study.name}",
    "exp.working_dir": "{study.dir}",
}
HOLE = re.compile(r"\{((?:trial|exp)\.\w+)\}")
LONGEST = 4000  # characters of a prior


def read_orion(body: Body) -> Sweep:
    """Read a file with priors. What cannot be read is noted; nothing is raised."""
    asked = mapping(body.get("experiment")) or body
    space = mapping(asked.get("space") or asked.get("priors"))
    words = asked.get("user_args")
    if isinstance(words, list):
        return _hunted(asked, [str(word) for word in words])
    marked = {name: text for name, text in flattened(body) if str(text).startswith(MARK)}
    notes = [] if marked else unknown(asked, READ)
    if marked:
        notes.append(
            "Orion writes the values into a copy of this file; here they come as options, or in"
            " the file that {params_file} names"
        )
    found = space or {name: str(text)[len(MARK) :] for name, text in marked.items()}
    settings = tuple(
        _setting(str(name).lstrip("/").replace("/", "."), text) for name, text in found.items()
    )
    notes.append("command: CHECK the name of the script, the file does not say it")
    return _sweep(
        asked if space else mapping(body.get("experiment")),
        settings,
        "python train.py {args}",
        notes,
    )


def is_hunt(text: str) -> bool:
    """Say whether a text holds a command `orion hunt` with priors."""
    return re.search(r"\borion\b[^\n]*\bhunt\b", text) is not None and "~" in text


def read_hunt(text: str) -> Sweep:
    """Read the first command `orion hunt` of a text. Raises ValueError where its quotes are open."""
    joined = re.sub(r"\\\r?\n", " ", text)
    line = next(line for line in joined.splitlines() if re.search(r"\borion\b.*\bhunt\b", line))
    words = shlex.split(line, comments=True)
    words = words[words.index("hunt") + 1 :] if "hunt" in words else words
    asked: dict[str, object] = {}
    ignored: list[str] = []
    while words and words[0].startswith("-"):
        option, equals, value = words.pop(0).partition("=")
        if option not in FLAGS and not equals and words:
            value = words.pop(0)
        if option in OPTIONS:
            asked[OPTIONS[option]] = value
        else:
            ignored.append(f"{option} {value}".strip() + ": left out, it has no counterpart")
    return _hunted(asked, words, ignored)


def _hunted(asked: Body, words: list[str], ignored: list[str] | None = None) -> Sweep:
    settings, command, notes = [], [], list(ignored or [])
    for word in words:
        match = DIMENSION.fullmatch(word)
        if match is None or not _prior(match["prior"]):
            if match is not None and match["prior"][:1] in (">", "-"):
                notes.append(f"{word}: changes an earlier experiment and is left out")
            else:
                command.append(_filled(word, notes))
            continue
        name = match["name"]
        settings.append(_setting(name, match["prior"].lstrip("+")))
        joint = "=" if match["dashes"] == "--" else " "
        command.append(
            f"{match['dashes']}{name}{joint}{{{name}}}" if match["dashes"] else f"{{{name}}}"
        )
    return _sweep(asked, tuple(settings), " ".join(command), notes)


def _prior(text: str) -> bool:
    return re.fullmatch(r"\+?\s*\w+\(.*\)\s*", text, re.DOTALL) is not None


def _filled(word: str, notes: list[str]) -> str:
    pieces = HOLE.split(word)  # texts and names in turn
    text = ""
    for place, piece in enumerate(pieces):
        if place % 2 and piece not in HOLES:
            notes.append(f"command: {{{piece}}} is left as it is, CHECK what it should be")
        known = HOLES.get(piece) or plain("{" + piece + "}")
        text += known if place % 2 else plain(piece) if piece else ""
    return text or "''"


def _sweep(asked: Body, settings: tuple[Setting, ...], command: str, notes: list[str]) -> Sweep:
    algorithm = asked.get("algorithm") or asked.get("algorithms") or ""
    word = next(iter(algorithm), "") if isinstance(algorithm, Mapping) else str(algorithm)
    method = {"random": "random", "gridsearch": "grid"}.get(str(word).lower(), "bayes")
    if word and method == "bayes":
        notes.append(f"algorithm: {word} becomes our own model")
    most, jobs = whole(asked.get("max_trials")), whole(asked.get("n_workers"))
    return Sweep(
        tool="Orion",
        settings=settings,
        name=str(asked["name"]) if asked.get("name") else None,
        metric="objective",
        metric_note=REPORTED,
        command=command,
        resources={"parallel": jobs} if jobs else {},
        search={"method": method},
        stop={"trials": most} if most else {},
        notes=tuple(notes),
    )


def _setting(name: str, text: object) -> Setting:
    try:
        node, note = _ranged(str(text).removeprefix(MARK))
    except (ValueError, TypeError, KeyError, IndexError) as wrong:
        return Setting(name=name, node=None, note=f"{text}: {wrong}")
    return Setting(name=name, node=node, note=note)


def _ranged(text: str) -> Ranged:
    """Read `name(value, …, key=value)`, where each value is a constant of Python."""
    word, given, named = _call(text)
    found, note = _distribution(word, given, named)
    dropped = [key for key in named if key not in ("discrete", "default_value", "low", "high")]
    for key in ("precision", "base"):
        if key in dropped:
            dropped.remove(key)
    if dropped:
        note = "; ".join(filter(None, (note, f"{', '.join(dropped)} has no counterpart")))
    if "default_value" in named and "value" not in found:
        found = {**found, "default": named["default_value"]}
    return found, note


def _call(text: str) -> tuple[str, list[object], dict[str, object]]:
    if len(text) > LONGEST:
        raise ValueError(f"is longer than {LONGEST} characters")
    try:
        tree = ast.parse(text.strip(), mode="eval").body
        call = tree if isinstance(tree, ast.Call) else ast.Call(tree, [], [])
        given = [ast.literal_eval(each) for each in call.args]
        named = {str(each.arg): ast.literal_eval(each.value) for each in call.keywords}
    except (SyntaxError, ValueError, TypeError, RecursionError, MemoryError) as wrong:
        raise ValueError("is no prior of constants such as uniform(0, 1)") from wrong
    return ast.unparse(call.func), given, named


def _distribution(  # noqa: PLR0911  an arm a distribution
    word: str, given: list[object], named: Mapping[str, object]
) -> Ranged:
    discrete = bool(named.get("discrete"))
    ends = [*given, *(named[key] for key in ("low", "high") if key in named)]
    match word, ends:
        case "uniform" | "loguniform" | "reciprocal", [low, high]:
            log = word != "uniform"
            return range_node(low, high, whole=discrete, log=log), ""
        case "randint", [low, high]:
            return range_node(low, int_of(high) - 1, whole=True), "the upper end was left out"
        case "normal" | "norm" | "gaussian", [mu, sigma]:
            return ranges.normal(mu, sigma, 1 if discrete else None)
        case "choices", [Mapping() as chances]:
            return ranges.choice(list(chances), list(chances.values()))
        case "choices", [list() | tuple() as values]:
            return ranges.choice(values)
        case "choices", [_, *_]:
            return ranges.choice(given)
        case "fidelity", [low, high, *_]:
            number_of(low)
            return ranges.fixed(high)[
                0
            ], f"was a fidelity of {low} to {high}: every trial gets all of it"
        case _:
            raise ValueError(f"{word} of {len(ends)} values is not known")


def marked(body: object) -> Iterator[str]:
    """Name the places of a file where a prior stands."""
    for name, text in flattened(mapping(body)):
        if isinstance(text, str) and text.startswith(MARK):
            yield name
