"""What only shows when sections are held against each other: templates, flags, sources, conditions.

Every function is asked with sections that are valid one by one, and notes mistakes or notices.
"""

import shlex
from collections.abc import Iterable, Mapping
from pathlib import Path as FilePath

from tuner.config.explain import Explainer, given, listed, nearest, suggestion
from tuner.config.tree import Path
from tuner.config.warmstart import WarmStart
from tuner.custom import Custom
from tuner.expression import compile  # noqa: A004  the contract's word
from tuner.runners.spec import (
    CommandSpec,
    ManualSpec,
    ResourcesSpec,
    RunnerSpec,
    check_template,
    given_options,
    template_names,
)
from tuner.samplers.spec import CLOSED, SearchSpec, bare
from tuner.space import Bool, Choice, Derived, Fixed, Parameter, Space
from tuner.stopping.spec import StopSpec
from tuner.study import Constraint, Metric

EVERYTHING = frozenset({"args", "args.hydra", "args.json", "args.json_file", "params_file"})
CHANNELS = ("params.json", "TUNER_PARAMS_FILE")
OPERATORS = frozenset({"|", "||", "&", "&&", "<", ">", ">>", "2>", "2>&1", "&>"})
TRIED = 1000  # points, before `require` counts as impossible
COMMAND: Path = ("runner", "command")
FEW = 3  # columns, of which hardly any can be without effect
TOLD = ("ucb", "max_value_entropy", "knowledge_gradient")  # see `acquisition/make.py`


def check_command(node: object, names: Iterable[str], say: Explainer) -> None:
    """Refuse placeholders of the command that nothing fills; asked with the runner as written."""
    long = node if isinstance(node, Mapping) else {"command": node}
    command = long.get("command")
    texts = command if isinstance(command, list) else [command]
    words = [text for text in texts if isinstance(text, str)]
    if words and len(words) == len(texts):
        template = words if isinstance(command, list) else words[0]
        for message in check_template(template, list(names), shell=long.get("shell") is True):
            say.fault(COMMAND, message)


def notice_unused(runner: RunnerSpec, space: Space, say: Explainer) -> None:
    """Name searched parameters that the command does not pass on."""
    if not isinstance(runner, CommandSpec):
        return
    used = template_names(runner.command, shell=runner.shell)
    text = runner.command if isinstance(runner.command, str) else " ".join(runner.command)
    if used & EVERYTHING or any(channel in text for channel in CHANNELS):
        return
    for parameter in space.parameters:
        if isinstance(parameter, Derived):
            used |= compile(parameter.derive).names
    unused = [p.name for p in space.searched if p.name not in used]
    if unused:
        reach = "reach" if len(unused) > 1 else "reaches"
        said = f"{listed(unused, 'and')} {reach} the job only in params.json and TUNER_PARAMS_FILE"
        say.notice(COMMAND, f"has no {{args}} and no {{{unused[0]}}}: {said}")


def notice_undeclared(runner: RunnerSpec, space: Space, say: Explainer) -> None:
    """Name parameters that are no option of the script; nothing where its text leaves that open."""
    from tuner.config.undeclared import undeclared

    if not isinstance(runner, CommandSpec) or runner.shell:
        return
    name = given_options(runner.command)
    if name is None:
        return
    script = FilePath(runner.cwd or ".") / name
    strange, options = undeclared(script, [parameter.name for parameter in space.parameters])
    for name in strange:
        meant = nearest(name, options)
        advice = f", did you mean --{meant}?" if meant else ""
        say.notice(("parameters", name), f"{script.name} declares no option --{name}{advice}")


def notice_operators(runner: RunnerSpec, say: Explainer) -> None:
    """Name what only a shell would understand, in a command that no shell reads."""
    if not isinstance(runner, CommandSpec) or runner.shell or not isinstance(runner.command, str):
        return
    try:
        words = shlex.split(runner.command)
    except ValueError:  # an open quote, said by `check_command`
        return
    found = next((w for w in words if w in OPERATORS or w.endswith(";")), None)
    if found is not None:
        say.notice(COMMAND, f"{given(found)} is passed on as it is: only `shell: true` obeys it")


def check_flags(runner: RunnerSpec, parameters: Iterable[Parameter], say: Explainer) -> None:
    """Refuse flags of parameters that do not exist, or that are never true or false."""
    known = {parameter.name: parameter for parameter in parameters}
    for name in runner.flags if isinstance(runner, CommandSpec) else ():
        path = ("runner", "flags", name)
        if name != "*" and name not in known:
            say.fault(path, f"no parameter is called so, {suggestion(name, list(known))}", key=True)
        elif name != "*" and not _is_switch(known[name]):
            say.fault(path, "only a parameter that is true or false can be a flag", key=True)


def _is_switch(parameter: Parameter) -> bool:
    match parameter:
        case Bool() | Derived():
            return True
        case Choice(values=values):
            return any(isinstance(value, bool) for value in values)
        case Fixed(value=value):
            return isinstance(value, bool)
        case _:
            return False


def check_source(metric: Metric, runner: RunnerSpec, say: Explainer) -> None:
    """Refuse to wait for the return value of a command."""
    if metric.source.kind == "return" and isinstance(runner, CommandSpec):
        said = "only a Python function returns something, and the runner is a command"
        say.fault(("metric", "source"), f"{said}; write stdout, or runner: {{type: python, …}}")


def check_constraints(constraints: Iterable[Constraint], space: Space, say: Explainer) -> None:
    """Refuse bounds on parameters among the bounds on measured outcomes."""
    names = {parameter.name for parameter in space.parameters}
    for index, constraint in enumerate(constraints):
        if constraint.metric in names:
            said = f"{constraint.metric} is a parameter, not a measured outcome"
            say.fault(("constraints", index), f"{said}; conditions on parameters go to require")


