"""Points that somebody asked for, as trials that wait."""

from collections.abc import Mapping, Sequence

from tuner.config import StudyConfig
from tuner.loop import trial_seed
from tuner.study import History, Suggested, Value


def enqueued(history: History, config: StudyConfig) -> list[Suggested]:
    """Give the points of `warm_start.enqueue` that the study has not seen yet, as trials that wait."""
    points = [config.space.point(values) for values in config.warm_start.enqueue]
    return queue(history, config, points)


def queue(
    history: History, config: StudyConfig, points: Sequence[Mapping[str, Value]]
) -> list[Suggested]:
    """Turn points into trials that wait; a point the study has seen is left out."""
    if not points:
        return []  # else a long study would be looked through for nothing
    known = {config.space.key(point) for point in history.points()}
    made: list[Suggested] = []
    for point in points:
        key = config.space.key(point)
        if key in known:
            continue
        known.add(key)
        number = history.next_id + len(made)
        made.append(
            Suggested(
                trial=number,
                point=config.space.complete(point),
                method="enqueued",
                seed=trial_seed(config.seed, number),
                seen=history.ended,
            )
        )
    return made
