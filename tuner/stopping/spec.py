"""When a study is done."""

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Plateau:
    """No feasible improvement of more than `min_delta` (in the metric's units) in `trials` trials."""

    trials: int
    min_delta: float = 0.0

    def __post_init__(self) -> None:
        if self.trials < 1:
            raise ValueError(f"trials: must be at least 1, got {self.trials}")
        if self.min_delta < 0:
            raise ValueError(f"min_delta: must be at least 0, got {self.min_delta}")


@dataclass(frozen=True, kw_only=True)
class Failures:
    """Give up after so many failed trials in a row."""

    consecutive: int

    def __post_init__(self) -> None:
        if self.consecutive < 1:
            raise ValueError(f"consecutive: must be at least 1, got {self.consecutive}")


@dataclass(frozen=True, kw_only=True)
class StopSpec:
    """`stop:` in the configuration; the first rule that holds ends the study.

    Attributes:
        trials: in total, also after a resume.
        wall_s: seconds that a tuner has worked on the study, in total (`wall: 24h`).
        target: the metric has reached this value.
    """

    trials: int | None = None
    wall_s: float | None = None
    gpu_hours: float | None = None
    target: float | None = None
    plateau: Plateau | None = None
    failures: Failures | None = None

    def __post_init__(self) -> None:
        if self.trials is not None and self.trials < 1:
            raise ValueError(f"trials: must be at least 1, got {self.trials}")
        for name in ("wall_s", "gpu_hours"):
            value = getattr(self, name)
            if value is not None and value <= 0:
                raise ValueError(f"{name}: must be above 0, got {value}")
