"""Points that somebody asked for, as trials that wait."""

from collections.abc import Mapping, Sequence

from tuner.config import StudyConfig
from tuner.study import History, Suggested, Value


def enqueued(history: History, config: StudyConfig) -> list[Suggested]:
    """Give the points to begin with that the study has not seen yet, as trials that wait.

    Those of `warm_start.enqueue`, then the best of older studies: with the mode enqueue, and with auto
    where no model could learn from them.
    """
    points: list[Mapping[str, Value]] = [
        config.space.point(values) for values in config.warm_start.enqueue
    ]
    modes = ("enqueue",) if config.search.method == "bayes" else ("enqueue", "auto")
    older = [memory for memory in history.memories.values() if memory.mode in modes]
    if older:
        from tuner.samplers.make import incumbents

        points += incumbents(config.space, older)
    return queue(history, config, points)


def queue(
    history: History, config: StudyConfig, points: Sequence[Mapping[str, Value]]
) -> list[Suggested]:
    """Turn points into trials that wait; a point the study has seen is left out."""
    if not points:
        return []  # else a long study would be looked through for nothing
    from tuner.loop import trial_seed

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
