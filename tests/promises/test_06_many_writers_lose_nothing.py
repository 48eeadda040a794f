"""Promise 6: several processes on one ledger lose no fact, give no number twice and tear no line."""

import subprocess
import sys

import pytest

from tuner.ledger import read_study, verify

WRITER = """
import sys
from pathlib import Path
from tuner.ledger import Book, LedgerSpec, Stamp, make_ledger, this_worker
from tuner.study import Finished, Suggested

folder, form, count = Path(sys.argv[1]), sys.argv[2], int(sys.argv[3])
book = Book(make_ledger(folder, LedgerSpec(format=form), Stamp(this_worker())))
for _ in range(count):
    with book.turn():
        number = book.history.next_id
        book.write(Suggested(trial=number, point={"x": number / 7}, method="sobol"))
    book.write(Finished(trial=number, attempt=1, state="completed", metrics={"loss": 1 / number}))
    print(number)
book.close()
"""


def run(folder, form, writers, count):
    """Run writers side by side; give the trials that each of them was told are saved."""
    command = [sys.executable, "-c", WRITER, str(folder), form, str(count)]
    jobs = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for _ in range(writers)]
    said = [job.communicate()[0] for job in jobs]
    assert [job.returncode for job in jobs] == [0] * writers
    return [int(number) for text in said for number in text.split()]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("form", "writers", "count"), [("jsonl", 4, 250), ("jsonl", 16, 50), ("csv", 4, 25)]
)
def test_side_by_side_no_fact_is_lost_and_no_number_given_twice(form, writers, count, tmp_path):
    acknowledged = run(tmp_path / "study", form, writers, count)

    reading = read_study(tmp_path / "study")
    trials = reading.history.trials
    assert sorted(acknowledged) == list(range(1, writers * count + 1))
    assert sorted(trials) == sorted(acknowledged)
    assert all(trial.metrics == {"loss": 1 / number} for number, trial in trials.items())
    assert all(trial.params == {"x": number / 7} for number, trial in trials.items())
    assert reading.history.orphans == 0
    assert verify(tmp_path / "study") == []
