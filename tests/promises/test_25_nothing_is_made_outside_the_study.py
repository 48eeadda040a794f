"""Promise 25, the runner's side: nothing outside of the study's folder; files 0600, folders 0700."""

import os
import stat
from dataclasses import replace
from pathlib import Path

import pytest

from tuner.errors import UsageError

COMMAND = ("sh", "-c", "echo loss=1")


def mode(path):
    return stat.S_IMODE(os.lstat(path).st_mode)


def snapshot(folder):
    return sorted(str(path) for path in folder.rglob("*"))


@pytest.mark.parametrize(
    "folder",
    ["../elsewhere", "trials/../../elsewhere", "/tmp/tuner-elsewhere", "."],
    ids=["up", "down and up", "absolute", "the study itself"],
)
def test_25_a_folder_outside_of_the_study_is_refused(bench, tmp_path, folder):
    before = snapshot(tmp_path)
    job = replace(bench.job(), folder=bench.dir / folder)

    with pytest.raises(UsageError, match="does not lie inside"):
        bench.runner(COMMAND).prepare(job)

    assert [
        path for path in snapshot(tmp_path) if path not in before and "trials" not in path
    ] == []
    assert not Path("/tmp/tuner-elsewhere").exists()


@pytest.mark.parametrize(
    "link", ["trials", "trials/1", "trials/1/attempt-1", "trials/1/checkpoint"]
)
def test_25_a_link_on_the_way_is_refused(bench, tmp_path, link):
    target = tmp_path / "target"
    target.mkdir()
    place = bench.dir / link
    place.parent.mkdir(parents=True, exist_ok=True)
    place.symlink_to(target)

    with pytest.raises(UsageError, match=r"link|no folder"):
        bench.runner(COMMAND).prepare(bench.job())

    assert snapshot(target) == []


def test_25_a_used_folder_is_never_used_again(bench):
    runner = bench.runner(COMMAND)
    bench.run(runner, bench.job())
    before = (bench.job().folder / "exit.json").read_bytes()

    with pytest.raises(UsageError, match="has been used already"):
        runner.prepare(bench.job())

    assert (bench.job().folder / "exit.json").read_bytes() == before


def test_25_a_folder_that_was_prepared_and_never_went_is_made_anew(bench):
    first, second = bench.runner(COMMAND), bench.runner(COMMAND)
    first.prepare(bench.job())

    outcome = bench.run(second, bench.job())

    first.close()
    assert outcome.state == "completed"
    assert (bench.job().folder / "exit.json").exists()  # the second one's folder stays


def test_25_files_are_private(bench):
    old = os.umask(0)
    try:
        bench.run(
            bench.runner(("sh", "-c", "echo loss=1; mkdir sub"), cwd=str(bench.dir)), bench.job()
        )
    finally:
        os.umask(old)

    ours = [path for path in bench.dir.rglob("*") if path.name != "sub"]
    folders = [path for path in ours if path.is_dir()]
    files = [path for path in ours if path.is_file()]
    assert len(folders) == 4
    assert len(files) >= 4
    assert {mode(path) for path in folders} == {0o700}
    assert {mode(path) for path in files} == {0o600}
    assert mode(bench.dir / "sub") == 0o777  # a job has the mask of the person
