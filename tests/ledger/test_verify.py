import pytest

from tuner.ledger import verify
from tuner.ledger.codec import encode
from tuner.study import Record, Unknown


@pytest.fixture
def lines(facts):
    made = [facts.opened, *facts.trial(1), *facts.trial(2)]
    return [encode(Record(n, "", 0.0, "w", fact)) for n, fact in enumerate(made, start=1)]


@pytest.fixture
def write(tmp_path):
    def write(lines):
        (tmp_path / "ledger.jsonl").write_bytes(b"".join(lines))
        return tmp_path

    return write


def test_a_sound_ledger_has_no_findings(write, lines):
    assert verify(write(lines)) == []


def test_damage_is_found_at_its_line_and_byte(write, lines):
    lines[2] = lines[2][:40] + b"X" + lines[2][41:]

    found = verify(write(lines))

    byte = len(lines[0] + lines[1])
    assert found[0] == f"line 3 (byte {byte}): its checksum does not match; skipped"
    assert found[1] == f"line 4 (byte {byte + len(lines[2])}): records 3 to 3 are missing before it"


def test_an_unfinished_end_is_found(write, lines):
    found = verify(write([*lines[:-1], lines[-1][:-20]]))

    assert len(found) == 1
    assert "line 7" in found[0]
    assert "unfinished" in found[0]


@pytest.mark.parametrize("missing", [0, 3])
def test_missing_records_are_found(write, lines, missing):
    del lines[missing]

    assert any(
        f"records {missing + 1} to {missing + 1} are missing" in f for f in verify(write(lines))
    )


def test_a_record_repeated_after_an_error_is_fine_and_a_different_one_is_not(write, lines, facts):
    other = encode(Record(7, "", 0.0, "w", facts.finished(2, 9.0)))

    assert verify(write([*lines, lines[-1]])) == []
    assert "told twice, differently" in verify(write([*lines, other]))[0]


def test_records_out_of_order_are_found(write, lines):
    assert "stands behind" in verify(write([*lines, lines[1]]))[0]


def test_facts_of_a_newer_version_are_counted(write, lines):
    newer = encode(Record(8, "", 0.0, "w", Unknown(name="dreamt", body={})))

    assert verify(write([*lines, newer])) == [
        "1 facts 'dreamt' of a newer version: kept and ignored"
    ]


def test_facts_about_nobody_are_counted(write, lines, facts):
    orphan = encode(Record(8, "", 0.0, "w", facts.started(99)))

    assert verify(write([*lines, orphan])) == [
        "1 facts about trials that nobody suggested: ignored"
    ]


def test_a_thousand_findings_are_enough(write, lines):
    found = verify(write([*lines, *[b"x\n"] * 3000]))

    assert len(found) == 1001
    assert found[-1] == "and 2000 more"


def test_a_table_is_verified_with_its_journal(open_book, tmp_path, facts):
    book = open_book(form="csv")
    book.write(facts.opened, *facts.trial(1))
    book.close()
    assert verify(tmp_path / "study") == []

    with (tmp_path / "study" / "journal.jsonl").open("ab") as file:
        file.write(b"x\n")
    with (tmp_path / "study" / "ledger.csv").open("ab") as file:
        file.write(b"2,completed\n")

    found = verify(tmp_path / "study")
    assert any("line 3: it has 2 cells" in each for each in found)
    assert any("line 5 " in each for each in found)
