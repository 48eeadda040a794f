"""Promise 26: whatever the texts of a study say, its report runs nothing of them and asks nobody."""

import json
import re
from datetime import UTC, datetime
from html.parser import HTMLParser

import pytest

from tuner.insight.base import Finding
from tuner.insight.make import understand
from tuner.report.figures import Subject
from tuner.report.page import Given, document, sections
from tuner.report.page.rows import table
from tuner.space import Choice, Float, Space
from tuner.study import (
    Closed,
    Finished,
    History,
    Noted,
    Opened,
    Record,
    Remembered,
    Reported,
    Started,
    Suggested,
)
from tuner.study.ranking import best

EVIL = "http://evil.invalid"
PAYLOADS = [
    "</script><script>window.pwned=1</script>",
    "<img src=x onerror=window.pwned=1>",
    '"><svg onload=window.pwned=1>',
    "' autofocus onfocus='window.pwned=1",
    '<a href="javascript:window.pwned=1">x</a>',
    f"</style><style>*{{background:url({EVIL}/a)}}</style>",
    f"<link rel=stylesheet href={EVIL}/b>",
    f"<iframe src={EVIL}/c></iframe>",
    f'<meta http-equiv=refresh content="0;url={EVIL}/d">',
    "</noscript></title></pre><script>pwned=1</script>",
    "<!--<script>",
    "{{ 7*7 }}{% raw %}",
    "${window.pwned=1}",
    "%7B\u2028pwned=1\u2029\x00\x1b[2J\ud800",
    f"<b style=background:url({EVIL}/e)>&lt;img src=x onerror=window.pwned=1&gt;",
]
METRIC = PAYLOADS[1]


def hostile_facts():
    """Facts in which every text is a payload, each payload in every place."""
    config = {
        "name": PAYLOADS[0],
        "metric": {"name": METRIC, "goal": "minimize"},
        "constraints": [],
        "runner": {"env": dict(zip(PAYLOADS, PAYLOADS, strict=True)), "command": PAYLOADS},
        "cost": {"gpu_hour": 1.0, "currency": PAYLOADS[2]},
    }
    all_of_them = dict(zip(PAYLOADS, PAYLOADS, strict=True))
    yield Opened(
        study=PAYLOADS[0] + PAYLOADS[8],
        config=config,
        config_hash=PAYLOADS[3],
        versions=all_of_them,
        git={"commit": PAYLOADS[4], "branch": PAYLOADS[9], "dirty": PAYLOADS[5]},
        host=PAYLOADS[6],
    )
    yield Remembered(
        memory=PAYLOADS[1],
        source=PAYLOADS[7],
        points=({PAYLOADS[0]: 0.5},),
        gains=(1.0,),
        left_out=tuple(PAYLOADS),
        parameters=all_of_them,
        notes=tuple(PAYLOADS),
    )
    for number, text in enumerate(PAYLOADS, 1):
        point = {name: (number / 40 + at / 50) for at, name in enumerate(PAYLOADS[:4])}
        point |= {PAYLOADS[4]: PAYLOADS[number % 6], text + "?": text}
        yield Suggested(
            trial=number,
            point=point,
            method=text,
            reason=text,
            mean=0.5,
            sd=0.1,
            memory={text: 0.5},
        )
        yield Started(
            trial=number, attempt=1, host=text, pid=7, devices=(text,), argv=(text, "--a")
        )
        for step in (1.0, 2.0):
            yield Reported(
                trial=number, attempt=1, step=step, metrics={METRIC: 1.0 / step, text: 2}
            )
        failed = number % 5 == 0
        yield Finished(
            trial=number,
            attempt=1,
            state="failed" if failed else "completed",
            failure="crash" if failed else None,
            metrics={} if failed else {METRIC: 1.0 + number / 7, text: 1.0},
            message=text,
            wall_s=2.0,
            gpu_s=1.0,
        )
        yield Noted(kind="note", trial=number, text=text)
        yield Noted(kind="mark", trial=number, text=text)
        yield Noted(kind="note", text=text)
    yield Closed(reason=PAYLOADS[2])


