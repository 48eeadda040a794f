"""Tables and screens for a terminal; what a person sees of a study that is read.

Foreign strings never reach the terminal with control characters.
"""

from collections.abc import Mapping, Sequence

from tuner.report import limits, numbers
from tuner.report.export import columns
from tuner.report.limits import BREAKS
from tuner.report.screen import GAP, WIDEST, Line, aligned, column_width, folded, width_of
from tuner.report.sections import STYLES
from tuner.report.standing import called
from tuner.report.winner import expected, in_words
from tuner.study import Constraint, History, Trial, TrialState, Value
from tuner.study.limits import broken
from tuner.study.ranking import Ranked, best, noisy, origin, ranked

STAR = "*"
STARRED = f"{STAR} last report of a trial that has not ended"
ABSENT = ""  # of a parameter that is not alive
VERDICTS = {"ok": "green", "note": "cyan", "warn": "yellow", "bad": "bold red"}


def trials(
    rows: Sequence[Trial], history: History, width: int, *, at_work: bool = True
) -> list[Line]:
    """Draw trials, one a row: a column a parameter where there is room, else the whole point.

    Args:
        rows: to be drawn.
        history: of the study.
        width: of the screen.
        at_work: some process works on the study.
    """
    goal, constraints = history.metric.name, history.constraints
    metrics, params = columns(rows)
    beneath = _broken(rows, constraints, width)
    table: dict[str, list[Line]] = {
        ">id": [Line(str(trial.id)) for trial in rows],
        "<state": [_state(trial, constraints, at_work=at_work) for trial in rows],
        ">" + numbers.clean(goal): [Line(_measured(trial, goal)) for trial in rows],
        ">wall": [Line(numbers.seconds(trial.wall_s or None)) for trial in rows],
    }
    wide = {
        ">" + numbers.clean(name): [Line(_measured(trial, name)) for trial in rows]
        for name in metrics
        if name != goal
    }
    for name in params:
        values = [trial.params.get(name, ABSENT) for trial in rows]
        side = "<" if any(isinstance(value, str) and value for value in values) else ">"
        wide[side + numbers.clean(name)] = [Line(numbers.text(value)) for value in values]
    both = {**table, **wide}
    if sum(column_width(name, cells) + GAP for name, cells in both.items()) - GAP <= width:
        return aligned(both, width) + _starred(rows, [goal, *metrics], width) + beneath
    table["<parameters"] = [Line(numbers.point(trial.params)) for trial in rows]
    return aligned(table, width) + _starred(rows, [goal], width) + beneath


def apart(rows: Sequence[Trial], history: History, width: int) -> list[Line]:
    """Say beneath trials in the order of the metric that runs of one point are among them."""
    several = {row.origin for row in ranked(history) if row.repeats > 1}
    if not any(origin(history, trial) in several for trial in rows):
        return []
    return [Line(words, "dim") for words in folded(limits.APART, width)]


def asked(rows: Sequence[Trial]) -> list[Line]:
    """Draw points that were handed out, with the ids to tell them by."""
    _, params = columns(rows)
    table = {">trial": [Line(str(trial.id)) for trial in rows]}
    for name in params:
        values = [trial.params.get(name, ABSENT) for trial in rows]
        table["<" + numbers.clean(name)] = [Line(numbers.exact(value)) for value in values]
    return aligned(table, WIDEST)


def facts(sections: Mapping[str, Mapping[str, str]], width: int) -> list[Line]:
    """Draw names and values under headings; long values go on in the next line."""
    lines: list[Line] = []
    for heading, rows in sections.items():
        if not rows:
            continue
        lines += [Line()] * bool(lines) + [Line(numbers.clean(heading), "bold")]
        longest = max(width_of(numbers.clean(name)) for name in rows)
        for name, value in rows.items():
            label = numbers.clean(name)
            first, *rest = folded(numbers.clean(value), max(20, width - longest - 4))
            indent = " " * (longest + 4)
            lines.append(Line(f"  {label}{' ' * (longest - width_of(label))}  ", "dim").add(first))
            lines += [Line(indent + more) for more in rest]
    return lines


