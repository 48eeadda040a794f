"""Where it is written down: one fact a line, safe on disk before anyone acts on it.

The loop and the Python API write through `Book`; commands that only read use `read_study`, which
takes no lock. Costs the standard library and orjson.
"""

from tuner.ledger.base import Ledger
from tuner.ledger.book import Book
from tuner.ledger.cells import cell, row_line
from tuner.ledger.csv_ledger import CsvLedger
from tuner.ledger.csv_table import render
from tuner.ledger.disk import Disk
from tuner.ledger.follow import Follower
from tuner.ledger.jsonl import JsonlLedger
from tuner.ledger.make import make_ledger
from tuner.ledger.memory import MemoryLedger
from tuner.ledger.mirror import Mirror, write_table
from tuner.ledger.read import Reading, iterate, read_study
from tuner.ledger.spec import LedgerSpec
from tuner.ledger.stamp import Stamp
from tuner.ledger.tail import collector_paused
from tuner.ledger.verify import verify
from tuner.ledger.workers import Presence, Worker, is_alive, this_worker

__all__ = [
    "Book",
    "CsvLedger",
    "Disk",
    "Follower",
    "JsonlLedger",
    "Ledger",
    "LedgerSpec",
    "MemoryLedger",
    "Mirror",
    "Presence",
    "Reading",
    "Stamp",
    "Worker",
    "cell",
    "collector_paused",
    "is_alive",
    "iterate",
    "make_ledger",
    "read_study",
    "render",
    "row_line",
    "this_worker",
    "verify",
    "write_table",
]
