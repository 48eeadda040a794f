"""One screen about a study, as lines of text: `tuner status` and the live board draw the same.

Lines are made for a width and cut to a height; nothing here knows a terminal or a clock.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from rich.text import Text

from tuner.report import numbers
from tuner.report.tally import Budget, Tally, budgets, cost
from tuner.study import History, Pulse, Trial, TrialState

LABEL, BAR, SPARKS = 11, 30, 40
NARROW = 60  # columns below which bars are left out
STYLES = {
    "running": "cyan",
    "suggested": "blue",
    "completed": "green",
    "stopped": "yellow",
    "failed": "red",
}


@dataclass(frozen=True, slots=True, kw_only=True)
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


@dataclass(slots=True)
class Section:
    """Lines that belong together; under pressure the last ones go, down to `least`."""

    lines: list[Text]
    least: int = 0


def board(view: View, width: int, height: int | None = None) -> list[Text]:
    """Draw everything; without a height nothing is left out."""
    sections = {
        "head": Section([_head(view, width)], 1),
        "budgets": Section(list(_budgets(view, width)), 1),
        "best": Section(list(_best(view, width)), 1),
        "counts": Section(list(_counts(view)), 0),
        "running": Section(list(_running(view)), 1),
        "recent": Section(list(_recent(view)), 0),
        "failures": Section(list(_failures(view)), 0),
        "warnings": Section(
            [_row("warning", Text(numbers.clean(w), "yellow")) for w in view.warnings]
        ),
        "message": Section(list(_message(view)), 1),
    }
    if height is not None:
        _fit(sections, height)
    lines = [line for section in sections.values() for line in section.lines]
    for line in lines:
        line.no_wrap = True
        line.truncate(width, overflow="ellipsis")
    return lines[:height]


def _fit(sections: dict[str, Section], height: int) -> None:
    over = sum(len(section.lines) for section in sections.values()) - height
    for name in ("warnings", "failures", "recent", "counts", "best", "running", "budgets"):
        section = sections[name]
        cut = min(over, max(0, len(section.lines) - section.least))
        if cut > 0:
            del section.lines[len(section.lines) - cut :]
            over -= cut


def _row(label: str, *parts: Text | str) -> Text:
    line = Text(f" {label:<{LABEL}}", "dim")
    for part in parts:
        line.append_text(part if isinstance(part, Text) else Text(part))
    return line


def _head(view: View, width: int) -> Text:
    metric = view.tally.metric
    left = Text(" " + numbers.clean(view.title), "bold")
    left.append(f"  {metric.goal} {numbers.clean(metric.name)}", "default")
    right = Text(view.state, STYLES.get(view.state, "bold"))
    if view.detail:
        right.append(f"  {numbers.clean(view.detail)}", "dim")
    gap = width - left.cell_len - right.cell_len - 1
    return left.append(" " * max(2, gap)).append_text(right)


def _budgets(view: View, width: int) -> Iterable[Text]:
    for budget in budgets(view.history, view.tally, view.session_s):
        yield _row(budget.name, _budget(budget, width))
    price = cost(view.history, view.tally)
    if price is not None:
        yield _row("cost", f"{price[0]:.2f} {numbers.clean(price[1])}")


def _budget(budget: Budget, width: int) -> Text:
    show = numbers.seconds if budget.name == "wall" else _rough
    if not budget.total:
        return Text(show(budget.done))
    share = min(1.0, budget.done / budget.total)
    line = Text()
    if width >= NARROW:
        bar = min(BAR + max(0, width - 100) // 2, 2 * BAR)
        full = round(share * bar)
        line.append("━" * full, "green" if share < 1 else "bold green")
        line.append("╌" * (bar - full), "bright_black").append("  ")
    line.append(f"{show(budget.done)}/{show(budget.total)}")
    line.append(f"  {share:.0%}", "dim")
    if budget.remaining_s and share < 1:
        about = "" if budget.name == "wall" else "about "
        line.append(f"  {about}{numbers.seconds(budget.remaining_s)} left", "dim")
    return line


def _rough(value: float) -> str:
    return numbers.number(value, 3) if isinstance(value, float) else str(value)


def _best(view: View, width: int) -> Iterable[Text]:
    best, tally = view.tally.best, view.tally
    if best is None:
        yield _row("best", Text("nothing completed yet", "dim"))
        return
    line = Text(numbers.number(best.value, 6), "bold green")
    if best.error is not None:
        line.append(f" ± {numbers.number(best.error, 2)}")
    if best.repeats > 1:
        line.append(f" ({best.repeats} runs)", "dim")
    line.append(f"  trial {best.trial.id}")
    target = (view.history.config or {}).get("stop", {}).get("target")
    if target is not None:
        line.append(f"  target {numbers.number(target)}", "dim")
    yield _row("best", line)
    for words in _wrapped(best.trial, width - LABEL - 2):
        yield _row("", words)
    if len(tally.curve) > 1:
        places = min(SPARKS, max(0, width - LABEL - 2))
        yield _row("", Text(numbers.sparkline(tally.curve, places), "green"))


def _wrapped(trial: Trial, width: int) -> list[str]:
    lines = [""]
    for name, value in trial.params.items():
        words = numbers.point({name: value})
        if lines[-1] and len(lines[-1]) + 2 + len(words) > width:
            lines.append("")
        lines[-1] += f"  {words}" if lines[-1] else words
    return lines


def _counts(view: View) -> Iterable[Text]:
    states = view.tally.states
    line = Text()
    for state in TrialState:
        if states[state]:
            name = "waiting" if state == TrialState.SUGGESTED else state.value
            line.append(f"{states[state]} {name}  ", STYLES[state])
    yield _row("trials", line if line.plain else Text("none", "dim"))
    pulse = view.pulse
    if pulse is not None:
        line = Text(f"{pulse.busy} of {pulse.slots} busy")
        if pulse.offered_s > 0:
            share = min(1.0, pulse.busy_s / pulse.offered_s)
            line.append(f", {share:.1%} of the time", "dim")
            line.append(f", {pulse.proposing_s / pulse.offered_s:.1%} lost to proposing", "dim")
        yield _row("slots", line)


def _running(view: View) -> Iterable[Text]:
    for place, trial in enumerate(view.history.running):
        line = Text(f"{trial.id:>4}  {numbers.seconds(view.elapsed.get(trial.id)):>7}  ", "cyan")
        if trial.reports:
            step, metrics = trial.reports[-1]
            said = "  ".join(f"{numbers.clean(k)} {numbers.number(v)}" for k, v in metrics.items())
            line.append(said + (f" at {numbers.number(step)}  " if step is not None else "  "))
        if trial.attempt > 1:
            line.append(f"attempt {trial.attempt}  ", "yellow")
        if trial.start is not None and trial.start.devices:
            line.append(f"gpu {numbers.clean(','.join(trial.start.devices))}  ", "magenta")
        line.append(numbers.point(trial.params), "dim")
        yield _row("" if place else "running", line)


def _recent(view: View, rows: int = 5) -> Iterable[Text]:
    for place, number in enumerate(reversed(view.tally.recent[-rows:])):
        trial = view.history.trials[number]
        line = Text(f"{trial.id:>4}  {numbers.seconds(trial.wall_s):>7}  ")
        line.append(f"{trial.state.value:<9}  ", STYLES[trial.state])
        if trial.state == TrialState.FAILED and trial.finish is not None:
            kind = numbers.clean(trial.finish.failure or trial.finish.state)
            line.append(f"{kind}  ", "red")
        elif view.tally.metric.name in trial.metrics:
            line.append(numbers.number(trial.metrics[view.tally.metric.name]) + "  ")
        line.append(numbers.point(trial.params), "dim")
        yield _row("" if place else "last", line)


def _failures(view: View) -> Iterable[Text]:
    failures = view.tally.failures
    longest = max(map(len, failures), default=0)
    for place, (name, failed) in enumerate(reversed(failures.items())):
        line = Text(f"{failed.count:>4}  {numbers.clean(name):<{longest}}", "red")
        line.append(f"  trial {failed.trial}: {numbers.clean(failed.message)}", "dim")
        yield _row("" if place else "failures", line)


def _message(view: View) -> Iterable[Text]:
    if view.pulse is not None and view.pulse.message:
        yield Text(f" {numbers.clean(view.pulse.message)}", "bold yellow")
