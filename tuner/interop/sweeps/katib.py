"""The Experiment of Katib, a resource of Kubernetes: of its container the command is taken.

https://www.kubeflow.org/docs/components/katib/: bounds, lists and steps are texts.
"""

import re
from collections.abc import Iterator, Mapping, Sequence

from tuner.interop.base import Node
from tuner.interop.nodes import range_node
from tuner.interop.sweeps import ranges
from tuner.interop.sweeps.base import (
    Body,
    Setting,
    Sweep,
    environment,
    mapping,
    plain,
    unknown,
    whole,
)
from tuner.interop.sweeps.ranges import Ranged
from tuner.interop.values import number_of, word_of

READ = (
    *("objective", "algorithm", "parameters", "parallelTrialCount", "maxTrialCount"),
    *("maxFailedTrialCount", "trialTemplate", "metricsCollectorSpec", "earlyStopping"),
)
METHODS = {"random": "random", "grid": "grid", "sobol": "sobol", "bayesianoptimization": "bayes"}
LOGS = ("loguniform", "lognormal")
HOLE = re.compile(r"\$\{trialParameters\.([^}]*)\}")
LEVEL = 12
REDUCED = {"latest": "last", "max": "best", "min": "best"}


def read_katib(body: Body) -> Sweep:
    """Read an experiment. What cannot be read is noted; nothing is raised."""
    spec = mapping(body.get("spec"))
    objective, template = mapping(spec.get("objective")), mapping(spec.get("trialTemplate"))
    notes = unknown(spec, READ)
    if spec.get("earlyStopping"):
        notes.append("earlyStopping: left out, every trial runs to its end")
    others = objective.get("additionalMetricNames")
    if isinstance(others, list) and others:
        notes.append(f"additionalMetricNames: {', '.join(map(str, others))} are read if printed")
    name = str(objective["objectiveMetricName"]) if "objectiveMetricName" in objective else None
    container = _container(template, notes)
    found = str(mapping(spec.get("algorithm")).get("algorithmName", ""))
    if found and found not in METHODS:
        notes.append(f"algorithm: {found} becomes our own model")
    return Sweep(
        tool="Katib",
        settings=tuple(_settings(spec.get("parameters"))),
        name=str(mapping(body.get("metadata")).get("name") or "") or None,
        metric=name,
        goal="maximize" if objective.get("type") == "maximize" else "minimize",
        metric_note="as Katib reads it: printed as `name=0.1`",
        reduce=_reduce(objective, name),
        command=_command(container, template, notes),
        runner=_environment(container, notes),
        resources=_resources(spec, container),
        search={"method": METHODS.get(found, "bayes")},
        stop=_stop(spec, objective, notes),
        notes=tuple(notes),
    )


def _reduce(objective: Body, name: str | None) -> str:
    """Say which of several reports counts: Katib takes the best one unless told otherwise."""
    strategies = objective.get("metricStrategies")
    for each in strategies if isinstance(strategies, list) else ():
        if mapping(each).get("name") == name:
            return REDUCED.get(str(mapping(each).get("value")), "best")
    return "best"


def _stop(spec: Body, objective: Body, notes: list[str]) -> dict[str, object]:
    found: dict[str, object] = {}
    if (most := whole(spec.get("maxTrialCount"))) is not None:
        found["trials"] = most
    if isinstance(objective.get("goal"), int | float):
        found["target"] = objective["goal"]
    if (failed := whole(spec.get("maxFailedTrialCount"))) is not None:
        found["failures"] = {"consecutive": failed}
        notes.append(f"maxFailedTrialCount: {failed} counts failures in a row here, not in total")
    return found


def _settings(parameters: object) -> Iterator[Setting]:
    for number, each in enumerate(parameters if isinstance(parameters, list) else ()):
        one = mapping(each)
        name = str(one.get("name") or f"parameter_{number + 1}")
        try:
            found, note = _ranged(str(one.get("parameterType")), mapping(one.get("feasibleSpace")))
        except (ValueError, KeyError) as wrong:
            said = f"has no {wrong}" if isinstance(wrong, KeyError) else str(wrong)
            yield Setting(name=name, node=None, note=said)
        else:
            yield Setting(name=name, node=found, note=note)


