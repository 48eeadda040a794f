"""Writes the screens of the README's tour, from a study that really ran.

    python benchmarks/tour.py record    # runs configs/quickstart.yaml afresh, minutes; then write
    python benchmarks/tour.py write     # between the marks in README.md, and the picture of the report
    python benchmarks/tour.py check     # exits 1 if the screens are not what the commands print

The study is kept as its ledger in `results/tour`, with what names the machine left out, so that the
screens can be drawn again without training. `write` needs chromium for the picture; without it the
picture stays as it is.
"""

import argparse
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable
from dataclasses import fields, replace
from importlib import import_module
from pathlib import Path

from tuner.ledger.codec import decode, encode
from tuner.report.board import board
from tuner.report.places import Places
from tuner.report.sections import View
from tuner.report.tally import Tally
from tuner.study import Finished, History, Pulse, Record, Started

ROOT = Path(__file__).parents[1]
README = ROOT / "README.md"
KEPT = ROOT / "benchmarks" / "results" / "tour"
STUDY = "runs/quickstart"
WIDTH = 100
ENDED = 12  # trials that have ended on the screen of the study that runs
SHOWN = 14  # lines of `tuner explain`
ANYONE = {"host": "box", "boot_id": "", "git": {}}
PICTURE, SIZE = KEPT / "report.png", (1200, 1500)


def record() -> None:
    """Run the study, and keep its ledger with nothing of this machine in it."""
    with tempfile.TemporaryDirectory() as folder:
        shutil.copytree(ROOT / "configs", Path(folder, "configs"))
        call("run", "configs/quickstart.yaml", folder=folder)
        lines = Path(folder, STUDY, "ledger.jsonl").read_bytes().splitlines()
    KEPT.mkdir(exist_ok=True)
    (KEPT / "ledger.jsonl").write_bytes(b"".join(encode(anyones(decode(line))) for line in lines))


def anyones(record: Record) -> Record:
    """Give a record as it would be on anyone's machine."""
    fact = record.fact
    there = {field.name for field in fields(fact)}
    plain = {name: value for name, value in ANYONE.items() if name in there}
    if "folder" in there:
        plain["folder"] = re.sub(r"^.*/(runs/)", r"/home/you/\1", getattr(fact, "folder", ""))
    return record._replace(worker="box/1", fact=replace(fact, **plain))


