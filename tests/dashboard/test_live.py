"""The dashboard in a real browser, over ledgers that are being written."""

HOSTILE = "</script><img src=x onerror=window.pwned=1>"


def cells(browser):
    return browser.run(
        "return [...document.querySelectorAll('tr.row')].map((row) => row.innerText)"
    )


def test_a_trial_that_is_appended_appears(written, serve, browser):
    study = written("a")
    study.trial(0.5)
    served = serve()
    browser.see()
    browser.open(served.url)
    browser.wait("return document.body.innerText.includes('0.5')")

    study.trial(0.125)

    browser.wait("return document.body.innerText.includes('0.125')")
    written("new").trial(0.75)
    browser.wait("return document.querySelectorAll('tr.row').length === 2")


def test_a_study_grows_while_it_is_looked_at(written, serve, browser):
    study = written("a")
    for number in range(6):
        study.trial(1.0 / (number + 1))
    served = serve()
    browser.see()
    browser.open(served.url)
    browser.wait("return document.querySelector('tr.row a')").click()
    browser.wait("return document.querySelectorAll('#table tr.row').length === 6")
    browser.draw_all()

    study.trial(0.01)

    browser.wait("return document.querySelectorAll('#table tr.row').length === 7")
    browser.wait("return document.querySelector('#winner').innerText.includes('Trial 7')")
    assert "ask" in browser.run("return document.querySelector('.acts').innerText")
    assert browser.run("return document.querySelector('[data-act]')") is None


def test_a_log_is_shown_as_it_grows(written, serve, browser):
    study = written("a")
    study.trial(0.5, log=f"epoch 1 {HOSTILE}\n")
    served = serve()
    browser.see()
    browser.open(served.url)
    browser.wait("return document.querySelector('tr.row a')").click()
    browser.wait("return document.querySelector('#table tr.row')")
    browser.run("document.querySelector('#table tr.row').click()")
    browser.run("document.querySelector('tr.more button').click()")
    said = "return document.querySelector('#log pre').textContent.includes(arguments[0])"
    browser.wait(said, f"epoch 1 {HOSTILE}")

    with (study.folder / "trials/1/attempt-1/stdout.log").open("a") as log:
        log.write("epoch 2\n")

    browser.wait(said, "epoch 2")
    assert browser.run("return window.pwned") is None


def test_buttons_act_where_that_was_allowed(written, serve, browser):
    study = written("a")
    failed = study.trial(None)
    served = serve(control=True)
    browser.see()
    browser.open(served.url)
    browser.wait("return document.querySelector('tr.row a')").click()
    browser.wait("return document.querySelector('#table tr.row')")
    browser.run("document.querySelector('#table tr.row').click()")

    browser.run("document.querySelector('tr.more [data-act=retry]').click()")

    browser.wait("return document.querySelector('.acts .said').textContent.includes('waits')")
    browser.wait("return document.querySelector('#table tr.row').innerText.includes('suggested')")
    assert served.studies.get(next(iter(served.studies)).key).history.trials[failed].open


def test_a_ledger_that_breaks_is_said_and_the_others_go_on(written, serve, browser):
    one, two = written("a"), written("b")
    one.trial(0.5)
    two.trial(0.25)
    served = serve()
    browser.see()
    browser.open(served.url)
    browser.wait("return document.querySelectorAll('tr.row').length === 2")

    (one.folder / "ledger.jsonl").unlink()
    two.trial(0.0625)

    browser.wait("return document.body.innerText.includes('0.0625')")
    browser.wait("return document.querySelector('.pill.trouble') !== null")


def test_hostile_names_stay_texts(written, serve, browser):
    study = written("a' onclick='window.pwned=1", "fine")
    study.trial(0.5, message=HOSTILE)
    study.write()
    (study.folder / "x<img src=x onerror=window.pwned=1>").mkdir()
    served = serve()
    browser.see()
    browser.open(served.url)
    browser.wait("return document.querySelector('tr.row')")
    assert "onclick='window.pwned=1" in cells(browser)[0]
    browser.run("document.querySelector('tr.row a').click()")
    browser.wait("return document.querySelector('#table tr.row')")
    browser.run("document.querySelector('#table tr.row').click()")

    assert HOSTILE in browser.run("return document.querySelector('tr.more').innerText")
    assert browser.run("return window.pwned") is None
    own = f"http://127.0.0.1:{served.port}/"
    assert [url for url in browser.requested() if not url.startswith((own, "data:", "blob:"))] == []


def test_the_pages_fit_a_narrow_window(written, serve, browser):
    study = written("a")
    for number in range(6):
        study.trial(1.0 / (number + 1))
    served = serve(control=True)
    browser.see(width=400)
    browser.open(served.url)
    browser.wait("return document.querySelector('tr.row')")
    assert browser.run("return document.documentElement.scrollWidth") <= 400
    browser.run("document.querySelector('tr.row a').click()")
    browser.wait("return document.querySelector('#table tr.row')")

    assert browser.run("return document.documentElement.scrollWidth") <= 400


def test_the_model_is_asked_by_a_button_and_its_figures_stay(written, serve, browser):
    study = written("a")
    for number in range(12):
        study.trial(float((number % 10) - 4) ** 2)
    served = serve()
    browser.see()
    browser.open(served.url)
    browser.wait("return document.querySelector('tr.row a')").click()
    browser.wait("return document.querySelector('#table tr.row')")
    assert "has not been asked" in browser.run("return document.querySelector('#slices').innerText")

    browser.run("document.querySelector('.acts button').click()")

    browser.wait("return document.getElementById('slices-1')", patience_s=60.0)
    study.trial(-1.0)
    browser.wait("return document.querySelector('#winner').innerText.includes('Trial 13')")
    browser.run("document.querySelector('#slices-1').scrollIntoView()")
    browser.wait("return document.querySelector('#slices-1').dataset.drawn")
