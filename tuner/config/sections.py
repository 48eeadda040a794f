"""The smaller sections: names and folders, resources, search, stop, cost, confirm, ledger."""

import re
from collections.abc import Mapping
from pathlib import Path as FilePath
from typing import get_args

from tuner.acquisition.spec import Order
from tuner.config.build import build
from tuner.config.explain import Explainer, given
from tuner.config.schema import ConfirmSpec, CostSpec
from tuner.config.shorthand import copied, measure, word_for
from tuner.config.tree import BROKEN, Broken, Path
from tuner.config.units import DURATION
from tuner.ledger.spec import LedgerSpec
from tuner.runners.spec import ResourcesSpec
from tuner.samplers.spec import Method, SearchSpec, Surrogate
from tuner.stopping.spec import StopSpec

NAME = re.compile(r"[A-Za-z0-9_-][A-Za-z0-9._-]{0,63}")
LARGEST_SEED = 2**63 - 1
DEFAULT_DIR = "runs/{name}"
SAMPLERS = ("tpe", "cma_es", "cmaes", "nsgaii", "qmc")
MISPLACED = {
    "seed": "it belongs to the top level, beside search: write seed: …",
    "trials": "write stop: {trials: …}",
    "parallel": "write resources: {parallel: …}",
}
WORDS: dict[str, tuple[str, ...]] = {
    "method": get_args(Method),
    "surrogate": get_args(Surrogate),
    "acquisition": get_args(Order),
}
READ_AS = {
    "method": {"bayesian": "bayes", "gp": "bayes", "uniform": "random"},
    "device": {"gpu": "cuda"},
}


def read_version(node: object, say: Explainer) -> bool:
    """Accept version 1 of the language, the only one there is."""
    if node is BROKEN or (node == 1 and type(node) is int):
        return node is not BROKEN
    say.fault(("version",), f"must be 1, the only version of the language, got {given(node)}")
    return False


def read_name(node: object, say: Explainer) -> str | Broken:
    """Read the study's name, which becomes a folder's."""
    if node is BROKEN:
        return BROKEN
    if not isinstance(node, str) or not NAME.fullmatch(node):
        said = "must be letters, digits, '.', '_' and '-', at most 64, without a dot in front"
        quotes = "; put it in quotes" if isinstance(node, int | float) else ""
        say.fault(("name",), f"{said}, got {given(node)}{quotes}")
        return BROKEN
    return node


def fallback_name(source: FilePath | None) -> str:
    """Name a study after its file, or after the folder of a file that is called config.yaml.

    Example:
        >>> fallback_name(FilePath("configs/my sweep.yaml")), fallback_name(None)
        ('my-sweep', 'study')
        >>> fallback_name(FilePath("runs/digits/config.yaml"))
        'digits'
    """
    if source is None:
        return "study"
    stem = source.resolve().parent.name if source.stem == "config" else source.stem
    return re.sub(r"[^A-Za-z0-9._-]+", "-", stem).strip(".-")[:64] or "study"


def read_dir(node: object, name: str | Broken, say: Explainer) -> FilePath | Broken:
    """Read the study's folder, with {name} in it."""
    path: Path = ("dir",)
    if node is BROKEN:
        return BROKEN
    if not isinstance(node, str) or not node.strip():
        say.fault(path, f"must be a folder such as runs/{{name}}, got {given(node)}")
        return BROKEN
    text = node.replace("{name}", name if isinstance(name, str) else "name")
    found = re.search(r"\{[^}]*\}?|\}", text)
    if found:
        say.fault(path, f"only {{name}} can stand in a folder's name, got {given(found[0])}")
        return BROKEN
    return FilePath(text)


def read_seed(node: object, say: Explainer) -> int | Broken:
    """Read the seed of every suggestion and every trial."""
    if node is BROKEN:
        return BROKEN
    if isinstance(node, int) and not isinstance(node, bool) and 0 <= node <= LARGEST_SEED:
        return node
    say.fault(("seed",), f"must be a whole number of at least 0, got {given(node)}")
    return BROKEN


def read_resources(node: object, say: Explainer) -> ResourcesSpec | Broken:
    """Read how many jobs run at a time, and on what."""
    path: Path = ("resources",)
    long = copied(node)
    ids = long.get("gpus") if isinstance(long, Mapping) else None
    if isinstance(ids, list):  # ids of devices are words, and people write them as numbers
        long["gpus"] = [str(i) if type(i) is int and i >= 0 else i for i in ids]
    made = build(ResourcesSpec, long, path, say)
    if isinstance(made, ResourcesSpec) and made.gpus_per_trial and not made.gpus:
        share = f"is {made.gpus_per_trial:g}, but no GPUs are asked for; set gpus: auto as well"
        say.fault((*path, "gpus_per_trial"), share)
        return BROKEN
    return made


def read_search(node: object, say: Explainer) -> SearchSpec | Broken:
    """Read how points are chosen; a bare word is the method."""
    path: Path = ("search",)
    long = copied(word_for(node, "method", path, say))
    if not isinstance(long, dict):
        return build(SearchSpec, long, path, say)
    for key in MISPLACED.keys() & long.keys():
        say.fault((*path, key), f"unknown key; {MISPLACED[key]}", key=True)
        del long[key]
    for key, words in WORDS.items():
        if said := _no_part(key, long.get(key), words):
            say.fault((*path, key), said)
            long[key] = BROKEN
    method = long.get("method")
    if method in SAMPLERS:
        said = f"{method} is a sampler of Optuna; write {{method: optuna, sampler: {method}}}"
        say.fault((*path, "method"), said)
        long["method"] = BROKEN
    for key, ours in READ_AS.items():
        word = long.get(key)
        if isinstance(word, str) and word in ours:
            long[key] = ours[word]
            say.notice((*path, key), f"{word} is read as {ours[word]}")
    return build(SearchSpec, long, path, say)


def _no_part(key: str, node: object, words: tuple[str, ...]) -> str:
    """Say why a part of the search is neither a word nor a part of the user's, '' if it may be one."""
    if node == "custom":
        return "custom needs more: {type: custom, target: mymodule:Name}"
    if not isinstance(node, Mapping) or "target" in node:
        return ""
    word = next((word for word in words if word in (node.get("type"), node.get("name"))), None)
    beside = "its options stand beside it" if key == "method" else "it takes no options"
    return f"a word names what is built in: {key}: {word}; {beside}" if word else ""


def read_stop(node: object, say: Explainer) -> StopSpec | Broken:
    """Read when the study is done."""
    path: Path = ("stop",)
    long = copied(node)
    if isinstance(long, dict):
        measure(long, "wall", "wall_s", path, say, DURATION)
    return build(StopSpec, long, path, say)


def read_cost(node: object, say: Explainer) -> CostSpec | Broken | None:
    """Read what an hour of a GPU costs."""
    return None if node is None else build(CostSpec, node, ("cost",), say)


def read_confirm(node: object, say: Explainer) -> ConfirmSpec | Broken | None:
    """Read how often the winners are run again."""
    return None if node is None else build(ConfirmSpec, node, ("confirm",), say)


def read_ledger(node: object, say: Explainer) -> LedgerSpec | Broken:
    """Read where facts are written; a bare word is the format."""
    path: Path = ("ledger",)
    return build(LedgerSpec, copied(word_for(node, "format", path, say)), path, say)
