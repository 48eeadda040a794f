"""What may be asked of the ledger."""

from dataclasses import dataclass
from typing import Literal

LEDGERS = ("ledger.jsonl", "ledger.csv")
"""What a ledger is called in its folder, by format."""


@dataclass(frozen=True, kw_only=True)
class LedgerSpec:
    """`ledger:` in the configuration. With csv the table itself is the truth."""

    format: Literal["jsonl", "csv"] = "jsonl"
