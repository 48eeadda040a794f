"""What every stop rule promises, and what it may look at."""

from dataclasses import dataclass
from typing import Literal, Protocol

from tuner.stopping.endings import Endings
from tuner.study import History


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """The study as a rule sees it.

    Attributes:
        endings: how its trials ended, the same history told in another way.
        elapsed_s: monotonic seconds of this session.
        past_s: seconds of earlier sessions.
        running_gpu_s: GPU seconds of the attempts that run now.
    """

    history: History
    endings: Endings
    elapsed_s: float = 0.0
    past_s: float = 0.0
    running_gpu_s: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """Why a study is over, and what may still be started.

    kind: budget (trials that already wait), goal (repeats that confirm the winner), spent (nothing:
    the money is gone), failed (nothing: the study gave up).
    waivable: a study that is asked to keep going is not stopped by it.
    """

    reason: str
    kind: Literal["budget", "goal", "spent", "failed"]
    waivable: bool = False


class StudyRule(Protocol):
    """Judges a study.

    Promises, checked in `tests/stopping/test_study_rules.py`:
      1. same standing, same verdict: a rule has no memory and asks no clock;
      2. an empty study is never over.
    """

    def __call__(self, standing: Standing) -> Verdict | None:
        """Say why nothing new should be started, or None to go on."""
