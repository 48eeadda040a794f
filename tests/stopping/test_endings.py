"""Counting ending by ending gives what counting afresh gives, and looks at nothing twice."""

import math

from hypothesis import given
from hypothesis import strategies as st

from tuner.loop import Judge
from tuner.stopping import Endings, Plateau, StopSpec
from tuner.stopping.make import make_rules
from tuner.study import Finished, History, Noted, Opened, Reconfigured, Record, Started, Suggested

CONFIG = {
    "metric": {"name": "acc", "goal": "maximize", "source": {"kind": "stdout"}, "reduce": "last"},
    "constraints": [{"metric": "ms", "op": "<=", "bound": 20.0}],
}
TURNED = {**CONFIG, "metric": {**CONFIG["metric"], "goal": "minimize"}}
METHODS = ("bayes", "added", "confirm")


class Story:
    """A history that grows by steps which a number chooses."""

    def __init__(self):
        self.history = History()
        self.tell(Opened(study="s", config=CONFIG, config_hash="h"))

    def tell(self, fact):
        self.history.apply(Record(self.history.last + 1, "", 0.0, "w", fact))

    def end(self, trial, value):
        state = "completed" if value is not None else "failed"
        metrics = {} if value is None else {"acc": value, "ms": 30.0 if value > 0.9 else 1.0}
        self.tell(Finished(trial=trial, attempt=1, state=state, metrics=metrics))

    def suggest(self, method="bayes"):
        self.tell(Suggested(trial=self.history.next_id, point={"x": 1.0}, method=method))

    def step(self, what, which, value):
        trial = which % self.history.next_id
        match what:
            case 0 | 1:
                self.suggest(METHODS[which % 3])
            case 2:
                self.tell(Started(trial=trial, attempt=1))
            case 3 | 4 | 5:
                if trial in {each.id for each in self.history.open}:
                    self.end(trial, value)
            case 6:
                text = "exclude" if which % 2 else "-exclude"
                self.tell(Noted(kind="mark", trial=trial, text=text))
            case 7:
                self.tell(Noted(kind="retry", trial=trial))
            case _:
                config = TURNED if which % 2 else CONFIG
                self.tell(Reconfigured(config=config, config_hash=str(which)))


def said(endings):
    counts = endings.ended, endings.failed, endings.failures_in_a_row
    return counts, endings.best, endings.aside, endings.top


STEPS = st.lists(
    st.tuples(st.integers(0, 8), st.integers(0, 20), st.none() | st.floats(0, 1)), max_size=60
)


@given(STEPS, st.integers(1, 7))
def test_counting_on_gives_what_counting_afresh_gives(steps, often):
    story, endings = Story(), Endings()

    for number, step in enumerate(steps):
        story.step(*step)
        if number % often == 0:
            endings.follow(story.history)
    endings.follow(story.history)

    assert said(endings) == said(Endings.of(story.history))


class Untouched(dict):
    """Trials that may be asked for by id, but not looked through."""

    def values(self):
        raise AssertionError("every trial was looked at again")

    items = __iter__ = values


def test_a_judge_does_not_look_through_a_long_history_again():
    story = Story()
    for number in range(1, 1001):
        story.suggest()
        story.end(number, 0.5)
    rules = make_rules(StopSpec(trials=1100, target=0.8, plateau=Plateau(trials=1050)))
    judge = Judge(rules, story.history, Clock(), lambda: 0.0)
    assert judge.look(story.history, exhausted=False) is None
    story.history.trials = Untouched(story.history.trials)

    for number in range(1001, 1011):
        story.suggest()
        story.end(number, 0.6)
        assert judge.look(story.history, exhausted=False) is None
    story.suggest()
    story.end(1011, 0.85)

    assert judge.look(story.history, exhausted=False).kind == "goal"


def test_only_what_ended_in_this_session_counts_as_its_failures():
    story = Story()
    for number in (1, 2):
        story.suggest()
        story.end(number, None)
    endings = Endings(since=story.history.last)
    for number, value in ((3, 0.5), (4, None), (5, None)):
        story.suggest()
        story.end(number, value)

    endings.follow(story.history)

    assert (endings.ended, endings.failed, endings.failures_in_a_row) == (3, 2, 2)
    assert endings.best == [-math.inf, -math.inf, 0.5, 0.5, 0.5]


class Clock:
    def monotonic(self):
        return 0.0