def check_require(space: Space, say: Explainer) -> None:
    """Refuse conditions that no point fulfils, as far as a thousand points can tell."""
    if not space.require or _any_fulfils(space, space.require):
        return
    alone = [i for i, text in enumerate(space.require) if not _any_fulfils(space, (text,))]
    path: Path = ("require", alone[0]) if alone else ("require",)
    what = given(space.require[alone[0]]) if alone else "all of them at once"
    say.fault(path, f"none of {TRIED:,} points spread over the space fulfils {what}")


def _any_fulfils(space: Space, require: tuple[str, ...]) -> bool:
    tried = Space(space.parameters, require)
    if not tried.violations(tried.centre()):
        return True
    import numpy as np

    from tuner.space import Encoding

    encoding = Encoding(tried)
    rng = np.random.default_rng(0)
    for count in (TRIED // 10, TRIED - TRIED // 10):  # the first few nearly always suffice
        points = encoding.from_unit(rng.random((count, encoding.width)))
        if any(not tried.violations(point) for point in points):
            return True
    return False


def notice_search(search: SearchSpec, space: Space, parallel: int | None, say: Explainer) -> None:
    """Say that a choice does not fit the space or the places: it works, and another one does better."""
    said = _why_not(search.surrogate, space)
    if said is not None:
        say.notice(("search", "surrogate"), f"{said}; use surrogate: gp")
    catalogued = isinstance(search.surrogate, str) and search.surrogate not in CLOSED
    if search.engine == "numpy" and catalogued:
        said = f"surrogate: {search.surrogate} is a model of BoTorch whatever stands here"
        say.notice(("search", "engine"), f"{said}; on numpy there are gp and saas")
    if search.acquisition in TOLD and parallel is not None and parallel > 1:
        said = f"of {parallel} at a time, those that run count as if they brought what is expected"
        say.notice(("search", "acquisition"), f"{said}; use q_log_nei to average over the rest")
    if bare(search.sampler or "") == "cmaes" and all(map(_is_category, space.searched)):
        said = "CMA-ES moves numbers and draws categories at random, and here are only those"
        say.notice(("search", "sampler"), f"{said}; use tpe")


def notice_initial(search: SearchSpec, stop: StopSpec, say: Explainer) -> None:
    """Say that a study ends before its model begins."""
    if search.initial != "auto" and stop.trials is not None and search.initial >= stop.trials:
        said = f"stop.trials is {stop.trials}, so the model never gets a turn"
        say.notice(("search", "initial"), f"{said}; take fewer, or leave it out")


def _why_not(surrogate: object, space: Space) -> str | None:
    """Say why a surrogate has nothing to be better at in a space."""
    match surrogate:
        case "hierarchical" if not any(parameter.when for parameter in space.searched):
            return "made for parameters with a `when`, and none here has one"
        case "mixed" if not any(map(_is_category, space.searched)):
            return "made for parameters that are categories, and none here is one"
        case "saas" if len(space.searched) <= FEW:
            return f"made for many parameters of which few matter, and here it is {len(space.searched)}"
        case _:
            return None


def _is_category(parameter: Parameter) -> bool:
    return isinstance(parameter, Bool | Choice)


def notice_stop(
    stop: StopSpec, runner: RunnerSpec, resources: ResourcesSpec, say: Explainer
) -> None:
    """Say that a study has no end, or one that it never reaches."""
    if isinstance(runner, ManualSpec):
        return
    if stop == StopSpec():
        say.notice(("stop",), "there is no rule; the study goes on until it is stopped")
    if stop.gpu_hours is not None and resources.gpus == 0:
        say.notice(("stop", "gpu_hours"), "has no effect without resources.gpus")


def check_memory(begun: WarmStart, search: SearchSpec, node: object, say: Explainer) -> None:
    """Refuse ways to learn that the search has no use for; asked with the section as written."""
    studies = node.get("studies") if isinstance(node, Mapping) else None
    for index, spec in enumerate(begun.studies):
        where: Path = ("warm_start", "studies", *((index,) if isinstance(studies, list) else ()))
        if reason := unfit(spec.mode, search):
            say.fault((*where, "mode"), reason)
        elif spec.mode == "auto" and (deaf := _deaf(search)):
            say.notice(where, f"{deaf} does not learn from it: its best points are tried first")
    if begun.prior and search.method != "bayes":
        said = f"only method: bayes follows a belief, and search.method is {_named(search.method)}"
        say.fault(("warm_start", "prior"), f"{said}; write warm_start: {{enqueue: […]}} instead")


def unfit(mode: str, search: SearchSpec) -> str | None:
    """Say why a search cannot use an older study in some way; None if it can."""
    if mode in ("auto", "enqueue", "none"):
        return None
    if search.method != "bayes":
        said = f"{mode!r} needs a model, and search.method is {_named(search.method)}"
        return f"{said}; write auto or enqueue, or search: {{method: bayes}}"
    if mode != "prior" and (deaf := _deaf(search)):
        return f"{mode!r} is a model of its own beside {deaf}; write auto, enqueue or prior, or leave that out"
    return None


def _deaf(search: SearchSpec) -> str:
    """Name what does not learn from older studies, '' if the search does."""
    if search.method != "bayes":
        return f"search.method {_named(search.method)}"
    known = search.surrogate in ("auto", "gp")
    return "" if known else f"search.surrogate {_named(search.surrogate)}"


def _named(part: str | Custom) -> str:
    return part.target if isinstance(part, Custom) else part
