"""What the dashboard answers, to whom, and what it refuses."""

import json

import pytest

from tuner.ledger import read_study
from tuner.study import Noted

ACT = {"origin": "http://127.0.0.1:8613", "x-tuner-act": "yes"}


def key_of(ask, place=0):
    return json.loads(ask("/studies")[1])["studies"][place]["key"]


def test_all_studies_are_listed_with_how_they_stand(written, answers):
    one, two = written("a"), written("deep/b")
    one.trial(0.5)
    one.trial(None)
    two.trial(0.25)

    status, text, _ = answers()("/studies")

    assert status == 200
    rows = {row["folder"]: row for row in json.loads(text)["studies"]}
    assert set(rows) == {"a", "deep/b"}
    assert rows["a"]["best"] == 0.5
    assert rows["a"]["counts"] == {"completed": 1, "failed": 1}
    assert rows["a"]["budgets"][0] == ["trials", 2, 50]


def test_what_has_not_changed_is_not_sent_again(written, answers):
    study = written("a")
    study.trial(0.5)
    ask = answers()
    version = json.loads(ask("/studies")[1])["version"]

    assert json.loads(ask(f"/studies?since={version}")[1]) == {"version": version}
    study.trial(0.25)
    ask.studies.look()

    assert json.loads(ask(f"/studies?since={version}")[1])["studies"][0]["best"] == 0.25


def test_a_study_is_given_as_the_report_has_it(written, answers):
    study = written("a")
    for number in range(8):
        study.trial(1.0 / (number + 1))
    ask = answers()

    found = json.loads(ask(f"/studies/{key_of(ask)}")[1])

    assert 'id="winner"' in found["html"]
    assert {"progress-1", "parallel-1"} <= set(found["data"]["figures"])
    assert "importance-1" not in found["data"]["figures"]
    assert found["asked"] is False
    assert "importance" in found["model"]
    assert found["parameters"] == ["lr", "opt"]


def test_the_model_is_asked_when_a_page_asks(written, answers):
    study = written("a")
    for number in range(12):
        study.trial(float((number % 10) - 4) ** 2)
    ask = answers()

    found = json.loads(ask(f"/studies/{key_of(ask)}?model=yes")[1])

    assert found["asked"] is True
    assert "slices-1" in found["data"]["figures"]


@pytest.mark.parametrize("token", ["", "wrong", "a-token-of-the-test"])
def test_without_the_token_nothing_is_given(token, written, answers):
    written("a").trial(0.5)
    ask = answers()

    for path in ("/", "/studies", "/dashboard.js", "/plotly.js", "/studies/x/logs/1"):
        status, text, headers = ask(path, token=token)
        assert status == 401
        assert "loss" not in text
        assert "default-src 'none'" in headers["content-security-policy"]


def test_the_token_of_the_link_opens_the_page(answers):
    status, text, headers = answers()("/?token=a-token-of-the-tests", token=None)

    assert status == 200
    assert 'data-token="a-token-of-the-tests"' in text
    assert "data-control" not in text
    assert "unsafe-inline" not in headers["content-security-policy"].split("style-src")[0]
    assert headers["referrer-policy"] == "no-referrer"


@pytest.mark.parametrize(
    "host", ["evil.example", "evil.example:8613", "", "127.0.0.1.evil.example"]
)
def test_a_name_that_was_made_to_lead_here_is_refused(host, answers):
    assert answers()("/studies", host=host)[0] == 421


@pytest.mark.parametrize("host", ["127.0.0.1:8613", "localhost:1", "[::1]:8613", "box:8613"])
def test_own_names_and_addresses_are_answered(host, answers):
    assert answers(names=["box"])("/studies", host=host)[0] == 200


