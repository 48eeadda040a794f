"""The experiments of NNI, version 2 of its format and the first one, and its search spaces alone.

https://nni.readthedocs.io/en/stable/hpo/search_space.html: all bounds are values, `randint` leaves its
upper end out, a choice may hold further parameters for each of its options.
"""

import re
from collections.abc import Iterator, Mapping, Sequence

from tuner.interop.base import Node
from tuner.interop.nodes import range_node
from tuner.interop.sweeps import ranges
from tuner.interop.sweeps.base import Beside, Body, Setting, Sweep, mapping, unknown, whole
from tuner.interop.sweeps.ranges import Ranged
from tuner.interop.values import int_of, value_of
from tuner.study import Value

READ = (
    *("experimentName", "searchSpace", "searchSpaceFile", "searchSpacePath", "trialCommand"),
    *("trialCodeDirectory", "trialConcurrency", "trialGpuNumber", "maxExperimentDuration"),
    *("maxExecDuration", "maxTrialNumber", "maxTrialNum", "maxTrialDuration", "tuner", "trial"),
    *("assessor", "advisor", "trainingService", "trainingServicePlatform", "authorName"),
    *("useAnnotation", "debug", "logLevel", "experimentWorkingDirectory"),
)
METHODS = {"random": "random", "gridsearch": "grid"}
DURATION = re.compile(r"\d+(\.\d+)?[smhd]")
DEEPEST = 8
Condition = tuple[str, Value]
ASKED = "CHECK: NNI gets it from nni.report_final_result: print it as `objective: 0.1`"
GIVEN = (
    "the script asks nni.get_next_parameter() for its values; here they come as options, or in the"
    " file that TUNER_PARAMS_FILE names"
)


def read_nni(body: Body, beside: Beside) -> Sweep:
    """Read an experiment. What cannot be read is noted; nothing is raised."""
    if is_space(body):
        return _swept({}, body, [GIVEN])
    notes = [*unknown(body, READ), GIVEN]
    space = mapping(body.get("searchSpace"))
    file = body.get("searchSpaceFile") or body.get("searchSpacePath")
    if not space and file:
        try:
            space = mapping(beside(str(file)))
        except ValueError as wrong:
            notes.append(f"the search space {file} cannot be read: {wrong}")
    return _swept(body, space, notes)


def is_space(body: Body) -> bool:
    """Say whether a mapping is a search space: every entry has a `_type`."""
    return bool(body) and all(
        isinstance(each, Mapping) and "_type" in each for each in body.values()
    )


def _swept(body: Body, space: Body, notes: list[str]) -> Sweep:
    tuner, trial = mapping(body.get("tuner")), mapping(body.get("trial"))
    arguments = mapping(tuner.get("classArgs"))
    word = str(tuner.get("name") or tuner.get("builtinTunerName") or "")
    method = METHODS.get(word.lower(), "bayes")
    if word and word.lower() not in METHODS:
        notes.append(f"tuner: {word} becomes our own model")
    cut = [key for key in ("assessor", "advisor") if body.get(key)]
    notes += [f"{key}: left out, every trial runs to its end" for key in cut]
    command = str(body.get("trialCommand") or trial.get("command") or "")
    command = command.replace("{", "{{").replace("}", "}}")
    folder = body.get("trialCodeDirectory") or trial.get("codeDir")
    runner: dict[str, object] = {}
    if folder and str(folder) not in (".", "./"):
        runner["cwd"] = str(folder)
    if limit := _duration(body.get("maxTrialDuration")):
        runner["timeout"] = limit
    return Sweep(
        tool="NNI",
        settings=tuple(_settings(space)),
        name=str(body["experimentName"]) if body.get("experimentName") else None,
        metric="objective",
        goal="minimize" if arguments.get("optimize_mode") == "minimize" else "maximize",
        metric_note=ASKED,
        command=f"{command} {{args}}" if command else "",
        runner=runner,
        resources=_resources(body, trial),
        search={"method": method},
        stop=_stop(body),
        notes=tuple(notes),
    )


