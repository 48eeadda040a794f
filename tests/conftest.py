"""What every test gets: one thread for arithmetic, and no study of the developer's in the way."""

import json
import os
import shutil
import time

for name in ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
    os.environ[name] = "1"  # before numpy or torch is imported; on two cores more threads cost

import pytest  # noqa: E402  the threads come first


@pytest.fixture(autouse=True)
def _no_study_by_accident(monkeypatch):
    monkeypatch.delenv("TUNER_STUDY", raising=False)
    for name in list(os.environ):
        if name.startswith("TUNER_"):
            monkeypatch.delenv(name)


class Browser:
    """A real browser without a window."""

    def __init__(self, driver):
        self.driver = driver

    def run(self, script, *arguments):
        return self.driver.execute_script(script, *arguments)

    def open(self, url, patience_s=90.0):
        """Open a page and wait until its scripts say that it is ready."""
        self.driver.get_log("performance")
        self.driver.get(str(url))
        self.wait("return document.documentElement.dataset.ready", patience_s)

    def wait(self, script, *arguments, patience_s=20.0):
        """Wait until a script gives something true; give it."""
        until = time.monotonic() + patience_s
        while not (found := self.run(script, *arguments)):
            if time.monotonic() > until:
                raise AssertionError(f"still not so after {patience_s} s: {script}")
            time.sleep(0.05)
        return found

    def see(self, width=1400, height=900, scheme="light"):
        """Look through a window of a size, with a colour scheme."""
        size = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": False}
        self.driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", size)
        media = [{"name": "prefers-color-scheme", "value": scheme}]
        self.driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": media})

    def draw_all(self):
        """Scroll through the page so that every figure is drawn."""
        for number in range(self.run("return document.querySelectorAll('.figure').length")):
            figure = "document.querySelectorAll('.figure')[arguments[0]]"
            self.run(f"{figure}.scrollIntoView({{block: 'center'}})", number)
            self.wait(f"return {figure}.dataset.drawn", number)

    def attacked(self):
        """Do in the page what a foreign text would like to; say what of it came to pass."""
        self.run(
            "const s = document.createElement('script'); s.textContent = 'window.pwned = 1';"
            "document.body.append(s);"
            "const d = document.createElement('div'); document.body.append(d);"
            'd.innerHTML = \'<img src="http://evil.invalid/x" onerror="window.pwned = 1">\';'
            "setTimeout(() => { window.tried = 1; new Function('window.pwned = 1')(); })"
        )
        self.wait("return window.tried")
        fetched = "return fetch('data:,there').then(() => true, () => false)"  # needs no network
        loaded = self.run(fetched)
        return {"loaded": loaded, "ran": self.run("return window.pwned") is not None}

    def requested(self):
        """Give the addresses of all requests since the last page was opened."""
        entries = (
            json.loads(row["message"])["message"] for row in self.driver.get_log("performance")
        )
        return [
            entry["params"]["request"]["url"]
            for entry in entries
            if entry["method"] == "Network.requestWillBeSent"
        ]


@pytest.fixture(scope="module")
def browser():
    """A headless Chromium, one for all tests of a file."""
    chromium, driver = shutil.which("chromium"), shutil.which("chromedriver")
    if not (chromium and driver):
        pytest.skip("there is no chromium with its driver")
    webdriver = pytest.importorskip("selenium.webdriver")
    options = webdriver.ChromeOptions()
    options.binary_location = chromium
    for argument in ("--headless=new", "--no-sandbox", "--disable-dev-shm-usage", "--no-first-run"):
        options.add_argument(argument)
    options.set_capability("goog:loggingPrefs", {"performance": "ALL", "browser": "ALL"})
    made = webdriver.Chrome(options=options, service=webdriver.ChromeService(driver))
    made.set_page_load_timeout(120)
    yield Browser(made)
    made.quit()