def test_nothing_acts_without_the_flag(written, answers):
    study = written("a")
    study.trial(None)
    ask = answers()
    before = (study.folder / "ledger.jsonl").read_bytes()

    for act in ("stop", "end", "retry", "enqueue", "note", "mark"):
        status, text, _ = ask(f"/studies/{key_of(ask)}/{act}", "POST", ACT, b'{"trial": 1}')
        assert status == 403
        assert "--allow-control" in text
    assert (study.folder / "ledger.jsonl").read_bytes() == before


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"x-tuner-act": "yes"},
        {"origin": "http://127.0.0.1:8613"},
        {"origin": "http://evil.example", "x-tuner-act": "yes"},
        {"origin": "null", "x-tuner-act": "yes"},
    ],
)
def test_the_page_of_somebody_else_cannot_act(headers, written, answers):
    study = written("a")
    study.trial(None)
    ask = answers(control=True)

    assert ask(f"/studies/{key_of(ask)}/stop", "POST", headers, b"{}")[0] == 403
    assert read_study(study.folder).history.stop_asked is None


def test_with_the_flag_the_verbs_are_there(written, answers):
    study = written("a")
    study.trial(None)
    study.trial(0.5)
    ask = answers(control=True)

    def act(name, asked):
        status, text, _ = ask(
            f"/studies/{key_of(ask)}/{name}", "POST", ACT, json.dumps(asked).encode()
        )
        return status, json.loads(text)

    assert act("retry", {"trial": 1}) == (200, {"said": "trial 1 waits for attempt 2"})
    assert act("retry", {"trial": 2})[0] == 409
    assert act("enqueue", {"values": {"lr": "0.33", "opt": "adamw"}})[1]["said"] == "trial 3 waits"
    status, said = act("enqueue", {"values": {"lr": "77"}})
    assert status == 409
    assert "lr" in said["error"]
    assert act("end", {"trial": 3})[1] == {"said": "trial 3 will not run"}
    assert act("note", {"trial": 2, "text": "<b>look</b>"})[0] == 200
    assert act("mark", {"trial": 2, "text": "exclude"})[1] == {"said": "trial 2: exclude"}
    assert act("stop", {})[1]["said"].startswith("asked to stop")
    assert act("nonsense", {})[0] == 404
    assert act("note", {"trial": "2", "text": "x"})[0] == 409

    history = read_study(study.folder).history
    assert history.stop_asked == "stop"
    assert history.trials[2].notes == ("<b>look</b>",)
    assert history.trials[3].params == {"lr": 0.33, "opt": "adamw"}


@pytest.mark.parametrize("body", [b"", b"nonsense", b"[1]", b"[" * 60_000])
def test_a_body_that_is_no_object_is_refused(body, written, answers):
    written("a").trial(0.5)
    ask = answers(control=True)

    assert ask(f"/studies/{key_of(ask)}/stop", "POST", ACT, body)[0] == 400


def test_a_log_is_given_in_pieces(written, answers):
    study = written("a")
    study.trial(0.5, log="first\n")
    ask = answers()
    path = f"/studies/{key_of(ask)}/logs/1"

    found = json.loads(ask(path)[1])
    assert (found["text"], found["from"], found["to"]) == ("first\n", 0, 6)
    with (study.folder / "trials/1/attempt-1/stdout.log").open("a") as log:
        log.write("second\n")

    assert json.loads(ask(f"{path}?from=6")[1])["text"] == "second\n"
    assert ask(f"{path}?stream=stderr")[0] == 404
    assert ask(f"{path}?stream=../../secret")[0] == 404
    assert ask(f"{path}?from=x")[0] == 400


@pytest.mark.parametrize("where", ["file", "attempt", "trial", "trials"])
def test_no_link_leads_out_of_a_study(where, written, answers, tmp_path):
    study = written("a")
    study.trial(0.5)
    secret = tmp_path / "secret"
    (secret / "1" / "attempt-1").mkdir(parents=True)
    (secret / "1" / "attempt-1" / "stdout.log").write_text("SECRET")
    trials = study.folder / "trials"
    place, aim = {
        "file": (trials / "1/attempt-1/stdout.log", secret / "1/attempt-1/stdout.log"),
        "attempt": (trials / "1/attempt-1", secret / "1/attempt-1"),
        "trial": (trials / "1", secret / "1"),
        "trials": (trials, secret),
    }[where]
    place.rename(tmp_path / "away")
    place.symlink_to(aim)
    ask = answers()

    status, text, _ = ask(f"/studies/{key_of(ask)}/logs/1")

    assert status == 404
    assert "SECRET" not in text