def _resources(body: Body, trial: Body) -> dict[str, object]:
    found: dict[str, object] = {}
    if (jobs := whole(body.get("trialConcurrency"))) is not None:
        found["parallel"] = jobs
    gpus = whole(body.get("trialGpuNumber") or trial.get("gpuNum"))
    return {**found, "gpus": "auto", "gpus_per_trial": gpus} if gpus else found


def _stop(body: Body) -> dict[str, object]:
    found: dict[str, object] = {}
    if (most := whole(body.get("maxTrialNumber") or body.get("maxTrialNum"))) is not None:
        found["trials"] = most
    if wall := _duration(body.get("maxExperimentDuration") or body.get("maxExecDuration")):
        found["wall"] = wall
    return found


def _duration(found: object) -> str | None:
    if (seconds := whole(found)) is not None:
        return f"{seconds}s"
    return found if isinstance(found, str) and DURATION.fullmatch(found) else None


def _settings(space: Body) -> Iterator[Setting]:
    """Give the parameters, those inside of options with their condition."""
    waiting: list[tuple[str, object, Condition | None, int]] = []
    waiting += [(str(name), node, None, 0) for name, node in reversed(list(space.items()))]
    while waiting:
        name, node, when, depth = waiting.pop()
        try:
            found, note, inner = _one(name, mapping(node))
        except (ValueError, LookupError, TypeError) as wrong:
            yield Setting(name=name, node=None, note=f"cannot be read: {wrong}")
            continue
        if depth < DEEPEST:
            waiting += [(*each, depth + 1) for each in reversed(inner)]
        yield Setting(name=name, node=found, when=when, note=note)


def _one(name: str, node: Body) -> tuple[Node, str, list[tuple[str, object, Condition]]]:
    """Give a parameter, what is not as it was, and the parameters that hang on it."""
    word, value = str(node.get("_type")), node.get("_value")
    if word != "choice" or not isinstance(value, Sequence) or isinstance(value, str):
        return *_ranged(word, value), []
    if not any(isinstance(each, Mapping) and "_name" in each for each in value):
        return *ranges.choice(value), []
    options, inner = [], []
    several = _several(value)
    for each in value:
        option = value_of(each["_name"]) if isinstance(each, Mapping) else value_of(each)
        options.append(option)
        for key, child in each.items() if isinstance(each, Mapping) else ():
            if key != "_name":
                full = f"{name}.{option}.{key}" if key in several else f"{name}.{key}"
                inner.append((full, child, (name, option)))
    return *ranges.choice(options), inner


def _several(options: Sequence[object]) -> set[str]:
    """Name the parameters that more than one option has."""
    seen = [key for each in options if isinstance(each, Mapping) for key in each if key != "_name"]
    return {str(key) for key in seen if seen.count(key) > 1}


def _ranged(word: str, value: object) -> Ranged:  # noqa: PLR0911  an arm a distribution
    if not isinstance(value, Sequence) or isinstance(value, str):
        raise ValueError("_value is no list")  # noqa: TRY004  one kind of error
    match word, list(value):
        case "choice", options:
            return ranges.choice(options)
        case "randint", [high]:
            return range_node(0, int_of(high) - 1, whole=True), "randint leaves its upper end out"
        case "randint", [low, high]:
            return range_node(low, int_of(high) - 1, whole=True), "randint leaves its upper end out"
        case "uniform", [low, high]:
            return range_node(low, high, whole=False), ""
        case "loguniform", [low, high]:
            return range_node(low, high, whole=False, log=True), ""
        case "quniform" | "qloguniform", [low, high, q]:
            return ranges.multiples(low, high, q, log=word == "qloguniform")
        case "normal" | "qnormal", [mu, sigma, *q]:
            return ranges.normal(mu, sigma, *q)
        case "lognormal" | "qlognormal", [mu, sigma, *q]:
            return ranges.log_normal(mu, sigma, *q)
        case _:
            raise ValueError(f"{word} of {len(value)} values is not known")
