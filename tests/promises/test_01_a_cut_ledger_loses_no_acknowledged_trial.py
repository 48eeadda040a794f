"""Promise 1: cut at every byte of its last 3 records, with three kinds of tail, a ledger goes on."""

import random

import pytest

from tuner.ledger import Book, Disk, LedgerSpec, Stamp, make_ledger, read_study
from tuner.study import Finished, Opened, Started, Suggested

CONFIG = {"metric": {"name": "loss", "goal": "minimize"}}
RANDOM = random.Random(1)
TAILS = {
    "truncated": lambda lost: b"",
    "zero-filled": bytes,
    "random": RANDOM.randbytes,
}


class Quick(Disk):
    """No machine crashes in this test: what fsync waits for is not needed."""

    def fsync(self, descriptor):
        pass


def facts_of(trial):
    return [
        Suggested(trial=trial, point={"lr": trial / 7, "opt": "ädam\n"}, method="sobol"),
        Started(trial=trial, attempt=1),
        Finished(trial=trial, attempt=1, state="completed", metrics={"loss": 1 / trial}),
    ]


def open_book(folder):
    stamp = Stamp("host/boot/1/2")
    book = Book(make_ledger(folder, LedgerSpec(), stamp, disk=Quick(), kind="ext4"))
    book.catch_up()
    return book


def run(folder, count):
    """Run trials to completion, as a study that is opened for it would."""
    book = open_book(folder)
    for number in range(book.history.next_id, book.history.next_id + count):
        book.write(*facts_of(number))
    book.close()
    return book


def safe(starts, cut, tail):
    """Count the records before the cut; one that was cut off its line feed only is safe, too."""
    return sum(start <= cut + (tail == "truncated") for start in starts[1:])


@pytest.fixture
def whole(tmp_path):
    """A ledger of four trials, and where its last three records begin."""
    book = open_book(tmp_path / "first")
    book.write(Opened(study="s", config=CONFIG, config_hash="h"))
    for trial in range(1, 5):
        book.write(*facts_of(trial))
    book.close()
    data = (tmp_path / "first" / "ledger.jsonl").read_bytes()
    starts = [0]
    while (end := data.find(b"\n", starts[-1])) >= 0:
        starts.append(end + 1)
    return data, starts


@pytest.mark.parametrize("tail", TAILS)
def test_a_ledger_cut_anywhere_in_its_last_records_keeps_the_rest_and_goes_on(
    tail, whole, tmp_path
):
    data, starts = whole
    offsets = range(starts[-4], len(data))
    assert len(offsets) > 700
    folder = tmp_path / "cut"
    folder.mkdir()
    file = folder / "ledger.jsonl"
    for cut in offsets:
        file.unlink(missing_ok=True)
        file.write_bytes(data[:cut] + TAILS[tail](len(data) - cut))
        kept = safe(starts, cut, tail)

        first = run(folder, 2)
        again = open_book(folder)
        again.close()

        trials = first.history.trials
        acknowledged = {number: 1 / number for number in range(1, 5) if 3 * number < kept}
        measured = {n: t.metrics["loss"] for n, t in trials.items() if t.metrics}
        assert acknowledged.items() <= measured.items(), f"cut at {cut}"
        assert len(measured) == len(acknowledged) + 2, f"a phantom: cut at {cut}"
        assert all(trial.params["lr"] == number / 7 for number, trial in trials.items())
        assert again.history.trials == trials
        assert again.history.last == first.history.last


@pytest.mark.parametrize("tail", TAILS)
def test_whoever_only_reads_sees_every_acknowledged_trial_too(tail, whole, tmp_path):
    data, starts = whole
    file = tmp_path / "ledger.jsonl"
    for cut in range(starts[-4], len(data), 3):
        file.unlink(missing_ok=True)
        file.write_bytes(data[:cut] + TAILS[tail](len(data) - cut))

        history = read_study(file).history

        assert history.last == safe(starts, cut, tail)
        assert len(history.trials) == (history.last + 1) // 3