def hostile_page():
    records = [
        Record(number, f"2026-01-31T09:00:{number % 60:02}Z", float(number), PAYLOADS[3], fact)
        for number, fact in enumerate(hostile_facts(), 1)
    ]
    history = History.replay(records)
    with pytest.MonkeyPatch.context() as patch:  # as if no name was refused anywhere
        patch.setattr("tuner.space.birth.check_name", lambda _name: None)
        numbers = [Float(name=name, min=0.0, max=1.0) for name in PAYLOADS[:4]]
        space = Space([*numbers, Choice(name=PAYLOADS[4], values=tuple(PAYLOADS[:6]))])

    subject = Subject(history=history, space=space, understand=lambda: understand(history, space))
    given = Given(
        subject=subject,
        now=datetime.now(UTC),
        folder=PAYLOADS[0],
        state=PAYLOADS[1],
        detail=PAYLOADS[2],
        winner=best(history),
        findings=[Finding(about="disk", level="note", text=text, todo=text) for text in PAYLOADS],
        damage=PAYLOADS,
    )
    return document(subject.name, sections(given), table(history), 1)


@pytest.fixture(scope="module")
def page(tmp_path_factory):
    file = tmp_path_factory.mktemp("hostile") / "report.html"
    file.write_text(hostile_page(), encoding="utf-8")
    return file


class Elements(HTMLParser):
    """Collects elements with their attributes, and what stands in scripts and styles."""

    def __init__(self):
        super().__init__()
        self.elements, self.inside, self.current = [], [], None

    def handle_starttag(self, tag, attrs):
        self.elements.append((tag, dict(attrs)))
        self.current = tag

    def handle_data(self, data):
        if self.current in ("script", "style"):
            self.inside.append((self.current, data))

    def handle_endtag(self, tag):
        self.current = None


def test_a_parser_finds_only_elements_of_the_page_itself(page):
    parsed = Elements()
    parsed.feed(page.read_text(encoding="utf-8"))
    tags = [tag for tag, _ in parsed.elements]

    assert tags.count("script") == 3
    assert tags.count("style") == tags.count("title") == tags.count("h1") == 1
    assert not {"img", "iframe", "link", "svg", "object", "embed", "base", "form"} & set(tags)
    for tag, attributes in parsed.elements:
        assert not [name for name in attributes if name.startswith("on") or name == "style"], tag
        for name in ("href", "src", "action", "srcset", "data"):
            assert attributes.get(name, "#").startswith("#"), (tag, attributes)


def test_the_data_come_back_as_they_were(page):
    text = page.read_text(encoding="utf-8")
    block = re.search(r'<script type="application/json" id="data">(.*?)</script>', text, re.DOTALL)

    given = json.loads(block[1])

    assert "<" not in block[1]
    messages = [dict(map(tuple, more))["message"] for more in given["trials"]["more"]]
    assert messages[0] == PAYLOADS[0]
    assert "49" not in messages[11]


def test_no_text_runs_and_no_request_leaves(page, browser):
    browser.see()
    browser.open(page.as_uri())
    browser.draw_all()
    for row in range(1, 16):
        browser.run("document.querySelector(`tr[data-trial='${arguments[0]}']`).click()", row)
    browser.run("document.querySelectorAll('details').forEach((each) => { each.open = true; })")
    browser.run(  # hover texts are markup of Plotly's own
        "for (const f of document.querySelectorAll('.js-plotly-plot'))"
        " for (const point of [0, 1]) try { Plotly.Fx.hover(f, [{curveNumber: 0, pointNumber: point}]) } catch {}"
    )

    offered = "return [...document.querySelectorAll('.modebar-btn')].map((b) => b.dataset.title)"
    assert browser.run("return window.pwned") is None
    assert not [words for words in browser.run(offered) if "loud" in words or "hare" in words]
    assert [
        url for url in browser.requested() if not url.startswith(("file:", "data:", "blob:"))
    ] == []
    assert "evil.invalid" not in "".join(browser.requested())
    shown = browser.run("return document.querySelector('#trials').innerText")
    assert PAYLOADS[0] in shown
    assert PAYLOADS[1] in shown


def test_the_policy_stops_what_would_slip_through(page, browser):
    browser.open(page.as_uri())
    assert browser.attacked() == {"loaded": False, "ran": False}
