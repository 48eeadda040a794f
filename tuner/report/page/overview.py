"""Parts of the report that are words and figures: summary, winner, failures, health, configuration."""

import json
import math

import yaml

from tuner.errors import FitError
from tuner.report import numbers
from tuner.report.biography import command_line
from tuner.report.export import plain
from tuner.report.limits import no_best
from tuner.report.memories import memories
from tuner.report.page.given import Given, Section, Table
from tuner.report.page.rows import shorter
from tuner.report.standing import AT_WORK, counted
from tuner.report.tally import Tally, budgets, cost
from tuner.study import History, Opened, Trial, TrialState
from tuner.study.foretold import z_score
from tuner.study.ranking import Ranked, origin, trace

GOALS = {"minimize": "smallest", "maximize": "largest"}
REPEATS = ("confirm", "rerun", "added")
MOST_TEXT = 20_000  # characters of a text that keeps its lines
CERTAIN = 0.999


def summary(given: Given) -> Section:
    """Say how the study stands."""
    history = given.subject.history
    tally = Tally.of(history)
    facts = [
        ("state", f"{given.state}{', ' + given.detail if given.detail else ''}"),
        ("goal", f"{history.metric.goal} {history.metric.name}"),
        *(("constraint", str(rule)) for rule in history.constraints),
        ("first opened", history.first_opened_at or "-"),
        ("last written", history.last_at or "-"),
        ("folder", given.folder),
        *(("note", note) for note in history.notes),
        *(("damaged ledger", words) for words in given.damage),
    ]
    return Section(
        key="summary",
        title="Summary",
        tiles=(
            *_best_tile(given),
            *_race_tile(given),
            _trials_tile(given, tally),
            *_budget_tiles(history, tally),
        ),
        facts=tuple((name, shorter(words)) for name, words in facts if words),
    )


def _best_tile(given: Given) -> list[tuple[str, str, str]]:
    metric = given.subject.metric
    best = given.winner
    if best is None:
        return [(f"best {shorter(metric.name, 40)}", "-", no_best(given.subject.history))]
    error = "" if best.error is None else f" ± {numbers.number(best.error, 2)}"
    steps = trace(given.subject.history)
    first = f", the first was {numbers.number(steps[0][1])}" if len(steps) > 1 else ""
    judged = "" if best.chance is None else " by the model"
    words = f"trial {best.trial.id}{judged}{first}"
    return [(f"{GOALS[metric.goal]} {shorter(metric.name, 40)}", _value(best.value) + error, words)]


def _race_tile(given: Given) -> list[tuple[str, str, str]]:
    if given.understood is None:
        return []
    race, title = given.understood.against_sobol(), "better than Sobol points"
    if race.doubt:
        return [(title, "cannot be told", race.doubt)]
    if math.isnan(race.chance):
        return []
    return [(title, _share(race.chance), "chance, by the model")]


def _share(chance: float) -> str:
    """Write a probability; no model is certain."""
    if chance > CERTAIN:
        return "> 99.9 %"
    return "< 0.1 %" if chance < 1 - CERTAIN else f"{100 * chance:.1f} %"


def _value(value: float) -> str:
    return numbers.number(value, 6)


def _trials_tile(given: Given, tally: Tally) -> tuple[str, str, str]:
    """Count the trials, of those there may be; what costs no trial is in the words alone."""
    history, at_work = given.subject.history, given.state in AT_WORK
    words = [f"{n} {name}" for name, n in counted(history, tally.states, at_work=at_work).items()]
    count = str(sum(tally.states.values()))
    for budget in budgets(history, tally):
        if budget.name == "trials" and budget.total:
            count = f"{numbers.number(budget.done)} of {numbers.number(budget.total)}"
    return ("trials", count, ", ".join(words) or "none yet")


def _budget_tiles(history: History, tally: Tally) -> list[tuple[str, str, str]]:
    tiles = []
    for budget in budgets(history, tally):
        show = numbers.seconds if budget.name == "wall" else numbers.number
        limit = f"of {show(budget.total)}" if budget.total else "no limit"
        if budget.name != "trials":
            name = "time at work" if budget.name == "wall" else budget.name
            tiles.append((name, show(budget.done), limit))
    price = cost(history, tally)
    if price is not None:
        tiles.append(("cost", f"{price[0]:.2f} {shorter(price[1], 12)}", "of the GPUs"))
    return tiles


def winner(given: Given) -> Section:
    """Name the best trial, with all that speaks for it."""
    title, best, history = "Winner", given.winner, given.subject.history
    if best is None:
        return Section(key="winner", title=title, nothing=(no_best(history),))
    trial, start = best.trial, best.trial.start
    params = tuple((shorter(n), numbers.exact(v)) for n, v in trial.params.items())
    texts = (("command", command_line(start.argv)),) if start and start.argv else ()
    return Section(
        key="winner",
        title=title,
        lead=f"Trial {trial.id}, and why it is taken for the best.",
        facts=tuple((name, shorter(words)) for name, words in _evidence(given, best)),
        tables=(
            Table(headings=("parameter", "value"), rows=params, numbers=frozenset({1})),
            *_runs(history, best),
        ),
        texts=tuple((name, shorter(words, MOST_TEXT)) for name, words in texts),
    )


