"""One screen about a study, as lines of text: `tuner status` and the live board draw the same.

Lines are made for a width and cut to a height; nothing here knows a terminal or a clock.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from tuner.report import numbers
from tuner.report.screen import Line
from tuner.report.tally import Budget, Tally, budgets, cost
from tuner.study import History, Pulse, Trial, TrialState

LABEL, BAR, SPARKS = 11, 30, 40
BESIDE_BAR = 50  # columns of a budget's other words
AGAIN = 3  # trials shown that wait for another attempt
AT_WORK = ("running", "draining", "terminating")
STYLES = {
    "running": "cyan",
    "suggested": "blue",
    "completed": "green",
    "stopped": "yellow",
    "failed": "red",
}


@dataclass(kw_only=True)
class View:
    """What is to be seen.

    Attributes:
        title, state, detail: how the study is called, how it stands, and a few words on that.
        elapsed: seconds that each running trial has run, by id.
        session_s: seconds on the clock of a live study.
        warnings: damage of the ledger and the like.
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


@dataclass
class Section:
    """Lines that belong together; under pressure the last ones go, down to `least`."""

    lines: list[Line]
    least: int = 0


def board(view: View, width: int, height: int | None = None) -> list[Line]:
    """Draw everything; without a height nothing is left out."""
    sections = {
        "head": Section([_head(view, width)], 1),
        "budgets": Section(list(_budgets(view, width)), 1),
        "best": Section(list(_best(view, width)), 1),
        "counts": Section(list(_counts(view)), 0),
        "running": Section(list(_running(view)), 1),
        "again": Section(list(_again(view)), 0),
        "recent": Section(list(_recent(view)), 0),
        "failures": Section(list(_failures(view)), 0),
        "warnings": Section(
            [_row("warning", Line(numbers.clean(w), "yellow")) for w in view.warnings]
        ),
        "message": Section(list(_message(view)), 1),
    }
    if height is not None:
        _fit(sections, height)
    lines = [line for section in sections.values() for line in section.lines]
    return [line.cut(width) for line in lines[:height]]


def _fit(sections: dict[str, Section], height: int) -> None:
    over = sum(len(section.lines) for section in sections.values()) - height
    for name in ("warnings", "failures", "again", "recent", "counts", "best", "running", "budgets"):
        section = sections[name]
        cut = min(over, max(0, len(section.lines) - section.least))
        if cut > 0:
            del section.lines[len(section.lines) - cut :]
            over -= cut


def _row(label: str, *parts: Line | str) -> Line:
    line = Line(f" {label:<{LABEL}}", "dim")
    for part in parts:
        line.add(part)
    return line


def _head(view: View, width: int) -> Line:
    metric = view.tally.metric
    left = Line(" " + numbers.clean(view.title), "bold")
    left.add(f"  {metric.goal} {numbers.clean(metric.name)}")
    right = Line(view.state, STYLES.get(view.state, "bold"))
    if view.detail:
        right.add(f"  {numbers.clean(view.detail)}", "dim")
    gap = width - left.width - right.width - 1
    return left.add(" " * max(2, gap)).add(right)


def _budgets(view: View, width: int) -> Iterable[Line]:
    for budget in budgets(view.history, view.tally, view.session_s):
        yield _row(budget.name, _budget(budget, width))
    price = cost(view.history, view.tally)
    if price is not None:
        yield _row("cost", f"{price[0]:.2f} {numbers.clean(price[1])}")


def _budget(budget: Budget, width: int) -> Line:
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
    if budget.remaining_s and share < 1:
        about = "" if budget.name == "wall" else "about "
        line.add(f"  {about}{numbers.seconds(budget.remaining_s)} left", "dim")
    return line


def _rough(value: float) -> str:
    return numbers.number(value, 3)


def _best(view: View, width: int) -> Iterable[Line]:
    best, tally = view.tally.best, view.tally
    if best is None:
        yield _row("best", Line("nothing completed yet", "dim"))
        return
    line = Line(numbers.number(best.value, 6), "bold green")
    if best.error is not None:
        line.add(f" ± {numbers.number(best.error, 2)}")
    if best.repeats > 1:
        line.add(f" ({best.repeats} runs)", "dim")
    elif best.error is not None:
        line.add(" as measured", "dim")
    line.add(f"  trial {best.trial.id}")
    target = (view.history.config or {}).get("stop", {}).get("target")
    if target is not None:
        line.add(f"  target {numbers.number(target)}", "dim")
    yield _row("best", line)
    for words in _wrapped(best.trial, width - LABEL - 2):
        yield _row("", words)
    if len(tally.curve) > 1:
        places = min(SPARKS, max(0, width - LABEL - 2))
        yield _row("", Line(numbers.sparkline(tally.curve, places), "green"))