def _ranged(kind: str, space: Body) -> Ranged:
    if kind == "categorical":
        return ranges.choice([_text(each) for each in _list(space)])
    if kind == "discrete":
        values = [word_of(str(each)) for each in _list(space)]
        return ranges.choice(values)
    if kind not in ("int", "double"):
        raise ValueError(f"the type {kind} is not known")
    ends, whole_ones = (_number(space["min"]), _number(space["max"])), kind == "int"
    word = str(space.get("distribution", "uniform")).lower()
    log, step = word in LOGS, space.get("step")
    note = f"was {space['distribution']}: its range" if word.endswith("normal") else ""
    if step is None or log:
        more = "" if step is None else f"the step {step} is left out, a log scale has none"
        said = "; ".join(filter(None, (note, more)))
        return range_node(*ends, whole=whole_ones, log=log), said
    return range_node(*ends, whole=whole_ones, step=_number(step)), note


def _list(space: Body) -> list[object]:
    found = space["list"]
    if not isinstance(found, list):
        raise ValueError("its list is none")  # noqa: TRY004  one kind of error
    return found


def _text(value: object) -> object:
    return {True: "true", False: "false"}[value] if isinstance(value, bool) else value


def _number(found: object) -> float | int:
    number = number_of(found)
    text = str(found).strip()
    return int(text) if re.fullmatch(r"[+-]?\d{1,18}", text) else number


def _container(template: Body, notes: list[str]) -> Body:
    """Find the container that trains, in whatever kind of job it stands."""
    found = list(_containers(template.get("trialSpec"), 0))
    primary = template.get("primaryContainerName")
    chosen = next((each for each in found if each.get("name") == primary), None)
    chosen = chosen or (found[0] if found else {})
    if chosen.get("image"):
        notes.append(f"image: {chosen['image']} is left out, the command runs on this machine")
    if template.get("configMap"):
        notes.append("trialTemplate.configMap is not read; write the command")
    return chosen


def _containers(node: object, depth: int) -> Iterator[Body]:
    if depth > LEVEL:
        return
    for key, each in mapping(node).items():
        if key == "containers" and isinstance(each, list):
            yield from (one for one in each if isinstance(one, Mapping))
        else:
            yield from _containers(each, depth + 1)


def _command(container: Body, template: Body, notes: list[str]) -> str:
    references = {}
    listed = template.get("trialParameters")
    for each in listed if isinstance(listed, list) else ():
        one = mapping(each)
        references[str(one.get("name"))] = str(one.get("reference"))
    words = []
    for part in (container.get("command"), container.get("args")):
        listed = part if isinstance(part, Sequence) and not isinstance(part, str) else [part]
        words += [_word(str(word), references, notes) for word in listed if word is not None]
    return " ".join(words)


def _word(word: str, references: Mapping[str, str], notes: list[str]) -> str:
    pieces = HOLE.split(word)  # texts and names in turn
    text = ""
    for place, piece in enumerate(pieces):
        if place % 2 == 0:
            text += plain(piece) if piece else ""
        elif piece in references and not references[piece].startswith("${"):
            text += "{" + references[piece] + "}"
        else:
            notes.append(f"command: ${{trialParameters.{piece}}} is left as it is, CHECK it")
            text += plain("${trialParameters." + piece + "}")
    return text or "''"


def _environment(container: Body, notes: list[str]) -> Node:
    listed = container.get("env")
    entries = [mapping(each) for each in listed] if isinstance(listed, list) else []
    pairs = [(str(each.get("name")), each.get("value")) for each in entries]
    values = environment(pairs, notes)
    if container.get("workingDir"):
        notes.append(f"workingDir: {container['workingDir']} is left out; see runner.cwd")
    return {"env": values} if values else {}


def _resources(spec: Body, container: Body) -> Node:
    found: dict[str, object] = {}
    if (jobs := whole(spec.get("parallelTrialCount"))) is not None:
        found["parallel"] = jobs
    limits = mapping(mapping(container.get("resources")).get("limits"))
    gpus = whole(limits.get("nvidia.com/gpu"))
    return {**found, "gpus": "auto", "gpus_per_trial": gpus} if gpus else found
