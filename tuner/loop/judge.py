"""Asks the stop rules, and says what a verdict still allows to be started."""

from collections.abc import Callable

from tuner.loop.clock import Clock
from tuner.stopping import Endings, Standing, StudyRule, Verdict
from tuner.study import History, Trial

EVERY_S = 0.2


class Judge:
    """Keeps the verdict. Only a verdict on the budget is looked at again: budgets can be raised.

    Args:
        history: of the study when this session began.
        running_gpu_s: GPU seconds of the attempts that run now.
    """

    def __init__(
        self,
        rules: tuple[StudyRule, ...],
        history: History,
        clock: Clock,
        running_gpu_s: Callable[[], float],
    ) -> None:
        self.rules, self.verdict = rules, None
        self._clock, self._running_gpu_s = clock, running_gpu_s
        self._endings, self._past_s = Endings(history.last), history.wall_s
        self._began = clock.monotonic()
        self._at, self._next = -1, 0.0

    verdict: Verdict | None

    def replace(self, rules: tuple[StudyRule, ...]) -> None:
        """Judge by other rules from now on, from the start."""
        self.rules, self.verdict, self._at = rules, None, -1

    def look(self, history: History, *, exhausted: bool) -> Verdict | None:
        """Judge when something happened or time has passed."""
        now = self._clock.monotonic()
        settled = self.verdict is not None and self.verdict.kind != "budget"
        if settled or (history.last == self._at and now < self._next and not exhausted):
            return self.verdict
        self._at, self._next = history.last, now + EVERY_S
        standing = self._standing(history, now)
        verdicts = (rule(standing) for rule in self.rules)
        self.verdict = next((verdict for verdict in verdicts if verdict is not None), None)
        if self.verdict is None and exhausted:
            self.verdict = Verdict(reason="every point of the space was tried", kind="budget")
        return self.verdict

    def allows(self, trial: Trial) -> bool:
        """Say whether a trial that waits may still be started by a loop."""
        kind = self.verdict.kind if self.verdict else None
        if trial.suggestion.by_hand or kind in ("spent", "failed"):
            return False
        return kind != "goal" or not trial.counted

    @property
    def may_confirm(self) -> bool:
        """The search ended well, and what it cost leaves room for repeats."""
        return self.verdict is not None and self.verdict.kind in ("budget", "goal")

    def _standing(self, history: History, now: float) -> Standing:
        self._endings.follow(history)
        return Standing(
            history=history,
            endings=self._endings,
            elapsed_s=now - self._began,
            past_s=self._past_s,
            running_gpu_s=self._running_gpu_s(),
        )
