import asyncio
import socket
import threading
import time
from pathlib import Path

import pytest

pytest.importorskip("starlette")
uvicorn = pytest.importorskip("uvicorn")

from tuner.cli.subject import subject_of  # noqa: E402  the libraries are asked for first
from tuner.dashboard.guard import Guard  # noqa: E402
from tuner.dashboard.site import Site  # noqa: E402
from tuner.dashboard.studies import Studies  # noqa: E402
from tuner.dashboard.views import Outside  # noqa: E402
from tuner.ledger import LedgerSpec, Stamp, make_ledger  # noqa: E402
from tuner.study import Finished, Opened, Started, Suggested  # noqa: E402

TOKEN = "a-token-of-the-tests"


def config_of(name):
    return {
        "version": 1,
        "name": name,
        "metric": {"name": "loss", "goal": "minimize"},
        "parameters": {
            "lr": {"type": "float", "min": 0.0, "max": 1.0},
            "opt": {"values": ["sgd", "adamw"]},
        },
        "runner": {"type": "command", "command": ["true"]},
        "stop": {"trials": 50},
    }


class Written:
    """A study that grows by hand, with the logs that its trials leave."""

    def __init__(self, folder, name=None):
        self.folder = folder
        folder.mkdir(parents=True)
        self.ledger = make_ledger(folder, LedgerSpec(), Stamp("h/b/1/2"))
        config = config_of(name or folder.name)
        self.write(Opened(study=config["name"], config=config, config_hash="c", host="h"))
        self.last = 0

    def write(self, *facts):
        self.ledger.append(facts)

    def trial(self, loss=None, log="", **more):
        """Let one more trial end; without a loss it failed."""
        self.last += 1
        number = self.last
        point = {"lr": (number % 10) / 10, "opt": "sgd"}
        folder = self.folder / "trials" / str(number) / "attempt-1"
        folder.mkdir(parents=True)
        (folder / "stdout.log").write_text(log or f"out of {number}\n")
        ended = {"state": "completed", "metrics": {"loss": loss}}
        if loss is None:
            ended = {"state": "failed", "failure": "crash", "exit_code": 1}
        self.write(
            Suggested(trial=number, point=point, method="sobol"),
            Started(trial=number, attempt=1, host="h", pid=9, argv=("true",)),
            Finished(trial=number, attempt=1, wall_s=1.0, **{**ended, **more}),
        )
        return number


@pytest.fixture
def written(tmp_path):
    """Begin a study below the folder that the dashboard shows."""
    return lambda name, title=None: Written(tmp_path / "runs" / name, title)


class Served:
    """A dashboard that answers on a port of this machine."""

    def __init__(self, root, *, control):
        self.studies = Studies(Path(root))
        self.site = Site(
            self.studies,
            Guard(TOKEN, [], control),
            Outside(subject_of=subject_of, alive=lambda _folder, _history: []),
        )
        self.place = socket.create_server(("127.0.0.1", 0))
        self.port = self.place.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}/?token={TOKEN}"
        config = uvicorn.Config(self.site.app(), log_level="error", access_log=False, ws="none")
        self.server = uvicorn.Server(config)
        self.threads = [
            threading.Thread(target=self.server.run, kwargs={"sockets": [self.place]}, daemon=True),
            threading.Thread(target=self.studies.watch, daemon=True),
        ]
        for thread in self.threads:
            thread.start()
        until = time.monotonic() + 20
        while not self.server.started and time.monotonic() < until:
            time.sleep(0.02)

    def close(self):
        self.server.should_exit = True
        self.studies.stop()
        for thread in self.threads:
            thread.join(timeout=20)
        self.place.close()


@pytest.fixture
def serve(tmp_path):
    started = []

    def start(*, control=False):
        (tmp_path / "runs").mkdir(exist_ok=True)
        started.append(Served(tmp_path / "runs", control=control))
        return started[-1]

    yield start
    for served in started:
        served.close()


@pytest.fixture
def answers(tmp_path):
    """Ask the application without a socket; give (status, text, headers)."""

    def make(*, control=False, names=(), clock=time.monotonic):
        (tmp_path / "runs").mkdir(exist_ok=True)
        studies = Studies(tmp_path / "runs")
        studies.search()
        studies.look()
        outside = Outside(subject_of=subject_of, alive=lambda _folder, _history: [])
        app = Site(studies, Guard(TOKEN, names, control), outside, clock).app()

        def ask(path, method="GET", headers=None, body=b"", token=TOKEN, host="127.0.0.1:8613"):
            path, _, query = path.partition("?")
            sent = {"host": host, **({"x-tuner-token": token} if token else {}), **(headers or {})}
            sent.setdefault("content-length", str(len(body)))
            scope = {
                "type": "http",
                "method": method,
                "path": path,
                "raw_path": path.encode(),
                "query_string": query.encode(),
                "headers": [(k.lower().encode(), v.encode()) for k, v in sent.items()],
                "http_version": "1.1",
                "scheme": "http",
                "server": ("127.0.0.1", 8613),
                "client": ("127.0.0.1", 5),
                "root_path": "",
            }
            messages, given = [], [{"type": "http.request", "body": body, "more_body": False}]

            async def receive():
                return given.pop() if given else {"type": "http.disconnect"}

            async def send(message):
                messages.append(message)

            asyncio.run(app(scope, receive, send))
            text = b"".join(m.get("body", b"") for m in messages[1:]).decode()
            found = {k.decode(): v.decode() for k, v in messages[0]["headers"]}
            return messages[0]["status"], text, found

        ask.studies, ask.clock = studies, clock
        return ask

    return make
