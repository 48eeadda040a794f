"""Is the search well, and what could be done: findings of a study, good ones too."""

import math
from collections import Counter
from collections.abc import Callable, Iterator

import numpy as np

from tuner.insight.base import Calibration, Finding, Importance, Race, Standing
from tuner.insight.doubts import LUCKY, POOR, WEAK, foretold, hardly
from tuner.insight.ground import Ground
from tuner.space import Space
from tuner.space.birth import identity
from tuner.space.parameter import Float, Int
from tuner.space.scale import scale_of
from tuner.study import History, Trial, Value
from tuner.study.ranking import best
from tuner.study.sessions import Ran, ran_of, sessions_of

LITTLE = 2 * 1024**3
"""Bytes free that are worth a word."""

AT_THE_END = 0.02
"""Of a parameter's range, on its scale: so near to a bound is at it."""

LOUD = 0.5
"""Standard deviation of the noise, of the spread of the results, above which repeats are worth it."""

CERTAIN, EVEN = 0.9, 0.6
"""Chances of being better than Sobol points from which that is so, or may be so."""

NOTHING = 0.02
"""Upper end of a total index below which a parameter does nothing to speak of."""

MANY_FAILED = 0.3
"""Share of failed trials that is a warning."""

BUSY, IDLE = 0.9, 0.7
"""Shares of the time that slots were at work."""

ELSEWHERE = 0.2
"""Share of the other trials below which what holds all failed ones is worth naming."""

YOUNG = 20
"""Results up to which a poor model is no cause for worry."""

SHORT_S = 60.0
"""Seconds from the first start to the last, of all sessions, below which nobody waits for a slot."""

FEWEST_BUSY = 4
"""Trials from which idle slots can be told."""


def of_model(
    ground: Ground, calibration: Calibration, race: Race, importance: Importance
) -> Iterator[Finding]:
    """Say what the model shows."""
    yield _calibrated(calibration)
    yield from _against_sobol(race)
    yield _noise(ground)
    if not hardly(calibration):
        yield from _idle_parameters(importance)


def of_history(
    history: History,
    space: Space,
    importance: Importance | None = None,
    see: Callable[[Trial], str] = Trial.seen_by,
) -> Iterator[Finding]:
    """Say what the ledger shows; where a parameter does nothing its bounds do not either.

    `see` gives the command that shows what became of a trial.
    """
    yield from foretold(history)
    yield from bounds(history, space, set() if importance is None else set(_idle(importance)))
    yield from failures(history, see)
    yield from slots(history)


def _calibrated(found: Calibration) -> Finding:
    said = (
        f"left out one by one, the model explains {max(0.0, found.r2):.0%} of what trials measure, "
        f"and {found.inside:.0%} lie inside their 95% intervals"
    )
    if found.r2 < POOR:
        return Finding(
            about="model",
            level="note" if len(found.ids) < YOUNG else "warning",
            text=said,
            todo="more trials, a log scale where sizes matter, or a steadier metric; "
            "until then trust measurements, not the model",
        )
    if found.inside < LUCKY:
        todo = "it is too sure of itself: look for jumps or noise that depends on the parameters"
        return Finding(about="model", level="warning", text=said, todo=todo)
    level: Standing = "note" if found.r2 < WEAK else "good"
    return Finding(about="model", level=level, text=said)


def _against_sobol(race: Race) -> Iterator[Finding]:
    if race.doubt:
        text = "whether the search beats Sobol points cannot be told by such a model"
        yield Finding(about="model", level="note", text=text)
        return
    if math.isnan(race.chance):
        return
    text = (
        f"after {len(race.ours)} trials the best is better than that of as many Sobol points "
        f"with probability {race.chance:.0%}, by the model"
    )
    todo = ""
    if race.chance < EVEN:
        todo = "if the search is young let it go on; else narrow the space or look at the noise"
    level: Standing = "good" if race.chance >= CERTAIN else "note"
    yield Finding(about="model", level=level, text=text, todo=todo)


