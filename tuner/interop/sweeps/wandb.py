"""The sweep configuration of Weights & Biases.

https://docs.wandb.ai/models/sweeps/sweep-config-keys: `log_uniform`, `inv_log_uniform` and their
quantised forms take exponents of e, those with `_values` take values.
"""

import re
import shlex
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

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
from tuner.interop.values import number_of

READ = (
    *("program", "method", "metric", "parameters", "command", "early_terminate", "run_cap", "name"),
    *("project", "entity", "description"),
)
METHODS = {"bayes": "bayes", "random": "random", "grid": "grid"}
MACROS = {
    "env": "/usr/bin/env",
    "interpreter": "python",
    "args": "{args}",
    "args_no_boolean_flags": "{args}",
    "args_no_hyphens": "{args.hydra}",
    "args_json": "{args.json}",
    "args_json_file": "{args.json_file}",
}
SET = re.compile(r"[A-Za-z_][A-Za-z0-9_]*=[\w./:-]*")  # a variable, as `env` sets it
MACRO = re.compile(r"\$\{([^}]*)\}")
DEFAULT = ("${env}", "${interpreter}", "${program}", "${args}")
DEEPEST = 8
PRINTED = "CHECK: wandb.log prints nothing that is read here; print `{name}: 0.1`"


def read_wandb(body: Body) -> Sweep:
    """Read a sweep. What cannot be read is noted; nothing is raised."""
    notes = unknown(body, READ)
    metric = mapping(body.get("metric"))
    name = str(metric["name"]) if "name" in metric else None
    method = str(body.get("method", "bayes"))
    if method not in METHODS:
        notes.append(f"method: {method} has no counterpart, the search is bayes")
    if body.get("early_terminate"):
        kind = mapping(body["early_terminate"]).get("type", "hyperband")
        notes.append(f"early_terminate: {kind} is left out, every trial runs to its end")
    for key in ("project", "entity", "description"):
        if body.get(key):
            notes.append(f"{key}: left out, it was {body[key]}")
    stop: dict[str, object] = {}
    if (cap := whole(body.get("run_cap"))) is not None:
        stop["trials"] = cap
    if isinstance(metric.get("target"), int | float):
        stop["target"] = metric["target"]
    runner = _runner(body)
    command = _command(body, runner, notes)
    return Sweep(
        tool="W&B",
        settings=tuple(_settings(mapping(body.get("parameters")), "", 0)),
        name=str(body["name"]) if body.get("name") else None,
        metric=name,
        goal="maximize" if metric.get("goal") == "maximize" else "minimize",
        metric_note=PRINTED.format(name=name or "loss"),
        command=command,
        runner=runner,
        search={"method": METHODS.get(method, "bayes")},
        stop=stop,
        notes=tuple(notes),
    )


def _settings(parameters: Body, prefix: str, depth: int) -> Iterator[Setting]:
    for key, node in parameters.items():
        name = f"{prefix}{key}"
        if isinstance(node, Mapping) and "parameters" in node and depth < DEEPEST:
            yield from _settings(mapping(node["parameters"]), f"{name}.", depth + 1)
            continue
        try:
            if not isinstance(node, Mapping):
                raise ValueError("is no mapping")  # noqa: TRY004, TRY301  one kind of error
            found, note = _ranged(node)
        except (ValueError, KeyError) as wrong:
            said = f"has no {wrong}" if isinstance(wrong, KeyError) else str(wrong)
            yield Setting(name=name, node=None, note=said)
            continue
        nested = f"W&B gave it inside of {prefix[:-1]}" if prefix else ""
        yield Setting(name=name, node=found, note="; ".join(filter(None, (note, nested))))


def _distribution(node: Mapping[str, Any]) -> str:
    """Name the distribution of a parameter that names none, as W&B does."""
    if "distribution" in node:
        return str(node["distribution"])
    if "values" in node:
        return "categorical"
    if "value" in node:
        return "constant"
    if "mu" in node or "sigma" in node:
        return "normal"
    ends = node.get("min"), node.get("max")
    return "int_uniform" if all(type(end) is int for end in ends) else "uniform"


