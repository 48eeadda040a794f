import os
from pathlib import Path

import pytest

from tuner.errors import LedgerError, LedgerLockedError, UsageError
from tuner.ledger import CsvLedger, Disk, JsonlLedger, Stamp, this_worker
from tuner.ledger.make import make_folder


@pytest.fixture
def _no_umask():
    old = os.umask(0)
    yield
    os.umask(old)


@pytest.mark.usefixtures("_no_umask")
@pytest.mark.parametrize("form", ["jsonl", "csv"])
def test_a_study_is_made_for_its_owner_only(open_ledger, tmp_path, facts, form):
    ledger = open_ledger(tmp_path / "runs" / "study", form=form)
    ledger.append(facts.trial(1))

    for folder in (tmp_path / "runs", tmp_path / "runs" / "study"):
        assert folder.stat().st_mode & 0o777 == 0o700
    for file in (tmp_path / "runs" / "study").iterdir():
        assert file.stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize(("form", "made"), [("jsonl", JsonlLedger), ("csv", CsvLedger)])
def test_the_format_chooses_the_ledger(open_ledger, form, made):
    assert isinstance(open_ledger(form=form), made)


@pytest.mark.parametrize(("first", "second"), [("jsonl", "csv"), ("csv", "jsonl")])
def test_a_ledger_of_the_other_format_is_not_passed_over(open_ledger, first, second):
    open_ledger(form=first)

    with pytest.raises(UsageError, match="holds a ledger in"):
        open_ledger(form=second)


@pytest.mark.parametrize("name", ["ledger.jsonl", "ledger.lock"])
def test_no_file_of_the_ledger_may_be_a_link(open_ledger, tmp_path, facts, name):
    folder = tmp_path / "study"
    folder.mkdir()
    (tmp_path / "victim").write_text("precious")
    (folder / name).symlink_to(tmp_path / "victim")

    with pytest.raises(LedgerError, match="symbolic link"):
        open_ledger().append(facts.trial(1))

    assert (tmp_path / "victim").read_text() == "precious"


def test_a_pipe_in_the_place_of_the_ledger_is_refused(open_ledger, tmp_path):
    (tmp_path / "study").mkdir()
    os.mkfifo(tmp_path / "study" / "ledger.jsonl")

    with pytest.raises(LedgerError, match="is not a file"):
        open_ledger()


def test_a_folder_of_another_user_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(os, "geteuid", lambda: os.getuid() + 1)

    with pytest.raises(UsageError, match="belongs to another user"):
        make_folder(tmp_path)


def test_a_file_in_the_place_of_the_folder_is_refused(tmp_path):
    (tmp_path / "study").touch()

    with pytest.raises(UsageError, match="is not a folder"):
        make_folder(tmp_path / "study")
    with pytest.raises(UsageError, match="cannot be used: Not a directory"):
        make_folder(tmp_path / "study" / "inner")


def test_the_folder_is_made_safe_when_it_is_opened(open_ledger, tmp_path):
    class Recording(Disk):
        folders = ()

        def fsync(self, descriptor):
            place = Path(f"/proc/self/fd/{descriptor}").readlink()
            self.folders += (place,) if place.is_dir() else ()
            super().fsync(descriptor)

    disk = Recording()

    open_ledger(disk=disk)

    assert disk.folders == (tmp_path / "study",)


def test_jobs_do_not_inherit_the_ledger(open_ledger):
    ledger = open_ledger()

    with ledger.turn():
        assert not os.get_inheritable(ledger._descriptor)
        assert not os.get_inheritable(ledger._lock._descriptor)


def test_on_a_disk_that_hosts_share_another_lock_is_used_and_said_so(open_ledger, tmp_path):
    stamp = Stamp(this_worker())
    one = open_ledger(kind="nfs4", stamp=stamp)
    two = open_ledger(kind="nfs4", stamp=stamp, patience_s=0)

    with one.turn():
        assert (tmp_path / "study" / "ledger.lock.shared").exists()
        with pytest.raises(LedgerLockedError), two.turn():
            pytest.fail("two holders")

    assert "is on nfs4" in one.notices[0]


def test_on_a_disk_that_hosts_share_every_look_is_at_a_file_opened_anew(open_ledger, facts):
    class Recording(Disk):
        opened = ()

        def open(self, path, flags, *, follow=False):
            self.opened += (path.name,)
            return super().open(path, flags, follow=follow)

    disk = Recording()
    ledger = open_ledger(kind="nfs4", disk=disk)
    disk.opened = ()

    ledger.append(facts.trial(1))
    ledger.catch_up()
    with ledger.turn():
        ledger.append(facts.trial(2))
        ledger.append(facts.trial(3))

    assert disk.opened.count("ledger.jsonl") == 3
    assert len(open_ledger().catch_up()) == 9


def test_on_a_local_disk_nothing_is_said(open_ledger):
    assert open_ledger().notices == []


def test_a_locked_study_is_given_up_after_the_patience_given(open_ledger, facts):
    one, two = open_ledger(), open_ledger(patience_s=0)

    with one.turn(), pytest.raises(LedgerLockedError):
        two.append(facts.trial(1))
