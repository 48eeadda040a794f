"""Parts of a user's: found, called, and held to what they must have."""

import sys

import numpy as np
import pytest

from tuner.acquisition.make import make_utility
from tuner.custom import Custom, found, made
from tuner.errors import UsageError
from tuner.samplers.make import check_sampler, make_sampler
from tuner.samplers.spec import SearchSpec
from tuner.space import Float, Space
from tuner.study import History

PARTS = """
from tuner.study import Suggestion

class Search:
    def __init__(self, space, seed, *, points):
        self.points = points

    def suggest(self, history, count, rng):
        if self.points == "raise":
            raise ZeroDivisionError("over")
        return [p if p == 3 else Suggestion(point=p, method="mine") for p in self.points]

class Half:
    def __init__(self, *given, **options):
        self.given, self.options = given, options

class Whole(Half):
    def suggest(self):
        pass

class Wrong:
    suggest = 3

    def __init__(self, space):
        pass

    def options(self):
        pass

def Breaks():
    return 1 / 0

class Wants:
    def __init__(self, space, *, colour):
        self.colour = colour

class Nested:
    Whole = Whole
"""


@pytest.fixture
def lab(tmp_path, monkeypatch):
    (tmp_path / "lab_parts.py").write_text(PARTS)
    (tmp_path / "lab_broken.py").write_text("class Half(:\n")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", [*sys.path])
    yield
    sys.modules.pop("lab_parts", None)


class Promise:
    """What a part must have."""

    def suggest(self):
        """A method."""

    @property
    def options(self):
        """An attribute."""


def part(target, **options):
    return Custom(target=f"lab_parts:{target}", options=options)


@pytest.mark.usefixtures("lab")
def test_a_part_is_called_with_what_its_place_gives_and_its_options():
    whole = made(part("Whole", a=1), "here:", Promise, "space", 7)

    assert whole.given == ("space", 7)
    assert whole.options == {"a": 1}
    assert found(part("Nested.Whole"), "here:") is type(whole)


@pytest.mark.usefixtures("lab")
@pytest.mark.parametrize(
    ("asked", "said"),
    [
        (Custom(target="lab_nowhere:Half"), "here: lab_nowhere:Half cannot be made: ModuleNotF"),
        (Custom(target="lab_broken:Half"), "here: lab_broken:Half cannot be made: SyntaxError"),
        (part("None_"), "here: lab_parts:None_ cannot be made: AttributeError"),
        (part("Wants"), "here: lab_parts:Wants cannot be made: TypeError: missing a required"),
        (part("Half"), "here: lab_parts:Half is no Promise: it has no suggest"),
        (part("Wrong"), "here: lab_parts:Wrong is no Promise: it has no options, suggest"),
    ],
)
def test_what_cannot_be_used_is_refused_with_the_reason(asked, said):
    with pytest.raises(UsageError, match=said):
        made(asked, "here:", Promise, "space")


@pytest.mark.usefixtures("lab")
def test_what_a_part_raises_when_it_is_made_is_its_own():
    with pytest.raises(ZeroDivisionError):
        made(part("Breaks"), "here:", Promise)


@pytest.mark.parametrize("target", ["module", "a:b:c", ":b", "a:", "a b:c", "1a:b"])
def test_a_target_is_a_module_and_a_name(target):
    with pytest.raises(ValueError, match="target: must be module:function"):
        Custom(target=target)


@pytest.mark.usefixtures("lab")
@pytest.mark.parametrize("key", ["method", "surrogate", "acquisition"])
def test_a_search_says_what_is_missing_before_it_begins(key):
    space = Space((Float(name="x", min=0, max=1),))
    search = SearchSpec(**{key: Custom(target="lab_parts:Absent")})

    with pytest.raises(UsageError, match=f"search.{key}: lab_parts:Absent cannot be made"):
        check_sampler(search, space, seed=0)


@pytest.mark.usefixtures("lab")
def test_a_criterion_that_is_none_is_refused():
    class Beliefs:
        constraints = ()
        survival = prior = None

        class feasible:  # noqa: N801
            @staticmethod
            def any():
                return True

    with pytest.raises(
        UsageError, match="lab_parts:Half is no Utility: it has no glance, slopes, steps, values"
    ):
        make_utility(Custom(target="lab_parts:Half"), Beliefs())


@pytest.mark.usefixtures("lab")
@pytest.mark.parametrize(
    ("points", "said"),
    [
        ("raise", "lab_parts:Search failed: ZeroDivisionError: over"),
        ([3], "lab_parts:Search gave a int"),
        ([{"x": 7.0}], "lab_parts:Search gave no point of the space: x: "),
        ([{}], "lab_parts:Search gave no point of the space: x: "),
        ([{"x": 0.5, "y": 1}], "lab_parts:Search gave no point of the space: y: no parameter"),
    ],
)
def test_a_search_of_ones_own_gives_points_of_the_space_or_is_told_so(points, said):
    space = Space((Float(name="x", min=0, max=1),))
    part = Custom(target="lab_parts:Search", options={"points": points})
    sampler = make_sampler(SearchSpec(method=part), space, seed=0, devices_taken=True)

    with pytest.raises(UsageError, match=f"search.method: {said}"):
        sampler.suggest(History(), 1, np.random.default_rng(0))


@pytest.mark.usefixtures("lab")
@pytest.mark.parametrize("key", ["surrogate", "acquisition"])
def test_options_that_a_part_does_not_take_are_said_before_it_is_called(key):
    space = Space((Float(name="x", min=0, max=1),))
    search = SearchSpec(**{key: Custom(target="lab_parts:Wants", options={"color": 1})})

    with pytest.raises(
        UsageError, match=f"search.{key}: lab_parts:Wants cannot be made: TypeError"
    ):
        check_sampler(search, space, seed=0)
