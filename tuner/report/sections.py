"""The parts of the board: what is to be seen, and each part of it as lines for a width.

Nothing here knows a terminal, a file or a clock.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice

from tuner.report import numbers
from tuner.report.limits import unkept
from tuner.report.prospects import prospects
from tuner.report.screen import Line, width_of
from tuner.report.standing import AT_WORK, called, counted, going_again
from tuner.report.tally import Budget, Tally, budgets, cost
from tuner.study import History, Pulse, Trial, TrialState

LABEL, BAR, SPARKS = 11, 30, 60
BESIDE_BAR = 50  # columns of a budget's other words
BESIDE_SPARKS = 24  # and of the values at the ends of the curve
AGAIN, PROSPECTS = 3, 3  # trials shown that wait for another attempt; that a gain is expected of
WIDEST_SAID = 48  # columns of what a running job reported
LEAST_SHARE = 0.0005  # what is not 0.0%
ENDING = ("draining", "terminating")  # nothing new is started: the budget is not used up
STYLES = {
    "running": "cyan",
    "suggested": "blue",
    "completed": "green",
    "stopped": "yellow",
    "failed": "red",
    "finished": "bold green",
    "waiting": "blue",
    "left open": "yellow",
    "asked": "blue",
}


@dataclass(kw_only=True)
class View:
    """What is to be seen.

    Attributes:
        title, state, detail: how the study is called, how it stands, and a few words on that.
        elapsed: seconds that each running trial has run, by id.
        session_s: seconds on the clock of a live study.
        warnings: damage of the ledger and the like.
        said: the last line that a failed trial wrote, by id, where its message does not tell it.
    """

    history: History
    tally: Tally
    title: str
    state: str
    detail: str = ""
    pulse: Pulse | None = None
    elapsed: Mapping[int, float] = field(default_factory=dict)
    session_s: float = 0.0
    warnings: tuple[str, ...] = ()
    said: Mapping[int, str] = field(default_factory=dict)


def row(label: str, *parts: Line | str) -> Line:
    """Begin a line with its label."""
    line = Line(f" {label:<{LABEL}}", "dim")
    for part in parts:
        line.add(part)
    return line


def head(view: View, width: int) -> Iterable[Line]:
    """Name the study and say how it stands."""
    metric = view.tally.metric
    left = Line(" " + numbers.clean(view.title), "bold")
    left.add(f"  {metric.goal} {numbers.clean(metric.name)}")
    right = Line(view.state, STYLES.get(view.state, "bold"))
    if view.detail:
        right.add(f"  {numbers.clean(view.detail)}", "dim")
    gap = width - left.width - right.width - 1
    yield left.add(" " * max(2, gap)).add(right)


def used(view: View, width: int) -> Iterable[Line]:
    """Measure every budget, with what remains of it."""
    for budget in budgets(view.history, view.tally, view.session_s):
        yield row(budget.name, _budget(budget, width, ending=view.state in ENDING))
        if budget.name == "trials" and view.tally.elsewhere:
            words = f"and {view.tally.elsewhere:,} measured elsewhere, which use up no budget"
            yield row("", Line(words, "dim"))
    price = cost(view.history, view.tally)
    if price is not None:
        yield row("cost", f"{price[0]:.2f} {numbers.clean(price[1])}")


def _budget(budget: Budget, width: int, *, ending: bool) -> Line:
    show = numbers.seconds if budget.name == "wall" else _rough
    if not budget.total:
        return Line(show(budget.done))
    share = min(1.0, budget.done / budget.total)
    line = Line()
    bar = min((width - BESIDE_BAR) // 2 + BAR // 2, 2 * BAR)
    if bar >= BAR // 3:
        full = round(share * bar)
        line.add("━" * full, "green" if share < 1 else "bold green")
        line.add("╌" * (bar - full), "bright_black").add("  ")
    line.add(f"{show(budget.done)}/{show(budget.total)}")
    line.add(f"  {share:.0%}", "dim")
    if budget.remaining_s and share < 1 and not ending:
        about = "" if budget.name == "wall" else "about "
        line.add(f"  {about}{numbers.seconds(budget.remaining_s)} left", "dim")
    return line


def _rough(value: float) -> str:
    return numbers.number(value, 3)


def best(view: View, width: int) -> Iterable[Line]:
    """Show the best trial, and how the best value came about."""
    found, tally = view.tally.best, view.tally
    if found is None:
        yield row("best", Line(unkept(view.history) or "nothing completed yet", "dim"))
        return
    line = Line(numbers.number(found.value, 6), "bold green")
    if found.error is not None:
        line.add(f" ± {numbers.number(found.error, 2)}")
    if found.repeats > 1:
        line.add(f" ({found.repeats} runs)", "dim")
    elif found.error is not None:
        line.add(" as measured", "dim")
    line.add(f"  trial {found.trial.id}")
    target = (view.history.config or {}).get("stop", {}).get("target")
    if target is not None:
        line.add(f"  target {numbers.number(target)}", "dim")
    yield row("best", line)
    if len(tally.curve) > 1:
        places = min(SPARKS, max(0, width - LABEL - 2 - BESIDE_SPARKS))
        first, last = numbers.number(tally.curve[0]), numbers.number(tally.curve[-1])
        drawn = Line(numbers.sparkline(tally.curve, places), "green")
        yield row("", drawn.add(f"  {first} → {last}", "dim"))
    for words in _wrapped(found.trial, width - LABEL - 2):
        yield row("", words)


def _wrapped(trial: Trial, width: int) -> list[str]:
    lines = [""]
    for name, value in trial.params.items():
        words = numbers.point({name: value})
        if lines[-1] and width_of(lines[-1]) + 2 + width_of(words) > width:
            lines.append("")
        lines[-1] += f"  {words}" if lines[-1] else words
    return lines


def counts(view: View) -> Iterable[Line]:
    """Count trials by state, and say where the time of the places for jobs goes."""
    states = view.tally.states
    line = Line()
    for name, count in counted(view.history, states, at_work=view.state in AT_WORK).items():
        line.add(f"{count} {name}  ", STYLES[name])
    yield row("trials", line if line.plain else Line("none", "dim"))
    pulse = view.pulse
    if pulse is None or not (pulse.slots or pulse.offered_s):
        return
    line = Line()
    if view.state in AT_WORK:
        line.add(f"{pulse.busy} of {pulse.slots} busy")
    elif pulse.slots:
        line.add(f"{pulse.slots}")
    if pulse.offered_s > 0:
        busy, proposing, starting = (
            min(1.0, part / pulse.offered_s)
            for part in (pulse.busy_s, pulse.proposing_s, pulse.starting_s)
        )
        line.add(f"{'; ' if line.plain else ''}used {busy:.1%}", "dim")
        line.add(f", proposing {proposing:.1%}, start-up {starting:.1%}", "dim")
        rest = 1.0 - busy - proposing - starting
        line.add(f", other {rest:.1%}" if rest >= LEAST_SHARE else "", "dim")
    yield row("slots", line)
    if pulse.offered_s > 0 and view.state not in AT_WORK:
        yield row("", Line("of the time in which there was work for them", "dim"))


def model(view: View) -> Iterable[Line]:
    """Say what the model expects of the trials under way: gains over the best, in its units."""
    found = view.tally.best
    expected = prospects(view.history, view.tally.metric, found.value if found else None)
    for place, each in enumerate(expected[:PROSPECTS]):
        line = Line(f"{each.trial:>4}  ")
        line.add(f"{numbers.number(each.mean, 4)} ± {numbers.number(each.sd, 2)}")
        if each.gain is not None and each.chance is not None:
            line.add(f"  gain {numbers.number(each.gain, 2)}", "green")
            line.add(f"  beats the best: {each.chance:.0%}", "dim")
        yield row("" if place else "expected", line)
    if not expected and view.history.open:
        methods = sorted({trial.method for trial in view.history.open})
        words = f"no prediction yet: what is next comes from {', '.join(methods)}"
        yield row("expected", Line(numbers.clean(words), "dim"))


def running(view: View) -> Iterable[Line]:
    """Show what runs: how long, on what, and what it reported last."""
    at_work, before = view.state in AT_WORK, ""
    trials = sorted(view.history.running, key=lambda trial: trial.asked)
    said = _padded([_reported(trial) for trial in trials])
    where = _padded([_where(trial) for trial in trials])
    for place, trial in enumerate(trials):
        line = Line(f"{trial.id:>4}  {numbers.seconds(view.elapsed.get(trial.id)):>7}  ", "cyan")
        line.add(said[place]).add(where[place], "magenta")
        if trial.attempt > 1:
            line.add(f"attempt {trial.attempt}  ", "yellow")
        line.add(numbers.point(trial.params), "dim")
        label = called(trial, at_work=at_work)
        yield row("" if label == before else label, line)
        before = label


def _reported(trial: Trial) -> str:
    if not trial.reports:
        return ""
    step, metrics = trial.reports[-1]
    said = "  ".join(f"{numbers.clean(k)} {numbers.number(v)}" for k, v in metrics.items())
    return said + (f" at {numbers.number(step)}" if step is not None else "")


def _where(trial: Trial) -> str:
    if trial.start is None or not trial.start.devices:
        return ""
    return f"gpu {numbers.clean(','.join(trial.start.devices))}"


def _padded(words: Sequence[str]) -> list[str]:
    """Make a column of words, two columns wider than the longest; nothing of nothing."""
    longest = min(WIDEST_SAID, max(map(width_of, words), default=0))
    return [each + " " * (longest - width_of(each) + 2) if longest else "" for each in words]


def again(view: View) -> Iterable[Line]:
    """Show trials whose last attempt gave nothing and that will have another, the latest first."""
    waiting = going_again(view.history)
    shown = len(waiting) if len(waiting) == AGAIN + 1 else AGAIN
    for place, trial in enumerate(islice(reversed(waiting), shown)):
        finish = trial.finish
        if finish is not None:
            kind = numbers.clean(finish.failure or finish.state)
            line = Line(f"{trial.id:>4}  after {kind}", "yellow")
            line.add(f"  {numbers.clean(finish.message or '')}", "dim")
            yield row("" if place else "goes again", line)
    if len(waiting) > shown:
        yield more(len(waiting) - shown)


def more(count: int) -> Line:
    """Say how many rows of a list are not shown."""
    return row("", Line(f"   … and {count:,} more", "dim"))


def recent(view: View, rows: int = 5) -> Iterable[Line]:
    """Show the trials that ended last, the latest first."""
    shown = [view.history.trials[number] for number in reversed(view.tally.recent[-rows:])]
    results = [_result(trial, view.tally.metric.name) for trial in shown]
    widest = max((width_of(words) for words in results), default=0)
    for place, (trial, words) in enumerate(zip(shown, results, strict=True)):
        line = Line(f"{trial.id:>4}  {numbers.seconds(trial.wall_s):>7}  ")
        line.add(f"{trial.state.value:<9}  ", STYLES[trial.state])
        line.add(words, "red" if trial.state == TrialState.FAILED else "")
        line.add(" " * (widest - width_of(words) + 2))
        line.add(numbers.point(trial.params), "dim")
        yield row("" if place else "last", line)


def _result(trial: Trial, metric: str) -> str:
    if trial.state == TrialState.FAILED and trial.finish is not None:
        return numbers.clean(trial.finish.failure or trial.finish.state)
    return numbers.number(trial.metrics[metric]) if metric in trial.metrics else "-"


def failures(view: View) -> Iterable[Line]:
    """Count failures by class, with the last one's message and the last line that it wrote."""
    found = view.tally.failures
    longest = max(map(len, found), default=0)
    for place, (name, failed) in enumerate(reversed(found.items())):
        line = Line(f"{failed.times:>4}  {numbers.clean(name):<{longest}}", "red")
        line.add(f"  trial {failed.trial}: {numbers.clean(failed.message)}", "dim")
        said = view.said.get(failed.trial)
        if said:
            line.add(f"{'; ' if failed.message else ''}its last line: {numbers.clean(said)}", "dim")
        yield row("" if place else "failures", line)


def warnings(view: View) -> Iterable[Line]:
    """Tell what is not as it should be."""
    for words in view.warnings:
        yield row("warning", Line(numbers.clean(words), "yellow"))


def message(view: View) -> Iterable[Line]:
    """Tell what a person should know now."""
    if view.pulse is not None and view.pulse.message:
        yield Line(f" {numbers.clean(view.pulse.message)}", "bold yellow")
