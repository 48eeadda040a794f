"""What may be asked of the ledger."""

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, kw_only=True)
class LedgerSpec:
    """`ledger:` in the configuration. With csv the table itself is the truth."""

    format: Literal["jsonl", "csv"] = "jsonl"
