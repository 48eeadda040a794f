"""A search of the user's own: asked like any other, and held to what it promises."""

import numpy as np

from tuner.custom import Custom, made
from tuner.errors import TunerError, UsageError
from tuner.samplers.base import Sampler
from tuner.space import Space
from tuner.study import History, Suggestion

WHERE = "search.method:"


class CustomSampler:
    """Asks a part of the user's; what it raises, or gives wrongly, is said with its name."""

    def __init__(self, part: Custom, space: Space, seed: int) -> None:
        self.space, self.target = space, part.target
        self._sampler: Sampler = made(part, WHERE, Sampler, space, seed)

    def suggest(self, history: History, count: int, rng: np.random.Generator) -> list[Suggestion]:
        """Give what the part gives, if those are points of the space.

        Raises:
            UsageError: it raised something, or gave something else.
        """
        try:
            given: list[object] = [*self._sampler.suggest(history, count, rng)]
        except TunerError:
            raise
        except Exception as error:
            raise self._fault(f"failed: {type(error).__name__}: {error}") from error
        found = []
        for suggestion in given:
            if not isinstance(suggestion, Suggestion):
                said = f"gave a {type(suggestion).__name__}, not a tuner.study.Suggestion"
                raise self._fault(said)
            try:
                whole = self.space.point(suggestion.point) == self.space.trim(suggestion.point)
            except UsageError as wrong:
                raise self._fault(f"gave no point of the space: {wrong}") from wrong
            if not whole:
                raise self._fault("gave no point of the space: live parameters are missing")
            found.append(suggestion)
        return found

    def _fault(self, what: str) -> UsageError:
        return UsageError(f"{WHERE} {self.target} {what}")
