"""A file or a dictionary becomes one frozen `StudyConfig`, or all its mistakes at once.

Called by `tuner run` and `tuner check` with a file, by the Python API with a dictionary, and by
whoever reads a ledger with the normalised form it holds. Nothing is started and nothing is written.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path as FilePath
from typing import Any, cast

from tuner.config.build import build
from tuner.config.explain import Explainer, given, listed
from tuner.config.overrides import apply
from tuner.config.pytree import tree_of
from tuner.config.reader import UnreadableError, read_file, read_yaml
from tuner.config.schema import StudyConfig
from tuner.config.study import REQUIRED, read_study
from tuner.config.tree import BROKEN, Broken, Fault, Tree
from tuner.errors import ConfigError
from tuner.interop.spec import MemorySpec
from tuner.runners.spec import ManualSpec
from tuner.study import Value

PYTHON, ARGUMENT = "<config>", "<argument>"


def load_config(path: FilePath | str, overrides: Sequence[str] = ()) -> StudyConfig:
    """Read a configuration file; of a study that is new, its older ones must be there.

    The script that its jobs run is read for the options it declares, and not run.

    Args:
        path: a YAML file.
        overrides: `key=value`, as `--set` takes them; they come before validation.

    Raises:
        ConfigError: with every mistake, each as `file:line:column: path: message`.
    """
    source = FilePath(path)
    try:
        tree, faults = read_yaml(read_file(source), str(source))
    except UnreadableError as unreadable:
        tree, faults = Tree(BROKEN, unreadable.fault.place), [unreadable.fault]
    study = _study(tree, faults, overrides, source=source, looking=True)
    return replace(study, source=None) if overrides else study


def read_config(
    node: Mapping[str, Any],
    *,
    source: FilePath | None = None,
    name: str | None = None,
    overrides: Sequence[str] = (),
) -> StudyConfig:
    """Read a configuration from dictionaries: exactly the YAML's nodes, or a normalised form.

    Args:
        node: the whole configuration; without a runner, trials are asked for and told by hand.
        source: a file to name in messages.
        name: of the study, where the node gives none.
        overrides: as in `load_config`.

    Raises:
        ConfigError: with every mistake.

    Example:
        >>> study = read_config({"metric": "loss", "parameters": {"lr": "loguniform(1e-5, 0.1)"}})
        >>> study.metric.goal, study.space.parameters[0].max, study.name
        ('minimize', 0.1, 'study')
    """
    tree, faults = tree_of(node, str(source) if source else PYTHON)
    if isinstance(tree.root, dict):
        tree.root.setdefault("runner", {"type": ManualSpec.type})
        if name is not None:
            tree.root.setdefault("name", name)
    return _study(tree, faults, overrides, source=source)


def read_memory(node: Mapping[str, object]) -> MemorySpec:
    """Read an older study to learn from, as it stands in `warm_start.studies`.

    Raises:
        ConfigError: with every mistake.
    """
    return memory_of(*tree_of(node, PYTHON))


def read_value(text: str) -> Value:
    """Read one value as YAML 1.2, as somebody types it after `name=`.

    Raises:
        ConfigError: it is ambiguous between YAML versions, or no single value.

    Example:
        >>> read_value("1e-3"), read_value("adamw"), read_value("true"), read_value("null")
        (0.001, 'adamw', True, None)
    """
    tree, faults = read_yaml(text, ARGUMENT)
    if not faults and isinstance(tree.root, dict | list):
        faults = [Fault(tree.place(()), (), f"must be a single value, got {given(tree.root)}")]
    if faults:
        say = Explainer(tree)
        for fault in faults:
            say.found(fault)
        raise ConfigError(say.problems)
    return cast("Value", tree.root)


def memory_of(tree: Tree, faults: list[Fault]) -> MemorySpec:
    """Build an older study to learn from. Raises ConfigError with every mistake."""
    say = Explainer(tree)
    for fault in faults:
        say.found(fault)
    spec = build(MemorySpec, tree.root, (), say)
    if isinstance(spec, Broken) or say.problems:
        raise ConfigError(say.problems)
    return spec


def _study(
    tree: Tree,
    faults: list[Fault],
    overrides: Sequence[str],
    *,
    source: FilePath | None,
    looking: bool = False,
) -> StudyConfig:
    tree, more = apply(tree, overrides)
    say = Explainer(tree)
    for fault in (*faults, *more):
        say.found(fault)
    if not isinstance(tree.root, dict):
        if tree.root is not BROKEN:
            say.fault(
                (), f"must be a mapping with {listed(REQUIRED, 'and')}, got {given(tree.root)}"
            )
        raise ConfigError(say.problems)
    config = read_study(tree.root, say, source, looking=looking)
    if config is None:
        raise ConfigError(say.problems)
    return config
