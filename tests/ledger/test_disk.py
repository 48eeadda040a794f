import errno
import os

import pytest

from tuner.ledger.disk import Disk, replace_file, sync_folder, write_all


class Stubborn(Disk):
    """Its fsync fails in one way."""

    def __init__(self, error):
        self.error = error

    def fsync(self, descriptor):
        raise OSError(self.error, os.strerror(self.error))


def test_a_disk_that_cannot_sync_folders_is_good_enough(tmp_path):
    sync_folder(Stubborn(errno.EINVAL), tmp_path)


def test_a_disk_that_fails_to_sync_a_folder_is_not(tmp_path):
    with pytest.raises(OSError, match="Input/output error"):
        sync_folder(Stubborn(errno.EIO), tmp_path)


def test_a_disk_that_takes_no_bytes_and_says_nothing_is_full(tmp_path):
    class Silent(Disk):
        def write(self, descriptor, data):
            return 0

    with pytest.raises(OSError, match="No space left"):
        write_all(Silent(), -1, b"data")


def test_a_file_that_could_not_be_replaced_is_as_it_was(tmp_path):
    target = tmp_path / "table.csv"
    target.write_bytes(b"old")

    with pytest.raises(OSError, match="Input/output error"):
        replace_file(Stubborn(errno.EIO), target, b"new", mark="m")

    assert target.read_bytes() == b"old"
    assert [path.name for path in tmp_path.iterdir()] == ["table.csv"]


def test_files_are_not_opened_through_links_unless_asked(tmp_path):
    (tmp_path / "real").write_bytes(b"data")
    (tmp_path / "link").symlink_to(tmp_path / "real")
    disk = Disk()

    with pytest.raises(OSError, match="symbolic"):
        disk.open(tmp_path / "link", os.O_RDONLY)

    descriptor = disk.open(tmp_path / "link", os.O_RDONLY, follow=True)
    assert disk.read(descriptor, 10, 1) == b"ata"
    disk.close(descriptor)
