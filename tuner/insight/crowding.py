"""How much more a study leaves unknown than trials that are spread evenly would."""

import math

import numpy as np

from tuner.insight.ground import Ground
from tuner.numerics.sobol import SobolSequence
from tuner.surrogates.make import unknown

PLACES = 400
"""Places all over the space at which is asked."""

USUAL, MOST = 1.5, 4.5
"""How many times wider than drawn functions have it an interval always is, and at most: a model is one
of many that would do. Drawn functions alone held 81 % of true indices, 1.5 times as wide 83 %, and of
studies by Sobol points 94 % (`benchmarks/importance.py`, two seeds)."""


def crowding_of(ground: Ground) -> float:
    """Give how many times wider an interval about the whole space is to be.

    A search crowds its trials where they are good. Of a process that knows nothing of this study the
    root of what they leave unknown over the space is held against that of as many Sobol points: the
    model itself cannot tell, as it takes the rest of the space to be like what was seen. A point that
    was repeated counts once.
    """
    encoding, X = ground.region.encoding, np.unique(ground.dataset.X, axis=0)
    even = encoding.spread(SobolSequence(encoding.width, ground.seed + 1).points(0, len(X)))
    places = encoding.spread(SobolSequence(encoding.width, ground.seed + 2).points(0, PLACES))
    here, best = (unknown(encoding.columns, rows, places) for rows in (X, even))
    return float(np.clip(USUAL * math.sqrt(here / best), USUAL, MOST))