def _noise(ground: Ground) -> Finding:
    """Hold the noise of a measurement against the spread of the results."""
    form = ground.form
    noise = math.sqrt(float(form.share @ np.median(form.noise, axis=1)))
    spread = float(form.evidence.y.std()) or 1.0
    part = noise / spread
    with np.errstate(over="ignore"):
        raw = float(form.scale.slope(np.zeros(1))[0]) * noise
    told = "told" if form.noise_known else "estimated"
    said = f"noise of a measurement ({told}): {raw:.2g}, {part:.0%} of the spread of the results"
    if part > LOUD:
        todo = "repeat the best with `tuner rerun`, or add `confirm`; do not trust one measurement"
        level: Standing = "note" if len(form.dataset.ids) < YOUNG else "warning"
        return Finding(about="noise", level=level, text=said, todo=todo)
    return Finding(about="noise", level="good", text=said)


def _idle_parameters(importance: Importance) -> Iterator[Finding]:
    if importance.doubts and len(importance.weights) < 2:  # noqa: PLR2004  nothing to compare
        return
    idle = _idle(importance)
    if idle:
        said = f"{_listed(idle)} {'does' if len(idle) == 1 else 'do'} next to nothing (total index"
        text = f"{said} below {NOTHING:.0%} of the variance over the whole space)"
        todo = "fix at the best value in the next study"
        yield Finding(about="parameters", level="note", text=text, todo=todo)
    elif len(importance.weights) == 1 or importance.tells:
        top = importance.weights[0]
        text = f"{top.name} matters most (total index {top.total.value:.0%})"
        yield Finding(about="parameters", level="good", text=text)


def _idle(importance: Importance) -> list[str]:
    return [weight.name for weight in importance.weights if weight.total.high < NOTHING]


def bounds(history: History, space: Space, idle: set[str]) -> Iterator[Finding]:
    """See whether the best trial sits at a bound of a range that matters."""
    found = best(history)
    if found is None:
        return
    hits = 0
    for parameter in space.searched:
        if parameter.name in idle:
            continue
        value = found.trial.params.get(parameter.name)
        if not isinstance(parameter, Float | Int) or not isinstance(value, int | float):
            continue
        if parameter.or_zero and value == 0:
            continue
        [place] = scale_of(parameter).places([value])
        [low, high] = scale_of(parameter).places([parameter.min, parameter.max])
        side = (
            "upper" if place >= high - AT_THE_END else "lower" if place <= low + AT_THE_END else ""
        )
        if not side:
            continue
        hits += 1
        bound = parameter.max if side == "upper" else parameter.min
        text = f"the best {parameter.name} ({value:.6g}) sits at its {side} bound {bound:.6g}"
        key, further = ("max", "larger") if side == "upper" else ("min", "smaller")
        todo = f"widen it in the next study if that can be: a {further} `{key}`"
        yield Finding(about="bounds", level="warning", text=text, todo=todo)
    if not hits and any(isinstance(p, Float | Int) for p in space.searched):
        yield Finding(about="bounds", level="good", text="the best point touches no bound")


def failures(history: History, see: Callable[[Trial], str]) -> Iterator[Finding]:
    """Count failures by class, and say where they lie if they lie somewhere."""
    ended = [t for t in history.trials.values() if not t.open]
    failed = [t for t in ended if t.state == "failed"]
    if not ended:
        return
    if not failed:
        yield Finding(about="failures", level="good", text=f"none of {len(ended)} trials failed")
        return
    classes = Counter(t.failure or "unknown" for t in failed)
    said = ", ".join(f"{count} {name}" for name, count in classes.most_common())
    where = _where(failed, [t for t in ended if t.state != "failed"])
    text = f"{len(failed)} of {len(ended)} trials failed: {said}{where}"
    last = max(failed, key=lambda t: t.finish_number)
    todo = f"see why: {see(last)}" + (
        "; a tighter bound or a `require` would save their time" if where else ""
    )
    level: Standing = "warning" if len(failed) > MANY_FAILED * len(ended) else "note"
    yield Finding(about="failures", level=level, text=text, todo=todo)


