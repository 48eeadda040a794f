"""The board in a real terminal (tmux) that is resized while it runs: always one whole screen."""

import re
import shutil
import subprocess
import sys
import uuid

import pytest

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(shutil.which("tmux") is None, reason="tmux is not installed"),
]
SIZES = [(80, 24), (200, 50), (100, 30), (80, 24)]
LABELS = {"trials", "wall", "best", "slots", "expected", "running", "last", "failures"}
TITLE = r"^ story  minimize loss +running"


class Tmux:
    """A shell in a terminal of a server of its own."""

    def __init__(self, folder):
        self._name = f"tuner-{uuid.uuid4().hex[:12]}"
        shell = f"cd {folder} && PS1='ready> ' exec bash --norc --noprofile"
        self("-f", "/dev/null", "new-session", "-d", "-x", "80", "-y", "24", shell)
        self.type("stty -echo")

    def __call__(self, *words):
        command = ["tmux", "-L", self._name, *words]
        done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=60)
        return done.stdout

    def type(self, words):
        self("send-keys", "-l", words)
        self("send-keys", "Enter")

    def resize(self, width, height):
        self("resize-window", "-x", str(width), "-y", str(height))

    def screen(self):
        return self("capture-pane", "-p").rstrip("\n").split("\n")

    def cursor(self):
        return self("display-message", "-p", "#{cursor_flag}").strip()

    def close(self):
        self("kill-server")


@pytest.fixture
def terminal(desk, monkeypatch):
    monkeypatch.setenv("TERM", "screen-256color")
    monkeypatch.setenv("SECONDS_EACH", "0.7")
    (desk.folder / "job.py").write_text(
        "import os, sys, time\n"
        "x = float(sys.argv[1].split('=')[1])\n"
        "time.sleep(float(os.environ['SECONDS_EACH']) + x)\n"
        "sys.exit('too large a step') if x > 0.9 else print('loss:', x)\n"
    )
    desk.write(resources={"parallel": 8}, stop={"trials": 5000})
    tmux = Tmux(desk.folder)
    yield tmux
    tmux.close()


def whole(screen, width, height):
    """Say whether a screen is exactly one board: what it starts with, every label where it belongs."""
    titles = [place for place, line in enumerate(screen) if re.match(TITLE, line)]
    inner = [line[:12].strip() for line in screen[1:]]
    right = [half.strip().split(" ")[0] for line in screen for half in line.split("│")[1:]]
    labels = [label for label in [*inner, *right] if label and not label.startswith("…")]
    rest = [label for label in labels if label in LABELS]
    twice = {label for label in rest if rest.count(label) > 1 + (label == "trials")}
    head_fits = len(screen[0]) in (width - 1, width)
    return (
        titles == [0]
        and head_fits
        and not twice
        and {"trials", "wall", "best", "slots", "running", "last"} <= set(rest)
        and set(inner) <= LABELS | {""}
        and max(map(len, screen)) <= width
        and len(screen) < height
    )


def seen_whole(desk, tmux, width, height):
    last = []

    def look():
        last[:] = tmux.screen()
        return whole(last, width, height)

    try:
        desk.until(look)
    except AssertionError:
        pytest.fail(f"no whole board of {width}x{height}:\n" + "\n".join(last))
    return list(last)


def prompt_is_usable(desk, tmux):
    tmux.type("echo still $((40 + 2)) here")
    desk.until(lambda: "still 42 here" in tmux.screen())
    assert tmux.cursor() == "1"


def command(*words):
    return " ".join([sys.executable, "-m", "tuner", *words])


def test_the_board_stays_whole_while_the_terminal_changes_its_size(desk, terminal):
    terminal.type(command("run", "study.yaml"))
    desk.until(lambda: desk.count("finished") > 8)
    for width, height in SIZES:
        terminal.resize(width, height)
        seen_whole(desk, terminal, width, height)
        clock = terminal.screen()[2]
        terminal("send-keys", "Enter")  # what a person types does not tear it either
        desk.until(lambda before=clock: terminal.screen()[2:3] != [before])
        seen_whole(desk, terminal, width, height)

    for _ in range(2):
        terminal("send-keys", "C-c")
    desk.until(lambda: any("over: interrupted" in line for line in terminal.screen()))
    desk.until(lambda: any(line.startswith("ready>") for line in terminal.screen()))
    assert re.match(r"^ story  minimize loss +over", terminal.screen()[0])
    prompt_is_usable(desk, terminal)
    assert desk.facts()[-1]["fact"] == "closed"


def test_a_study_is_watched_from_another_terminal(desk, terminal):
    process = desk.start("run", "study.yaml", "--quiet")
    try:
        desk.until(lambda: desk.count("finished") > 8)
        terminal.type(command("watch", "study") + "; echo code $?")
        for width, height in SIZES:
            terminal.resize(width, height)
            seen_whole(desk, terminal, width, height)
        terminal("send-keys", "C-c")
        desk.until(lambda: "code 130" in terminal.screen())
        prompt_is_usable(desk, terminal)
        assert process.poll() is None

        terminal.type("clear")
        terminal.type(command("watch", "study") + "; echo code $?")
        seen_whole(desk, terminal, 80, 24)
        desk.tuner("stop", "study", "--now")
        process.wait(timeout=60)
        desk.until(lambda: "code 0" in terminal.screen())
        assert any("by `tuner stop`" in line for line in terminal.screen())
    finally:
        process.kill()
        process.communicate()


def test_without_colour_when_asked(desk, terminal):
    terminal.type(f"NO_COLOR=1 {command('run', 'study.yaml')}")
    seen_whole(desk, terminal, 80, 24)
    assert "\x1b[" not in terminal("capture-pane", "-e", "-p")
    for _ in range(2):
        terminal("send-keys", "C-c")
    desk.until(lambda: any("over: interrupted" in line for line in terminal.screen()))
