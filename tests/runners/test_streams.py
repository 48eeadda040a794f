"""What a job prints, on its way to a log: caps, heads, tails, kept lines, and masked secrets."""

import os
import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tuner.runners import streams
from tuner.runners.streams import Log, Mask


def logged(path, pieces, *, cap=4096, needles=(b"loss",), pattern=b""):
    path.unlink(missing_ok=True)
    log = Log(str(path), cap, list(needles), pattern)
    for piece in pieces:
        log.take(piece)
    log.finish()
    return path.read_bytes()


def lines(count, start=0):
    return [b"step %06d of many\n" % number for number in range(start, start + count)]


def test_what_fits_is_kept_byte_for_byte(tmp_path):
    data = os.urandom(3000)

    assert logged(tmp_path / "log", [data[:1000], data[1000:1001], data[1001:]]) == data


@settings(max_examples=200, deadline=None)
@given(
    st.lists(st.binary(max_size=3000), max_size=8),
    st.sampled_from([4096, 5000, 9999]),
    st.booleans(),
)
def test_no_log_outgrows_its_cap(tmp_path_factory, pieces, cap, named):
    folder = tmp_path_factory.mktemp("log", numbered=True)
    pieces = [piece + (b"\nloss=1\n" if named else b"") for piece in pieces]

    said = logged(folder / "log", pieces, cap=cap)

    whole = b"".join(pieces)
    assert len(said) <= cap
    if len(whole) <= cap // 2 - cap // 16:
        assert said == whole


def test_a_long_log_keeps_head_and_tail_and_says_what_is_missing(tmp_path):
    whole = b"".join(lines(2000))

    said = logged(tmp_path / "log", [whole])

    left_out = int(re.search(rb"\[tuner: (\d+) bytes left out here\]\n", said)[1])
    head, _, tail = said.partition(b"[tuner: %d bytes left out here]\n" % left_out)
    assert whole.startswith(head)
    assert head.endswith(b"\n")
    assert whole.endswith(tail)
    assert tail.startswith(b"step ")
    assert len(head) + left_out + len(tail) == len(whole)


@pytest.mark.parametrize("size", [1, 7, 100, 100_000])
@pytest.mark.parametrize("end", [b"\n", b"\r"])
def test_a_metric_printed_in_the_middle_is_kept_once(tmp_path, size, end):
    whole = b"".join([*lines(1000), b"val loss=0.5 x" + end, *lines(1000)])
    pieces = [whole[at : at + size] for at in range(0, len(whole), size)]

    said = logged(tmp_path / "log", pieces)

    assert said.count(b"val loss=0.5 x\n") == 1
    assert said.index(b"val loss") < said.index(b"bytes left out")


def test_a_metric_printed_all_along_is_in_order_and_never_twice(tmp_path):
    whole = b"".join(
        b"%sloss=%d\n" % (b"noise\n" * 20 if number < 90 else b"", number) for number in range(100)
    )

    said = logged(tmp_path / "log", [whole[at : at + 999] for at in range(0, len(whole), 999)])

    values = [int(value) for value in re.findall(rb"^loss=(\d+)$", said, re.MULTILINE)]
    assert values == sorted(set(values))
    assert values[-10:] == list(range(90, 100))


def test_a_line_that_was_cut_holds_no_false_number(tmp_path):
    # the head ends, and the tail begins, within a line that names a metric
    whole = b"".join(b"best_loss=%09d\n" % number for number in range(2000))

    said = logged(tmp_path / "log", [whole], needles=[b"best_loss"])

    assert set(re.sub(rb"\[tuner: .*\]", b"best_loss=000000000", said).split()) <= set(
        whole.split()
    )


def test_lines_that_match_a_pattern_are_kept(tmp_path):
    whole = b"".join([*lines(1000), b"Acc@1 75.5\nAcc@5 xx\n", *lines(1000)])

    said = logged(tmp_path / "log", [whole], needles=[], pattern=rb"^Acc@\d [\d.]+$")

    assert b"Acc@1 75.5" in said
    assert b"Acc@5" not in said


def test_a_pattern_that_only_text_understands_keeps_nothing_and_hurts_nobody(tmp_path):
    whole = b"".join(lines(2000))

    assert len(logged(tmp_path / "log", [whole], needles=[], pattern=rb"\N{DIGIT ONE}")) <= 4096


def test_a_pattern_that_takes_for_ever_is_given_up(tmp_path, monkeypatch):
    monkeypatch.setattr(streams, "PATTERN_S", 0.05)
    whole = b"".join([*lines(1000), b"x" * 40 + b"!\n", *lines(1000)])

    said = logged(tmp_path / "log", [whole], needles=[], pattern=rb"(x+x+)+$")

    assert said.endswith(lines(1000)[-1])


def test_more_metric_lines_than_there_is_room_for_leave_the_last_ones(tmp_path):
    whole = b"".join(b"loss=%06d\n" % number for number in range(5000))

    said = logged(tmp_path / "log", [whole])

    assert len(said) <= 4096
    assert said.endswith(b"loss=004999\n")


def test_a_full_disk_costs_output_and_nothing_else(tmp_path, monkeypatch):
    log = Log(str(tmp_path / "log"), 4096, [], b"")
    log.take(b"before\n")

    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(streams.os, "write", full)
    log.take(b"lost\n" * 2000)
    monkeypatch.undo()
    log.take(b"after\n")
    log.finish()

    assert log.trouble == "No space left on device"
    said = (tmp_path / "log").read_bytes()
    assert said.startswith(b"before\n")
    assert said.endswith(b"after\n")


def test_a_log_is_never_written_over_another_file(tmp_path):
    (tmp_path / "log").symlink_to(tmp_path / "target")

    with pytest.raises(FileExistsError):
        Log(str(tmp_path / "log"), 4096, [], b"")
    assert not (tmp_path / "target").exists()


@given(
    st.lists(st.sampled_from([b"hunter2x", b"hunter2", b"hu", b"nter", b"2x", b"h", b"\n", b" "])),
)
def test_no_secret_passes_however_it_is_cut(pieces):
    mask = Mask([b"hunter2x", b"nter2"])

    said = b"".join(mask(piece) for piece in pieces) + mask.held

    whole = b"".join(pieces)
    assert b"hunter2x" not in said
    assert b"nter2" not in said
    if b"nter2" not in whole:
        assert said == whole


def test_without_secrets_nothing_is_held_back():
    assert Mask([])(b"hunter2") == b"hunter2"
    assert Mask([b"hunter2"])(b"all is well\n") == b"all is well\n"
