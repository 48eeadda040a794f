"""Promise 27: no cell of a table starts a formula; read back, every text is what it was."""

import csv

import pytest

from tuner.ledger import Book, LedgerSpec, MemoryLedger, Mirror, Stamp, make_ledger, read_study
from tuner.study import Finished, Noted, Started, Suggested

FORMULAS = [
    "=1+1",
    "=cmd|'/c calc'!A1",
    '=HYPERLINK("http://x","y")',
    "+1+1",
    "-1+1",
    "-1",
    "@SUM(A1)",
    "\t=1",
    "\0=1",
    "\r=1",
    "\n=1",
    "'=1",
    '"=1"',
    "x,=1",
    'x",=1',
    "x\n=1",
    "x\r\n=1",
]


def facts_of(trial, text):
    """Put a text wherever a text may stand."""
    return [
        Suggested(
            trial=trial, point={"p": text, f"{text}": 1, "n": -1.5}, method=text, reason=text
        ),
        Started(trial=trial, attempt=1, host=text, devices=(text,)),
        Finished(
            trial=trial, attempt=1, state="completed", metrics={text: -0.5}, noise={text: 0.1},
            message=text,
        ),
        Noted(kind="note", trial=trial, text=text),
        Noted(kind="mark", trial=trial, text="tag " + text),
    ]  # fmt: skip


def cells(file):
    with file.open(newline="", encoding="utf-8") as table:
        return [cell for row in csv.reader(table) for cell in row]


def is_number(text):
    try:
        float(text)
    except ValueError:
        return False
    return True


@pytest.mark.parametrize("text", FORMULAS, ids=repr)
@pytest.mark.parametrize("name", ["trials.csv", "ledger.csv"])
def test_no_cell_starts_a_formula_wherever_the_text_stands(text, name, tmp_path):
    stamp = Stamp("h/b/1/2")
    if name == "trials.csv":
        book = Book(MemoryLedger(stamp), [Mirror(tmp_path)])
        book.catch_up()
    else:
        book = Book(make_ledger(tmp_path, LedgerSpec(format="csv"), stamp))
    book.write(*facts_of(1, text))
    book.close()

    found = cells(tmp_path / name)
    assert len(found) > 30
    assert not [c for c in found if c[:1] in ("=", "+", "@", "\t", "\r", "\0")]
    assert not [c for c in found if c[:1] == "-" and not is_number(c)]
    assert "-1.5" in found  # a negative number is not text


@pytest.mark.parametrize("text", FORMULAS, ids=repr)
def test_read_back_every_text_is_what_it_was(text, tmp_path):
    ledger = make_ledger(tmp_path, LedgerSpec(format="csv"), Stamp("h/b/1/2"))
    ledger.append(facts_of(1, text))
    ledger.close()
    (tmp_path / "journal.jsonl").unlink()

    trial = read_study(tmp_path).history.trials[1]

    assert trial.params == {"p": text, f"{text}": 1, "n": -1.5}
    assert (trial.method, trial.suggestion.reason) == (text, text)
    assert (trial.start.host, trial.start.devices) == (text, (text,))
    assert (trial.metrics, trial.noise) == ({text: -0.5}, {text: 0.1})
    assert trial.finish.message == text
    assert (trial.notes, trial.marks) == ((text,), ("tag " + text,))