def _wrapped(trial: Trial, width: int) -> list[str]:
    lines = [""]
    for name, value in trial.params.items():
        words = numbers.point({name: value})
        if lines[-1] and len(lines[-1]) + 2 + len(words) > width:
            lines.append("")
        lines[-1] += f"  {words}" if lines[-1] else words
    return lines


def _counts(view: View) -> Iterable[Line]:
    states = view.tally.states
    line = Line()
    for state in TrialState:
        if states[state]:
            name = "waiting" if state == TrialState.SUGGESTED else state.value
            line.add(f"{states[state]} {name}  ", STYLES[state])
    yield _row("trials", line if line.plain else Line("none", "dim"))
    pulse = view.pulse
    if pulse is not None:
        at_work = view.state in AT_WORK
        line = Line(f"{pulse.busy} of {pulse.slots} busy" if at_work else f"{pulse.slots}, busy")
        if pulse.offered_s > 0:
            share = min(1.0, pulse.busy_s / pulse.offered_s)
            line.add(f"{',' if at_work else ''} {share:.1%} of the time", "dim")
            line.add(f", {pulse.proposing_s / pulse.offered_s:.1%} lost to proposing", "dim")
        yield _row("slots", line)


def _running(view: View) -> Iterable[Line]:
    for place, trial in enumerate(view.history.running):
        line = Line(f"{trial.id:>4}  {numbers.seconds(view.elapsed.get(trial.id)):>7}  ", "cyan")
        if trial.reports:
            step, metrics = trial.reports[-1]
            said = "  ".join(f"{numbers.clean(k)} {numbers.number(v)}" for k, v in metrics.items())
            line.add(said + (f" at {numbers.number(step)}  " if step is not None else "  "))
        if trial.attempt > 1:
            line.add(f"attempt {trial.attempt}  ", "yellow")
        if trial.start is not None and trial.start.devices:
            line.add(f"gpu {numbers.clean(','.join(trial.start.devices))}  ", "magenta")
        line.add(numbers.point(trial.params), "dim")
        label = "running" if view.state in AT_WORK else "left open"
        yield _row("" if place else label, line)


def _again(view: View) -> Iterable[Line]:
    """Trials whose last attempt gave nothing and that will have another."""
    waiting = [trial for trial in view.history.waiting if trial.finish is not None]
    for place, trial in enumerate(waiting[-AGAIN:]):
        finish = trial.finish
        if finish is not None:
            kind = numbers.clean(finish.failure or finish.state)
            line = Line(f"{trial.id:>4}  after {kind}", "yellow")
            line.add(f"  {numbers.clean(finish.message or '')}", "dim")
            yield _row("" if place else "goes again", line)


def _recent(view: View, rows: int = 5) -> Iterable[Line]:
    for place, number in enumerate(reversed(view.tally.recent[-rows:])):
        trial = view.history.trials[number]
        line = Line(f"{trial.id:>4}  {numbers.seconds(trial.wall_s):>7}  ")
        line.add(f"{trial.state.value:<9}  ", STYLES[trial.state])
        if trial.state == TrialState.FAILED and trial.finish is not None:
            kind = numbers.clean(trial.finish.failure or trial.finish.state)
            line.add(f"{kind}  ", "red")
        elif view.tally.metric.name in trial.metrics:
            line.add(numbers.number(trial.metrics[view.tally.metric.name]) + "  ")
        line.add(numbers.point(trial.params), "dim")
        yield _row("" if place else "last", line)


def _failures(view: View) -> Iterable[Line]:
    failures = view.tally.failures
    longest = max(map(len, failures), default=0)
    for place, (name, failed) in enumerate(reversed(failures.items())):
        line = Line(f"{failed.times:>4}  {numbers.clean(name):<{longest}}", "red")
        line.add(f"  trial {failed.trial}: {numbers.clean(failed.message)}", "dim")
        yield _row("" if place else "failures", line)


def _message(view: View) -> Iterable[Line]:
    if view.pulse is not None and view.pulse.message:
        yield Line(f" {numbers.clean(view.pulse.message)}", "bold yellow")