@pytest.mark.parametrize(
    "path",
    [
        "/studies/../../etc/passwd",
        "/studies/%2e%2e/logs/1",
        "/../dashboard.js",
        "/studies/0000000000000000",
        "/studies/x/logs/..",
    ],
)
def test_paths_lead_nowhere(path, written, answers):
    written("a").trial(0.5)

    assert answers()(path)[0] == 404


class Hands:
    """A clock that stands until it is set."""

    now = 0.0

    def __call__(self):
        self.now += 1.0  # every drawing takes a second
        return self.now


@pytest.fixture
def followed(written, answers):
    """A study of ten trials whose whole page was asked for once: (study, ask, its address, version)."""
    study = written("a")
    for number in range(10):
        study.trial(1.0 / (number + 1))
    ask = answers(clock=Hands())
    address = f"/studies/{key_of(ask)}"
    return study, ask, address, json.loads(ask(address)[1])["version"]


def test_of_a_study_that_grows_only_rows_that_have_changed_are_sent(followed):
    study, ask, address, version = followed
    number = study.trial(0.01, message="said late")
    study.write(Noted(kind="mark", text="good", trial=3))
    ask.studies.look()

    text = ask(f"{address}?since={version}&figures={version}")[1]
    found = json.loads(text)

    columns = {column["name"]: column["values"] for column in found["rows"]["columns"]}
    assert columns["trial"] == [3, number]
    assert columns["tags"] == ["good", ""]
    assert found["rows"]["more"][1][-1] == ["message", "said late"]
    assert found["best"] == number
    assert "Trial 11" in found["html"]
    assert "data" not in found
    assert len(text) < 10_000
    again = f"{address}?since={found['version']}&figures={version}"
    assert json.loads(ask(again)[1]) == {"version": found["version"]}


def test_figures_follow_when_their_time_has_come(followed):
    study, ask, address, version = followed
    study.trial(0.01)
    ask.studies.look()
    asked = f"{address}?since={version}&figures={version}"
    assert "data" not in json.loads(ask(asked)[1])

    ask.clock.now += 1000.0
    without = json.loads(ask(f"{address}?since={version}")[1])
    whole = json.loads(ask(asked)[1])

    assert "data" not in without
    assert "progress-1" in whole["data"]["figures"]
    assert whole["version"] == without["version"]


def test_a_page_that_knows_nothing_gets_what_was_drawn_last_and_then_the_rest(followed):
    study, ask, address, version = followed
    number = study.trial(0.01)
    ask.studies.look()

    whole = json.loads(ask(address)[1])
    rest = json.loads(ask(f"{address}?since={whole['version']}")[1])

    assert whole["version"] == version
    assert rest["rows"]["columns"][0]["values"] == [number]


def test_a_ledger_that_was_replaced_is_sent_whole(followed, written):
    study, ask, address, version = followed
    other = written("b", "a")
    other.trial(0.75)
    (study.folder / "ledger.jsonl").unlink()
    (other.folder / "ledger.jsonl").rename(study.folder / "ledger.jsonl")
    ask.studies.look()

    whole = json.loads(ask(f"{address}?since={version}&figures={version}")[1])

    assert whole["data"]["trials"]["columns"][0]["values"] == [1]


def test_a_ledger_that_is_cut_short_is_sent_whole(followed):
    study, ask, address, version = followed
    ledger = study.folder / "ledger.jsonl"
    data = ledger.read_bytes()
    ledger.write_bytes(data[: data.index(b"\n", len(data) // 2) - 20])
    ask.studies.look()

    whole = json.loads(ask(f"{address}?since={version}&figures={version}")[1])

    assert 0 < len(whole["data"]["trials"]["columns"][0]["values"]) < 10


def test_a_ledger_that_is_gone_changes_no_row(followed):
    study, ask, address, version = followed
    (study.folder / "ledger.jsonl").unlink()
    ask.studies.look()

    found = json.loads(ask(f"{address}?since={version}&figures={version}")[1])

    assert found["version"] > version
    assert found["rows"]["columns"][0]["values"] == []
