"""The process beside `tuner run`: it fills a sink, hangs, or is killed, and the study never minds."""

import os
import signal
import subprocess
import time

import pytest

from tuner.errors import UsageError
from tuner.sinks import Scribes, exported, standing_of
from tuner.sinks.claim import Claim
from tuner.sinks.spec import TensorboardSpec

SPEC = TensorboardSpec()


def wait_for(seen, seconds=60):
    end = time.monotonic() + seconds
    while not seen():
        assert time.monotonic() < end
        time.sleep(0.05)


def written(study):
    return set(standing_of(study.folder, "tensorboard").written)


@pytest.mark.slow
def test_trials_are_written_while_the_study_runs_and_the_last_ones_when_it_ends(study):
    scribes = Scribes(study.folder, [SPEC])
    study.run(1)
    wait_for(lambda: written(study) == {1})
    study.run(2, 3)

    assert scribes.finish(study.book.history) == []

    assert written(study) == {1, 2, 3}


@pytest.mark.slow
def test_two_workers_of_a_study_write_no_trial_twice(study):
    one, two = Scribes(study.folder, [SPEC]), Scribes(study.folder, [SPEC])
    study.run(1, 2)

    assert one.finish(study.book.history) == []
    study.run(3)
    assert two.finish(study.book.history) == []

    notes = (study.folder / "sinks/tensorboard.jsonl").read_text()
    assert notes.count('"written"') == 3


@pytest.mark.slow
def test_a_process_that_was_killed_or_hangs_costs_a_line_and_the_grace_at_most(study):
    study.run(1)
    scribes = Scribes(study.folder, [SPEC])
    wait_for(lambda: written(study) == {1})
    (process,) = scribes._processes.values()
    os.kill(process.pid, signal.SIGSTOP)  # as when the network hangs
    study.run(2)

    said = scribes.finish(study.book.history, grace_s=0.2)

    (line,) = said
    assert line.startswith("sink tensorboard: 1 trial is not written: it was too slow; ")
    assert f"`tuner export {study.folder} --to tensorboard`" in line
    again = Scribes(study.folder, [SPEC])
    assert again.finish(study.book.history) == []
    assert written(study) == {1, 2}


@pytest.mark.slow
def test_it_waits_for_one_that_is_at_it_and_may_look_no_more(study):
    with Claim(study.folder, "tensorboard") as claim:
        assert claim.take()
        scribes = Scribes(study.folder, [SPEC])
        study.run(1)
        (process,) = scribes._processes.values()
        process.stdin.close()
        with pytest.raises(subprocess.TimeoutExpired):
            process.wait(3)

    assert scribes.finish(study.book.history) == []

    assert written(study) == {1}


def test_a_study_without_a_place_for_notes_ends_with_a_line_and_export_with_an_error(study):
    study.run(1)
    (study.folder / "sinks").write_text("")

    (line,) = Scribes(study.folder, [SPEC]).finish(study.book.history)

    assert "1 trial is not written: its process could not begin; is" in line
    with pytest.raises(UsageError, match="sinks: File exists"):
        exported(study.folder, SPEC)


@pytest.mark.slow
def test_it_ends_when_the_study_is_killed(study):
    scribes = Scribes(study.folder, [SPEC])
    (process,) = scribes._processes.values()
    process.stdin.close()  # as the kernel does

    assert process.wait(60) == 0
