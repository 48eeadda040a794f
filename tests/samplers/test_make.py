"""What the composition root may ask of the samplers."""

import pytest

from tuner.samplers.make import posterior_of
from tuner.samplers.spec import SearchSpec
from tuner.space import Float, Space

LINE = Space((Float(name="x", min=0, max=1),))


def test_the_posterior_at_tried_points_follows_what_was_measured(growing):
    points = [{"x": x} for x in (0.1, 0.4, 0.6, 0.9)]
    for point, loss in zip(points, (4.0, 2.0, 1.0, 3.0), strict=True):
        growing.finish(growing.put(point), loss=loss)

    beliefs = posterior_of(SearchSpec(), LINE, growing.history, points)

    means = [belief.mean for belief in beliefs]
    assert sorted(range(4), key=means.__getitem__) == [2, 1, 3, 0]
    assert means == pytest.approx([4.0, 2.0, 1.0, 3.0], abs=0.5)
    assert all(belief.sd > 0 for belief in beliefs)
    assert sum(belief.chance for belief in beliefs) == pytest.approx(1.0)


def test_there_is_no_posterior_without_results(growing):
    assert posterior_of(SearchSpec(), LINE, growing.history, [{"x": 0.5}]) is None
