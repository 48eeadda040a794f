"""Promise 24: no value of a secret-looking variable in argv, facts, messages, or files made by us."""

from pathlib import Path

CANARY = "c4n4ry-" + "5ecret" * 5
LEAK = "echo $MY_API_KEY; echo loss=0.5; echo token is $MY_API_KEY >&2; echo $$; sleep 0.2"


def process_list():
    """Give every command line of this machine."""
    said = []
    for path in Path("/proc").iterdir():
        if path.name.isdigit():
            try:
                said.append((path / "cmdline").read_bytes())
            except OSError:
                continue
    return b"\n".join(said)


def test_24_a_secret_shows_in_nothing_that_we_write(bench, monkeypatch):
    monkeypatch.setenv("MY_API_KEY", CANARY)
    runner = bench.runner(("sh", "-c", LEAK))
    job = bench.job()
    started = runner.prepare(job)
    runner.go(job)
    bench.wait_for((job.folder / "stdout.log").exists)

    assert CANARY.encode() not in process_list()
    outcome = bench.outcome(runner)

    assert outcome.metrics == {"loss": 0.5}
    assert CANARY not in repr(started) + repr(outcome)
    written = {path.name: path.read_bytes() for path in job.folder.iterdir()}
    assert {"stdout.log", "stderr.log", "params.json", "exit.json"} <= set(written)
    assert [name for name, data in written.items() if CANARY.encode() in data] == []
    assert written["stdout.log"].startswith(b"***\nloss=0.5\n")


def test_24_a_message_that_quotes_the_log_masks_the_secret(bench, monkeypatch):
    monkeypatch.setenv("HF_TOKEN", CANARY)
    monkeypatch.setenv("OTHER_PASSWORD", "hunter2")
    words = "echo login with $HF_TOKEN and $OTHER_PASSWORD failed >&2; exit 1"

    outcome = bench.run(bench.runner(("sh", "-c", words)), bench.job())

    assert outcome.message == "exit code 1: login with *** and *** failed"


def test_24_a_secret_that_arrives_in_two_pieces_is_masked_too(bench, monkeypatch):
    monkeypatch.setenv("MY_SECRET", CANARY)
    words = "printf '%s' ${{MY_SECRET%ecret}}; sleep 0.3; echo ecret; echo loss=1"

    bench.run(bench.runner(("sh", "-c", words)), bench.job())

    assert (bench.job().folder / "stdout.log").read_bytes() == b"***\nloss=1\n"


def test_24_a_short_or_harmless_value_is_left_readable(bench, monkeypatch):
    monkeypatch.setenv("SORT_KEY", "loss")
    monkeypatch.setenv("CACHE_KEY", "100000")
    monkeypatch.setenv("TOKENIZERS_PARALLELISM", "disabled")
    words = "echo disabled 100000; echo loss=100000"

    outcome = bench.run(bench.runner(("sh", "-c", words)), bench.job())

    assert outcome.metrics == {"loss": 100000.0}
    assert (bench.job().folder / "stdout.log").read_bytes() == b"disabled 100000\nloss=100000\n"