def winner(found: Ranked, metric: str, params: Mapping[str, Value], width: int) -> list[Line]:
    """Draw the best trial: value, evidence, parameters in full."""
    value = repr(found.value)
    if found.error is not None:
        value += f" ± {numbers.number(found.error, 2)}"
    head = {metric: value, "trial": str(found.trial.id)}
    if found.repeats > 1:
        head["runs"] = str(found.repeats)
    if judged := expected(found):
        head["expected"] = judged
    if found.chance is not None:
        head["truly the best"] = f"with probability {found.chance:.0%}"
    others = {n: numbers.number(v, 6) for n, v in found.trial.metrics.items() if n != metric}
    exact = {name: numbers.exact(value) for name, value in params.items()}
    return facts({"best": head, "parameters": exact, "other metrics": others}, width)


def passed_over(found: Ranked, history: History, width: int) -> list[Line]:
    """Say beneath the best trial which ones look better and break a constraint."""
    words = limits.passed_over(history, found)
    return [Line(), *(Line(line, "dim") for line in folded(words, width))] if words else []


def findings(rows: Sequence[tuple[str, str, str, str]], width: int) -> list[Line]:
    """Draw what the doctor found: verdict, subject, finding, advice."""
    subjects = max((width_of(subject) for _, subject, _, _ in rows), default=0)
    indent = " " * (4 + GAP + subjects + GAP)
    lines = []
    for verdict, subject, finding, advice in rows:
        first, *rest = folded(numbers.clean(finding), width - len(indent))
        head = Line(f"{verdict:<4}", VERDICTS[verdict]).add(" " * GAP)
        lines.append(head.add(f"{subject:<{subjects}}").add(" " * GAP).add(first))
        lines += [Line(indent + more) for more in rest]
        for place, more in enumerate(folded(numbers.clean(advice), width - len(indent) - 3)):
            if more:
                lines.append(Line(indent).add(("   " if place else "-> ") + more, "dim"))
    return lines


def best_lines(history: History) -> list[str]:
    """Say which trial is best, in a few lines of plain text; none while there is no such trial."""
    found = best(history) if history.config is not None else None
    if found is None:
        return []
    measured = "; as measured, `tuner best` weighs the noise" if noisy(history) else ""
    return [
        f"best: {in_words(found, history.metric.name)}{measured}",
        *(f"  {numbers.point({name: value})}" for name, value in found.trial.params.items()),
    ]


def _state(trial: Trial, constraints: Sequence[Constraint], *, at_work: bool) -> Line:
    name = called(trial, at_work=at_work)
    line = Line(name + (f" {numbers.clean(trial.failure)}" if trial.failure else ""), STYLES[name])
    line = line.add(f" {BREAKS}", "yellow") if broken(trial, constraints) else line
    return line.add(" (excluded)", "dim") if trial.excluded else line


def _broken(rows: Sequence[Trial], constraints: Sequence[Constraint], width: int) -> list[Line]:
    """Explain the mark of trials that break a constraint, where there is one."""
    missing = {str(each): None for trial in rows for each in broken(trial, constraints)}
    if not missing:
        return []
    words = f"{BREAKS} breaks {' or '.join(missing)}, so it is never the best"
    return [Line(line, "dim") for line in folded(numbers.clean(words), width)]


def _starred(rows: Sequence[Trial], names: Sequence[str], width: int) -> list[Line]:
    """Explain the star, where there is one behind a metric that is shown."""
    if not any(_measured(trial, name).endswith(STAR) for trial in rows for name in names):
        return []
    return [Line(words, "dim") for words in folded(STARRED, width)]


def _measured(trial: Trial, name: str) -> str:
    if trial.state == TrialState.RUNNING:
        last = trial.reports[-1][1] if trial.reports else {}
        return numbers.number(last[name]) + STAR if name in last else ""
    measured = not trial.open and name in trial.metrics
    return numbers.number(trial.metrics[name]) if measured else ""
