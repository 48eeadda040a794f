"""The search of Hydra's Optuna sweeper: `hydra.sweeper.params`, or `search_space` as before 1.2.

https://hydra.cc/docs/plugins/optuna_sweeper/: `interval` is of real numbers, also between whole ones,
unless `int(…)` stands around it; `range` has both ends in it.
"""

import re
from collections.abc import Iterator, Mapping, Sequence

from tuner.interop.nodes import range_node
from tuner.interop.sweeps import ranges
from tuner.interop.sweeps.base import Body, Setting, Sweep, mapping, unknown, whole
from tuner.interop.sweeps.overrides import Call, parse
from tuner.interop.sweeps.ranges import Ranged
from tuner.interop.values import int_of, number_of

READ = (
    *("_target_", "params", "search_space", "direction", "n_trials", "n_jobs", "study_name"),
    *("sampler", "storage", "max_failure_rate", "custom_search_space"),
)
RETURNED = "CHECK: Hydra gets it as what main returns: print it as `objective: 0.1`"
PREFIX = re.compile(r"^(\+\+|\+|~)")
METHODS = {"Random": "random", "Grid": "grid", "QMC": "sobol"}


def sweeper_of(body: Body) -> Body:
    """Find the sweeper in a configuration of Hydra, an empty mapping where there is none."""
    inside = mapping(mapping(body.get("hydra")).get("sweeper"))
    found = inside or mapping(body.get("hydra.sweeper")) or mapping(body.get("sweeper"))
    alone = "optuna_sweeper" in str(body.get("_target_", "")) or "n_trials" in body
    return found or (body if alone and ("params" in body or "search_space" in body) else {})


def read_hydra(body: Body) -> Sweep:
    """Read a sweeper. What cannot be read is noted; nothing is raised."""
    sweeper = sweeper_of(body)
    notes = unknown(sweeper, READ)
    direction = sweeper.get("direction", "minimize")
    several = isinstance(direction, Sequence) and not isinstance(direction, str)
    if several and len(direction) > 1:
        notes.append(f"direction: of {len(direction)} objectives the first is kept")
    first = direction[0] if several and direction else direction
    highest = str(first).rpartition(".")[2] == "maximize"
    if sweeper.get("custom_search_space"):
        notes.append("custom_search_space: is Python and is left out")
    stop: dict[str, object] = {}
    if (most := whole(sweeper.get("n_trials"))) is not None:
        stop["trials"] = most
    jobs = whole(sweeper.get("n_jobs"))
    params = {**mapping(sweeper.get("search_space")), **mapping(sweeper.get("params"))}
    return Sweep(
        tool="Hydra",
        settings=tuple(_settings(params)),
        name=str(sweeper["study_name"]) if sweeper.get("study_name") else None,
        metric="objective",
        goal="maximize" if highest else "minimize",
        metric_note=RETURNED,
        command="python main.py {args.hydra}",
        resources={"parallel": jobs} if jobs else {},
        search={"method": _method(sweeper, notes)},
        stop=stop,
        notes=(*notes, "command: CHECK the name of the script, the file does not say it"),
    )


def _method(sweeper: Body, notes: list[str]) -> str:
    sampler = str(mapping(sweeper.get("sampler")).get("_target_", "")).rpartition(".")[2]
    for word, method in METHODS.items():
        if sampler.startswith(word):
            return method
    if sampler:
        notes.append(f"sampler: {sampler} becomes our own model; `method: optuna` has Optuna's")
    return "bayes"


def _settings(params: Body) -> Iterator[Setting]:
    for key, node in params.items():
        name = PREFIX.sub("", str(key))
        try:
            found, note = _old(node) if isinstance(node, Mapping) else _new(node)
        except (ValueError, TypeError, KeyError) as wrong:
            said = f"has no {wrong}" if isinstance(wrong, KeyError) else str(wrong)
            yield Setting(name=name, node=None, note=said)
            continue
        added = f"was {key}; {{args.hydra}} writes no +" if name != key else ""
        yield Setting(name=name, node=found, note="; ".join(filter(None, (note, added))))


def _old(node: Body) -> Ranged:
    """Read an entry of `search_space`."""
    kind = node["type"]
    if kind == "categorical":
        return ranges.choice(node["choices"])
    if kind not in ("int", "float"):
        raise ValueError(f"the type {kind} is not known")
    low, high, log = node["low"], node["high"], bool(node.get("log"))
    step = None if log else node.get("step")
    return range_node(low, high, whole=kind == "int", log=log, step=step), ""


def _new(node: object) -> Ranged:
    """Read an entry of `params`: an override as one writes it on the command line."""
    if isinstance(node, list):
        return ranges.choice(node)
    if not isinstance(node, str):
        return ranges.fixed(node)
    parsed = parse(node)
    return (
        _swept(parsed, tags=(), whole_ones=False)
        if isinstance(parsed, Call)
        else ranges.fixed(parsed)
    )


def _swept(call: Call, *, tags: tuple[str, ...], whole_ones: bool) -> Ranged:
    inner = next((each for each in call.given if isinstance(each, Call)), None)
    match call.name:
        case "tag" if inner is not None:
            words = tuple(str(each) for each in call.given if not isinstance(each, Call))
            return _swept(inner, tags=(*tags, *words), whole_ones=whole_ones)
        case "int" | "float" if inner is not None:
            return _swept(inner, tags=tags, whole_ones=call.name == "int")
        case "shuffle" | "sort" if inner is not None:
            return _swept(inner, tags=tags, whole_ones=whole_ones)
        case "choice" | "shuffle" | "sort":
            return ranges.choice([int_of(each) if whole_ones else each for each in call.given])
        case "interval":
            low, high = _ends(call, ("start", "end"))
            log = "log" in tags
            return range_node(low, high, whole=whole_ones, log=log), ""
        case "range":
            return _range(call, whole_ones=whole_ones)
        case _:
            raise ValueError(f"{call.name}(…) is no sweep that is known")


def _ends(call: Call, names: tuple[str, str]) -> tuple[object, object]:
    values = list(call.given)
    values += [call.named[name] for name in names if name in call.named]
    if len(values) == 1:
        values.insert(0, 0)
    if len(values) < 2:  # noqa: PLR2004  a pair
        raise ValueError(f"{call.name} needs two ends")
    return values[0], values[1]


def _range(call: Call, *, whole_ones: bool) -> Ranged:
    low, high = _ends(call, ("start", "stop"))
    step = call.named.get("step", call.given[2] if len(call.given) > 2 else 1)  # noqa: PLR2004
    number_of(step)
    counted = whole_ones or all(isinstance(each, int) for each in (low, high, step))
    return range_node(low, high, whole=counted, step=step), ""