def _evidence(given: Given, best: Ranked) -> list[tuple[str, str]]:
    history, trial = given.subject.history, best.trial
    name = history.metric.name
    error = "" if best.error is None else f" ± {numbers.number(best.error, 2)} (standard error)"
    runs = f", the mean of {best.repeats} runs" if best.repeats > 1 else ", measured once"
    facts = [(name, f"{_value(best.value)}{error}{runs}")]
    if best.chance is not None:
        words = f"{_share(best.chance)}, of all points tried, by the model"
        facts.append(("chance to be the best", words))
    facts += _believed(given, trial)
    if trial.suggestion.mean is not None:
        sd, miss = trial.suggestion.sd, z_score(trial, history)
        width = "" if sd is None else f" ± {numbers.number(sd, 2)}"
        away = "" if miss is None else f"; measured {miss:+.1f} standard deviations from that"
        facts.append(("foretold", f"{numbers.number(trial.suggestion.mean)}{width}{away}"))
    others = {n: v for n, v in trial.metrics.items() if n != name}
    facts += [(other, numbers.number(value)) for other, value in others.items()]
    facts.append(("proposed by", trial.method))
    facts += [("note", note) for note in trial.notes]
    return facts


def _believed(given: Given, trial: Trial) -> list[tuple[str, str]]:
    """Say what the model makes of the winner's point, noise taken away."""
    if given.understood is None:
        return []
    try:
        mean, sd = given.understood.predict([trial.params])
    except FitError:
        return []  # bounds have changed since: the point is of another space
    words = f"{_value(float(mean[0]))} ± {numbers.number(float(sd[0]), 2)} (standard deviation)"
    return [("by the model, of all trials", words)]


def _runs(history: History, best: Ranked) -> list[Table]:
    """List the runs at the winner's point, confirmations among them."""
    name = history.metric.name
    runs = [t for t in history.trials.values() if origin(history, t) == best.origin]
    if len(runs) < 2:  # noqa: PLR2004  a single run is the trial itself
        return []
    rows = tuple(
        (
            str(trial.id),
            trial.method if trial.method in REPEATS else "search",
            str(trial.suggestion.seed),
            str(trial.failure or trial.state),
            numbers.number(trial.metrics.get(name), 6),
        )
        for trial in runs
    )
    headings = ("run", "as", "seed", "state", shorter(name))
    return [Table(headings=headings, rows=rows, numbers=frozenset({0, 2, 4}))]


def failure_table(history: History) -> tuple[Table, ...]:
    """Count failures by class, with the words of the last one."""
    failures = Tally.of(history).failures
    if not failures:
        return ()
    rows = tuple(
        (kind, str(found.times), str(found.trial), shorter(found.message))
        for kind, found in sorted(failures.items(), key=lambda pair: -pair[1].times)
    )
    headings = ("class", "times", "last in trial", "its last words")
    return (Table(headings=headings, rows=rows, numbers=frozenset({1, 2})),)


def failed(history: History) -> list[Trial]:
    """Give the trials that failed."""
    return [trial for trial in history.trials.values() if trial.state == TrialState.FAILED]


def memory_table(history: History) -> tuple[Table, ...]:
    """List the older studies with what they taught and how much they weigh."""
    rows = tuple(
        (
            shorter(each.fact.memory),
            shorter(each.fact.source),
            each.fact.mode,
            str(len(each.fact.points)),
            str(each.failed),
            str(each.fact.unused),
            numbers.number(each.weight, 2),
        )
        for each in memories(history)
    )
    headings = ("study", "read from", "mode", "trials", "failed", "left out", "weight of late")
    return (Table(headings=headings, rows=rows, numbers=frozenset({3, 4, 5, 6})),)


def health(given: Given) -> Section:
    """List what was found of the study's health."""
    order = {"warning": 0, "note": 1, "good": 2}
    found = sorted(given.findings, key=lambda finding: order[finding.level])
    return Section(
        key="health",
        title="Health",
        lead="What the study says of itself, and what to do about it.",
        remarks=tuple((f.level, shorter(f"{f.about}: {f.text}"), shorter(f.todo)) for f in found),
        nothing=() if found else ("nothing was looked at",),
    )


def configuration(given: Given) -> Section:
    """Show the configuration in force, with versions and the state of the repository."""
    history = given.subject.history
    fact = history.opened.fact if history.opened else None
    opened = fact if isinstance(fact, Opened) else None
    versions = opened.versions if opened else {}
    facts = [
        ("host", opened.host if opened else ""),
        *((f"git {name}", value) for name, value in history.git.items()),
        *(((name if name != "tuner" else "tuner, when opened"), v) for name, v in versions.items()),
        ("report by", f"tuner {given.version}, {given.now:%Y-%m-%d %H:%M} UTC"),
        ("hash", history.config_hash),
    ]
    text = yaml.safe_dump(
        json.loads(json.dumps(plain(history.config or {}))), sort_keys=False, allow_unicode=True
    )
    return Section(
        key="configuration",
        title="Configuration",
        lead="As it stands in the ledger, with everything that was left out filled in.",
        facts=tuple((shorter(str(name)), shorter(str(v))) for name, v in facts if v),
        texts=(("config.yaml", text[:MOST_TEXT]),),
    )