def _ranged(node: Mapping[str, Any]) -> Ranged:  # noqa: C901, PLR0911, PLR0912  an arm a distribution
    word, q = _distribution(node), node.get("q", 1)
    match word:
        case "constant":
            return ranges.fixed(node["value"])
        case "categorical" | "categorical_w_probabilities":
            return ranges.choice(node["values"], node.get("probabilities"))
        case "int_uniform" | "uniform":
            return range_node(node["min"], node["max"], whole=word == "int_uniform"), ""
        case "q_uniform":
            return ranges.multiples(node["min"], node["max"], q)
        case "log_uniform_values" | "inv_log_uniform_values":
            return range_node(node["min"], node["max"], whole=False, log=True), ""
        case "q_log_uniform_values":
            return ranges.multiples(node["min"], node["max"], q, log=True)
        case "log_uniform" | "q_log_uniform" | "inv_log_uniform":
            return _exponents(word, node["min"], node["max"], q)
        case "normal" | "q_normal":
            step = q if word == "q_normal" else None
            return ranges.normal(node.get("mu", 0), node.get("sigma", 1), step)
        case "log_normal" | "q_log_normal":
            step = q if word == "q_log_normal" else None
            return ranges.log_normal(node.get("mu", 0), node.get("sigma", 1), step)
        case "beta" | "q_beta":
            found, note = ranges.beta(node.get("a", 1), node.get("b", 1))
            return found, note + (f"; the step {q} is left out" if word == "q_beta" else "")
        case _:
            raise ValueError(f"the distribution {word} is not known")


def _exponents(word: str, low: object, high: object, q: object) -> Ranged:
    ends = ranges.powers(low, high)
    note = f"{word} takes exponents of e, these are values: e^{low} to e^{high}"
    if word == "q_log_uniform":
        found, more = ranges.multiples(*ends, q, log=True)
        return found, "; ".join(filter(None, (note, more)))
    if word == "inv_log_uniform":
        ends = ranges.powers(-number_of(high), -number_of(low))
        note = f"{word} takes exponents of 1/e, these are values: e^-{high} to e^-{low}"
    return range_node(*ends, whole=False, log=True), note


def _words(body: Body) -> list[str]:
    command = body.get("command")
    if isinstance(command, str):
        try:
            return shlex.split(command)
        except ValueError:
            return [command]
    if isinstance(command, Sequence):
        return [str(word) for word in command]
    return list(DEFAULT) if body.get("program") else []


def _command(body: Body, runner: dict[str, Any], notes: list[str]) -> str:
    """Write the command; the variables that are set in front of it go to the runner."""
    words = []
    for word in _words(body):
        pieces = MACRO.split(word)  # texts and names in turn
        text = ""
        for place, piece in enumerate(pieces):
            if place % 2 == 0:
                text += plain(piece) if piece else ""
            elif piece == "program":
                text += plain(str(body.get("program", "train.py")))
            elif piece in MACROS:
                text += MACROS[piece]
            else:
                notes.append(f"command: ${{{piece}}} is left as it is, CHECK what it should be")
                text += plain("${" + piece + "}")
        words.append(text)
    if words[:1] == [MACROS["env"]]:
        del words[0]  # it looked for the interpreter, or set variables
    count = next((n for n, word in enumerate(words) if not SET.fullmatch(word)), len(words))
    pairs = [(name, value) for name, _, value in (word.partition("=") for word in words[:count])]
    if variables := environment(pairs, notes):
        runner["env"] = variables
    return " ".join(words[count:])


def _runner(body: Body) -> dict[str, Any]:
    switches = any("args_no_boolean_flags" in word for word in _words(body))
    return {"flags": {"*": "present"}} if switches else {}
