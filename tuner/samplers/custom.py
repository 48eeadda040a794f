"""A search of the user's own: asked like any other, and held to what it promises."""

import numpy as np

from tuner.custom import Custom, made
from tuner.errors import TunerError, UsageError
from tuner.space import Space
from tuner.study import History, Suggestion

WHERE = "search.method"


class CustomSampler:
    """Asks a part of the user's; what it raises, or gives wrongly, is said with its name."""

    def __init__(self, part: Custom, space: Space, seed: int) -> None:
        self.space, self.target = space, part.target
        self._sampler = made(part.target, part.options, WHERE, ("suggest",), space, seed)

    def suggest(self, history: History, count: int, rng: np.random.Generator) -> list[Suggestion]:
        """Give what the part gives, if those are points of the space.

        Raises:
            UsageError: it raised something, or gave something else.
        """
        try:
            given = list(self._sampler.suggest(history, count, rng))
        except TunerError:
            raise
        except Exception as error:
            raise UsageError(
                f"{WHERE}: {self.target} failed: {type(error).__name__}: {error}"
            ) from error
        for suggestion in given:
            if not isinstance(suggestion, Suggestion):
                raise UsageError(
                    f"{WHERE}: {self.target} gave a {type(suggestion).__name__}",
                    hint="it must give a list of tuner.study.Suggestion",
                )
            try:
                whole = self.space.point(suggestion.point) == self.space.trim(suggestion.point)
            except UsageError as wrong:
                raise self._no_point(str(wrong)) from wrong
            if not whole:
                raise self._no_point("live parameters are missing")
        return given

    def _no_point(self, why: str) -> UsageError:
        return UsageError(f"{WHERE}: {self.target} gave no point of the space: {why}")
