"""`tuner check`: validate a configuration, show what was understood, and try it once if asked to."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from tuner.cli import terminal
from tuner.cli.older import Older, older_of
from tuner.errors import FAILED

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tuner.assemble import SmokeResult
    from tuner.config import StudyConfig
    from tuner.study import Remembered

BELIEF_SHOWN_AT = 20  # trials, for an example of how much beliefs weigh
LINES = 12  # of what a failed trial wrote


def check(
    config: Annotated[Path, typer.Argument(help="The configuration.")],
    overrides: Annotated[
        list[str] | None,
        typer.Option("--set", metavar="KEY=VALUE", help="Override a key, as in stop.trials=20."),
    ] = None,
    older: Older = None,
    smoke: Annotated[
        bool, typer.Option("--smoke", help="Run one trial outside of any study.")
    ] = False,
    style: Annotated[Literal["table", "json"], typer.Option("--format", help="How to print.")] = (
        "table"
    ),
) -> None:
    """Validate a configuration and start nothing.

    Every mistake is a line with its place, and the exit code is 2; so it is when an older study to
    learn from, or the program, the script or the module that the jobs would run is not there. Of a
    study that exists it says what `tuner run` would: what changed, and what becomes of old trials. With
    --smoke one trial runs in a temporary folder, at the defaults or in the middle of the ranges; what was
    read from it is shown, branches that it did not try are named, and the exit code is 3 if it failed.

    Example:
        tuner check config.yaml --smoke
        tuner check config.yaml --warm-start runs/older
    """
    from tuner.assemble import check_search, check_there, example, foreseen
    from tuner.config import load_config
    from tuner.sinks.make import check_sinks

    study = load_config(config, overrides or [])
    point, argv = example(study)
    check_there(study)
    check_search(study)
    check_sinks(study.sinks)
    changes, old, learnt = foreseen(study, older_of(study, older or []))
    if style != "json":
        _show(_sections(study, dict(point)) | _lessons(learnt) | _beliefs(study), argv)
        changed = [f"changed: {line}" for line in changes]
        terminal.say_all([*(f"notice: {notice}" for notice in study.notices), *changed, *old])
    tried = _try(study) if smoke else None
    if style == "json":
        record = _record(study, dict(point), list(argv), learnt, tried)
        terminal.emit_json({**record, "changed": list(changes), "old_trials": list(old)})
    elif tried is not None:
        _show({"one trial": _tried(study, tried)}, tried.argv)
        _show_output(tried)
    if tried is not None and tried.outcome.state != "completed":
        raise typer.Exit(tried.exit_code or FAILED)


def _try(study: "StudyConfig") -> "SmokeResult":
    """Run one trial, and say so before: it may take long."""
    from tuner.assemble import smoke
    from tuner.report import numbers

    timeout_s = getattr(study.runner, "timeout_s", None)
    most = f" of at most {numbers.seconds(timeout_s)}" if timeout_s else ""
    sys.stdout.flush()  # else it would come last where both streams go to one file
    terminal.say(f"{study.name} is valid; running one trial{most}, Ctrl-C ends it …")
    tried = smoke(study)
    if tried.exit_code is not None and tried.outcome.state == "interrupted":
        took = numbers.seconds(tried.outcome.wall_s)
        terminal.say(f"interrupted after {took}: the trial and all it started were ended")
    return tried


def _show(sections: dict[str, dict[str, str]], argv: "Sequence[str]") -> None:
    from tuner.report.biography import command_line
    from tuner.report.screen import screen_width
    from tuner.report.tables import facts

    terminal.show(facts(sections, screen_width()))
    if argv:
        terminal.echo(f"\ncommand\n{command_line(argv)}\n")  # never wrapped


def _sections(study: "StudyConfig", point: dict[str, Any]) -> dict[str, dict[str, str]]:
    from tuner.report import numbers

    size, source = study.space.size(), study.metric.source
    seen = " ".join(word for word in (source.kind, source.where) if word)
    facts = {
        "folder": str(study.dir),
        "metric": f"{study.metric.name}, {study.metric.goal}, {study.metric.reduce} from {seen}",
        "constraints": ", ".join(map(str, study.constraints)),
        "require": ", ".join(study.space.require),
        "points": "more than can be counted" if size is None else f"{size:,}",
        "search": _searched(study),
        "runner": study.runner.type,
        "resources": _flat(study.plain.get("resources")),
        "sinks": ", ".join(sink.type for sink in study.sinks),
        "stop": _flat(study.plain.get("stop")) or "when it is stopped",
        "enqueued": str(len(study.warm_start.enqueue) or ""),
    }
    nodes = _mapping(study.plain["parameters"])
    return {
        f"{study.name} is valid": {name: said for name, said in facts.items() if said},
        "parameters": {name: _flat(node) for name, node in nodes.items()},
        "for example": {name: numbers.text(value) for name, value in point.items()},
    }


def _lessons(learnt: "Sequence[Remembered]") -> dict[str, dict[str, str]]:
    """Show what each older study will teach, and how what is not as it was is translated."""
    from tuner.report import numbers
    from tuner.report.memories import nothing_of, translated

    said: dict[str, str] = {}
    for memory in learnt:
        left = f", left out: {'; '.join(memory.left_out)}" if memory.left_out else ""
        used = f"{len(memory.points):,} of its trials used"
        decided = "".join(f"; {note}" for note in memory.notes)
        called = numbers.clean(memory.memory)
        nothing = nothing_of(memory)
        if nothing:
            said[called] = numbers.clean(f"{memory.mode}, {nothing}")
            continue
        said[called] = numbers.clean(f"{memory.mode}, {used}{left}{decided}")
        for name, how in translated(memory).items():
            said[f"{called}: {numbers.clean(name)}"] = numbers.clean(how)
    return {"learns from": said} if said else {}


def _beliefs(study: "StudyConfig") -> dict[str, dict[str, str]]:
    """Show where the best values are believed to be, and how much that weighs."""
    from tuner.report.memories import believed, strength

    start = _mapping(study.plain.get("warm_start"))
    said = {f"best {name}": how for name, how in believed(_mapping(start.get("prior"))).items()}
    return {"believes": {**said, "strength": strength(BELIEF_SHOWN_AT)}} if said else {}


def _searched(study: "StudyConfig") -> str:
    """Name the method and what else of the search was chosen."""
    names = ("method", "surrogate", "acquisition", "sampler")
    asked = {name: getattr(study.search, name) for name in names}
    chosen = {name: getattr(part, "target", part) for name, part in asked.items()}
    more = [f"{name} {chosen[name]}" for name in names[1:] if chosen[name] not in ("auto", None)]
    return ", ".join([str(chosen["method"]), *more])


def _tried(study: "StudyConfig", tried: "SmokeResult") -> dict[str, str]:
    from tuner.report import numbers

    outcome, name = tried.outcome, study.metric.name
    done = outcome.state == "completed"
    facts = {
        "ended": f"{outcome.state}: {outcome.failure}" if outcome.failure else outcome.state,
        "took": numbers.seconds(outcome.wall_s),
        name: numbers.number(outcome.metrics.get(name)),
        **{key: numbers.number(value) for key, value in outcome.metrics.items() if key != name},
        "message": outcome.message or "",
        "folder": "" if done or tried.exit_code is not None else str(tried.folder),
        "branch": numbers.point(tried.branches),
        "not tried": _untried(tried),
    }
    return {key: said for key, said in facts.items() if said}


def _untried(tried: "SmokeResult") -> str:
    """Name the branches that the trial says nothing about, and how one of them is tried."""
    from tuner.report import numbers

    others = [{name: value} for name, values in tried.untried.items() for value in values]
    if not others:
        return ""
    shown = ", ".join(map(numbers.point, others[:LINES])) + (", …" if len(others) > LINES else "")
    [(name, value)] = others[0].items()
    return f"{shown}; each needs a trial of its own, as `default: {numbers.text(value)}` of {name} gives"


def _show_output(tried: "SmokeResult") -> None:
    """Show the end of what a trial wrote that did not complete: it mostly says what is wrong."""
    from tuner.report import numbers

    said = tried.stderr_tail or tried.stdout_tail
    if tried.outcome.state != "completed" and said:
        terminal.echo("it wrote:")
        for line in said.splitlines()[-LINES:]:
            terminal.echo(f"  {numbers.clean(line)}")


def _record(
    study: "StudyConfig",
    point: dict[str, Any],
    argv: list[str],
    learnt: "Sequence[Remembered]",
    tried: "SmokeResult | None",
) -> dict[str, Any]:
    record = {
        "valid": True,
        "name": study.name,
        "points": study.space.size(),
        "notices": list(study.notices),
        "example": {"point": point, "argv": argv},
        "learns_from": [
            {
                "name": memory.memory,
                "source": memory.source,
                "mode": memory.mode,
                "used": len(memory.points),
                "left_out": list(memory.left_out),
                "notes": list(memory.notes),
                "parameters": dict(memory.parameters),
            }
            for memory in learnt
        ],
        "config": dict(study.plain),
    }
    if tried is not None:
        outcome = tried.outcome
        record["smoke"] = {
            "state": outcome.state,
            "failure": outcome.failure,
            "metrics": dict(outcome.metrics),
            "wall_s": outcome.wall_s,
            "exit_code": outcome.exit_code,
            "message": outcome.message,
            "argv": list(tried.argv),
            "point": dict(tried.point),
            "folder": str(tried.folder) if outcome.state == "failed" else None,
            "branches": dict(tried.branches),
            "untried": {name: list(values) for name, values in tried.untried.items()},
        }
    return record


def _mapping(node: object) -> dict[str, Any]:
    return dict(node) if isinstance(node, dict) else {}


def _flat(node: object) -> str:
    """Write a small mapping as `trials 60, wall 1h00m`."""
    import json

    from tuner.report import numbers

    parts = []
    for key, value in _mapping(node).items():
        name, said = key, value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
        if key.endswith("_s"):
            name, said = key.removesuffix("_s"), numbers.seconds(value)
        elif isinstance(value, dict):
            said = f"({_flat(value)})"
        parts.append(f"{name} {said}")
    return ", ".join(parts)
