"""What a report is made of, and what it is made into: plain values, no markup."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import TYPE_CHECKING

from tuner.errors import FitError
from tuner.insight.base import Finding
from tuner.report.figures import Chart, Subject
from tuner.study.ranking import Ranked

if TYPE_CHECKING:
    from tuner.insight.make import Understood


@dataclass(frozen=True, kw_only=True)
class Given:
    """A study as it is handed to the report.

    Attributes:
        state, detail: how the study stands, and a few words on that.
        winner: the best trial, by the model where the metric is noisy; None before there is one.
        findings: on its health.
        damage: what was skipped in the ledger, a line each.
        version: of the tuner that makes the report.
    """

    subject: Subject
    now: datetime
    folder: str = ""
    state: str = ""
    detail: str = ""
    winner: Ranked | None = None
    findings: Sequence[Finding] = ()
    damage: Sequence[str] = ()
    version: str = ""

    @cached_property
    def understood(self) -> "Understood | None":
        """What a model makes of the study; None where none can be fitted."""
        return understood(self.subject)


def understood(subject: Subject) -> "Understood | None":
    """Give what a model makes of a study; None where none can be fitted."""
    try:
        return subject.understood
    except FitError:
        return None


@dataclass(frozen=True, kw_only=True)
class Table:
    """Rows of words under headings; `numbers` are the columns that stand right."""

    headings: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    numbers: frozenset[int] = frozenset()


@dataclass(frozen=True, kw_only=True)
class Section:
    """A part of the page.

    Attributes:
        key: its name in the page's address.
        lead: what there is to see, in a sentence.
        tiles: the few figures that matter most: label, value, a few words.
        facts: name and words.
        texts: a heading and a text that keeps its lines.
        remarks: a level (good, note, warning), words, and what to do.
        nothing: why there is nothing to show, a line each.
    """

    key: str
    title: str
    lead: str = ""
    tiles: tuple[tuple[str, str, str], ...] = ()
    facts: tuple[tuple[str, str], ...] = ()
    tables: tuple[Table, ...] = ()
    charts: tuple[Chart, ...] = ()
    texts: tuple[tuple[str, str], ...] = ()
    remarks: tuple[tuple[str, str, str], ...] = ()
    nothing: tuple[str, ...] = ()