def call(*words: str, folder: str) -> str:
    """Run `tuner` there, and give what it prints."""
    plain = {
        "NO_COLOR": "1",
        "COLUMNS": str(WIDTH),
        "PYTHONPATH": str(ROOT),
        "OMP_NUM_THREADS": "1",
    }
    done = subprocess.run(
        [sys.executable, "-m", "tuner", *words],
        cwd=folder,
        env=os.environ | plain,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise SystemExit(f"tuner {' '.join(words)} exits {done.returncode}: {done.stderr}")
    return done.stdout


def live(_: str) -> str:
    """Draw the board as it stood when so many trials had ended."""
    history, places, running = History(), Places(), dict[int, float]()
    now = 0.0
    for line in (KEPT / "ledger.jsonl").read_bytes().splitlines():
        record = decode(line)
        if isinstance(record.fact, Finished) and history.ended == ENDED:
            now = record.elapsed_s - 1  # a second before the next one ends
            break
        history.apply(record)
        places.take(record)
        now = record.elapsed_s
        if isinstance(record.fact, Started):
            running[record.fact.trial] = now
    elapsed = {trial.id: now - running[trial.id] for trial in history.running}
    busy = len(elapsed)
    pulse = Pulse(
        slots=busy,
        busy=busy,
        elapsed_s=now,
        busy_s=places.busy_s + sum(elapsed.values()),
        offered_s=places.offered_s + sum(elapsed.values()),
        proposing_s=places.proposing_s,
        starting_s=places.starting_s,
    )
    view = View(
        history=history,
        tally=Tally.of(history),
        title="quickstart",
        state="running",
        pulse=pulse,
        elapsed=elapsed,
        session_s=now,
    )
    return "\n".join(line.plain.rstrip() for line in board(view, WIDTH, 24))


def best(folder: str) -> str:
    """Show the best trial."""
    return call("best", STUDY, folder=folder)


def explain(folder: str) -> str:
    """Show what matters; the first lines."""
    return "\n".join(call("explain", STUDY, folder=folder).splitlines()[:SHOWN])


SCREENS: dict[str, Callable[[str], str]] = {"live": live, "best": best, "explain": explain}


def screens() -> dict[str, str]:
    """Draw them all."""
    with tempfile.TemporaryDirectory() as folder:
        here = Path(folder, STUDY)
        here.mkdir(parents=True)
        shutil.copy(KEPT / "ledger.jsonl", here)
        return {name: draw(folder).rstrip() for name, draw in SCREENS.items()}


def quoted(text: str) -> dict[str, str]:
    """Give the screens as the README has them, by their names."""
    found = re.findall(r"<!-- screen: (\w+) -->\n```\n(.*?)\n```\n<!-- end -->", text, re.DOTALL)
    return dict(found)


def alike(drawn: str) -> str:
    """Give what is the same on every machine: figures of a model may differ in their last places.

    >>> alike("dropout ███▌ 0.88  0.44 to 1.00")
    'dropout # # # to #'
    """
    return re.sub(r"\s+", " ", re.sub(r"[▁-█▌▐]+|-?\d[\d.e+-]*", "#", drawn))


def write() -> None:
    """Put the screens and the picture where they belong."""
    text = README.read_text(encoding="utf-8")
    for name, drawn in screens().items():
        block = f"<!-- screen: {name} -->\n```\n{drawn}\n```\n<!-- end -->"
        pattern = re.compile(rf"<!-- screen: {name} -->\n.*?<!-- end -->", re.DOTALL)
        if not pattern.search(text):
            raise SystemExit(f"README.md has no mark <!-- screen: {name} -->")
        text = pattern.sub(lambda _, block=block: block, text)
    README.write_text(text, encoding="utf-8")
    if shutil.which("chromium"):
        photograph()


def photograph() -> None:
    """Take the picture of the report."""
    webdriver = import_module("selenium.webdriver")
    options = webdriver.ChromeOptions()
    options.binary_location = shutil.which("chromium")
    for word in ("--headless=new", "--no-sandbox", "--hide-scrollbars"):
        options.add_argument(word)
    service = webdriver.ChromeService(shutil.which("chromedriver"))
    with tempfile.TemporaryDirectory() as folder:
        shutil.copytree(KEPT, Path(folder, STUDY))
        call("report", STUDY, "--out", "report.html", folder=folder)
        browser = webdriver.Chrome(options=options, service=service)
        try:
            browser.set_window_size(*SIZE)
            browser.get(Path(folder, "report.html").as_uri())
            waited = import_module("selenium.webdriver.support.ui").WebDriverWait(browser, 60)
            waited.until(lambda page: page.find_elements("css selector", ".main-svg"))
            browser.save_screenshot(str(PICTURE))
        finally:
            browser.quit()


def differing() -> list[str]:
    """Name the screens of the README that are not what the commands print."""
    told, drawn = quoted(README.read_text(encoding="utf-8")), screens()
    if told.keys() != drawn.keys():
        return sorted(told.keys() ^ drawn.keys())
    return [name for name in drawn if alike(told[name]) != alike(drawn[name])]


def main() -> None:
    """Do what was asked for."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("what", choices=["record", "write", "check"])
    asked = parser.parse_args()
    if asked.what == "record":
        record()
    if asked.what != "check":
        write()
    elif wrong := differing():
        raise SystemExit(f"not what the commands print: {', '.join(wrong)}; write them anew")


if __name__ == "__main__":
    main()
