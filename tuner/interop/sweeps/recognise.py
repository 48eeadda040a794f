"""Whose search it is, told by the content and not by the name."""

from collections.abc import Mapping
from typing import Literal

from tuner.interop.sweeps.base import Beside, Body, Sweep, mapping
from tuner.interop.sweeps.hydra import read_hydra, sweeper_of
from tuner.interop.sweeps.katib import read_katib
from tuner.interop.sweeps.names import with_legal_names
from tuner.interop.sweeps.nni import is_space, read_nni
from tuner.interop.sweeps.orion import is_hunt, marked, read_hunt, read_orion
from tuner.interop.sweeps.wandb import read_wandb

Tool = Literal["wandb", "nni", "katib", "hydra", "orion"]
SWEEPS = (
    "read are: sweeps of W&B, experiments and search spaces of NNI, Experiments of Katib, Hydra's"
    " Optuna sweeper, and Orion's command lines and files with priors"
)
NNI = {"trialCommand", "searchSpace", "searchSpaceFile", "searchSpacePath"}
OURS = {"runner", "resources", "warm_start", "require"}


def read_sweep(body: object, beside: Beside) -> Sweep | None:
    """Read the search in a file, None where it holds none.

    Args:
        body: of the file, in plain values.
        beside: reads a file that the file names.
    """
    found = _read(body, beside)
    return None if found is None else with_legal_names(found)


def read_words(text: str) -> Sweep | None:
    """Read the command `orion hunt` in a script of a shell, None where there is none.

    Raises:
        ValueError: its quotes are not closed.
    """
    return with_legal_names(read_hunt(text)) if is_hunt(text) else None


def _read(body: object, beside: Beside) -> Sweep | None:
    match _tool(body):
        case "katib":
            return read_katib(mapping(body))
        case "nni":
            return read_nni(mapping(body), beside)
        case "hydra":
            return read_hydra(mapping(body))
        case "orion":
            return read_orion(mapping(body))
        case "wandb":
            return read_wandb(mapping(body))
        case None:
            return None


def _tool(body: object) -> Tool | None:
    if not isinstance(body, Mapping):
        return None
    if body.get("kind") == "Experiment" and "kubeflow" in str(body.get("apiVersion")):
        return "katib"
    if NNI & body.keys() or is_space(body):
        return "nni"
    if sweeper_of(body):
        return "hydra"
    if _is_orion(body):
        return "orion"
    sweep = {"method", "program", "metric", "command"} & body.keys()
    return "wandb" if "parameters" in body and sweep and not OURS & body.keys() else None


def _is_orion(body: Body) -> bool:
    asked = mapping(body.get("experiment")) or body
    calls = mapping(asked.get("space") or asked.get("priors"))
    spoken = bool(calls) and all(isinstance(text, str) and "(" in text for text in calls.values())
    words = asked.get("user_args")
    hunted = isinstance(words, list) and any("~" in str(word) for word in words)
    return spoken or hunted or any(marked(body))