def _where(failed: list[Trial], fine: list[Trial]) -> str:
    """Name the one number or value that tells most failed trials from the others, if one does."""
    if len(failed) < 3 or len(fine) < 3:  # noqa: PLR2004  nothing can be told from two
        return ""
    found: list[tuple[float, str]] = []
    for name in dict.fromkeys(name for t in failed for name in t.params):
        bad, good = ([t.params[name] for t in some if name in t.params] for some in (failed, fine))
        if good and len(bad) == len(failed):
            found += _told_apart(name, bad, good)
    share, words = min(found, default=(1.0, ""))
    return f"; all at {words}, where {share:.0%} of the others lie" if share < ELSEWHERE else ""


def _told_apart(name: str, bad: list[Value], good: list[Value]) -> Iterator[tuple[float, str]]:
    """Give ways to hold all bad values, each with the share of good ones that it holds too."""
    if len({identity(value) for value in bad}) == 1:
        yield sum(identity(v) == identity(bad[0]) for v in good) / len(good), f"{name} = {bad[0]}"
    worse, better = _floats(bad), _floats(good)
    if len(worse) == len(bad) and len(better) == len(good):
        low, high = min(worse), max(worse)
        yield sum(v >= low for v in better) / len(better), f"{name} >= {low:.4g}"
        yield sum(v <= high for v in better) / len(better), f"{name} <= {high:.4g}"


def _floats(values: list[Value]) -> list[float]:
    return [float(v) for v in values if isinstance(v, int | float) and not isinstance(v, bool)]


def slots(history: History) -> Iterator[Finding]:
    """See how much of the time the places for jobs were at work.

    Of every session that is from its first start to its last; time between sessions is nobody's.
    """
    ran = [
        one
        for one in ran_of(history)
        if one.trial.finish is not None and not one.trial.suggestion.by_hand
    ]
    resources = (history.config or {}).get("resources") or {}
    parallel = resources.get("parallel") if isinstance(resources, dict) else None
    if len(ran) < FEWEST_BUSY:
        return
    most = parallel if isinstance(parallel, int) and parallel > 0 else _most_at_once(ran)
    worked = there = 0.0
    for session in sessions_of(ran):
        first, last = session[0].start, session[-1].start
        worked += sum(min(one.end, last) - one.start for one in session)
        there += last - first
    if there < SHORT_S:
        return
    part = min(1.0, worked / (most * there))
    places = "the one slot was" if most == 1 else f"{most} slots were"
    them = "it" if most == 1 else "them"
    text = f"{places} at work {part:.0%} of the time in which there was work for {them}"
    if part >= BUSY:
        yield Finding(about="slots", level="good", text=text)
        return
    todo = (
        "short trials wait for suggestions and starts: give each more work, or more than one slot"
    )
    if most > 1:
        todo = "set `resources: {parallel: …}` to what is used"
    level: Standing = "warning" if part < IDLE else "note"
    yield Finding(about="slots", level=level, text=text, todo=todo)


def _most_at_once(ran: list[Ran]) -> int:
    changes = sorted([(one.start, 1) for one in ran] + [(one.end, -1) for one in ran])
    running, most = 0, 1
    for _, change in changes:
        running += change
        most = max(most, running)
    return most


def disk(free: int, taken: int) -> Finding:
    """Judge the bytes that are free on a study's disk and those that its trials take."""
    text = f"{_size(taken)} in the folders of the trials, {_size(free)} free"
    if free < LITTLE or taken > free:
        todo = "make space: `tuner clean --checkpoints --all-but-best 3`"
        return Finding(about="disk", level="warning", text=text, todo=todo)
    return Finding(about="disk", level="good", text=text)


def _size(count: float) -> str:
    for unit in ("B", "KiB", "MiB", "GiB"):
        if count < 1024:  # noqa: PLR2004  binary units
            return f"{count:.0f} {unit}" if unit == "B" else f"{count:.1f} {unit}"
        count /= 1024
    return f"{count:.1f} TiB"


def _listed(names: list[str]) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"
