"""What every sampler promises."""

from typing import NamedTuple, Protocol

import numpy as np

from tuner.study import History, Suggestion


class Opinion(NamedTuple):
    """What a model believes of one point among others.

    Attributes:
        mean, sd: of the metric there, without measurement noise, in its units.
        chance: probability that it is the best of the points asked about.
    """

    mean: float
    sd: float
    chance: float


class Sampler(Protocol):
    """Says what to try next, given everything that happened.

    Promises, checked for every sampler in `tests/contracts/test_every_sampler.py`:
      1. same history, same rng, same answer: a sampler has no memory of its own;
      2. every suggestion lies in the space and keeps every `require`;
      3. `count` suggestions, or fewer when the space is exhausted (SpaceExhaustedError for none);
      4. no suggestion repeats a point of the history or of the same answer, whether it is open,
         ended or failed;
      5. it never touches files, clocks other than for `seconds`, or global random state.
    """

    def suggest(self, history: History, count: int, rng: np.random.Generator) -> list[Suggestion]:
        """Give up to `count` points; open trials of the history count as pending."""
