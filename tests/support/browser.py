"""A real Chromium without a window, driven by chromedriver over W3C WebDriver; loopback only."""

import base64
import contextlib
import json
import re
import subprocess
import urllib.error
import urllib.request

CHROMIUM, DRIVER = "/usr/bin/chromium", "/usr/bin/chromedriver"

# No window, nothing of its own on the network, no profile of anybody.
ARGUMENTS = [
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync", "--disable-default-apps", "--disable-dev-shm-usage",
]  # fmt: skip

# What keys are called on the wire: W3C WebDriver, 17.4.2.
KEYS = {"Tab": "\ue004", "Enter": "\ue007", "Shift": "\ue008", "Escape": "\ue00c", "Space": " ", "Backspace": "\ue003"}
ELEMENT = "element-6066-11e4-a52e-4f735466cecf"


class Browser:
    def __init__(self, address):
        self._address = address

    def _ask(self, method, path, body=None):
        request = urllib.request.Request(
            self._address + path,
            data=None if method == "GET" else json.dumps(body or {}).encode(),
            headers={"content-type": "application/json"},
            method=method,
        )
        try:
            with urllib.request.urlopen(request, timeout=120) as answer:
                return json.load(answer)["value"]
        except urllib.error.HTTPError as error:
            raise AssertionError(json.load(error)["value"]["message"]) from None

    def open(self, file):
        self._ask("POST", "/url", {"url": file.as_uri()})

    def run(self, script, *arguments):
        """The body of a function, in the page; what it returns."""
        return self._ask("POST", "/execute/sync", {"script": script, "args": list(arguments)})

    def wait_for(self, script, *arguments):
        """Until the expression is true, looked at at each frame."""
        return self._ask("POST", "/execute/async", {
            "script": f"const args = arguments, done = args[args.length - 1];"
                      f"const look = () => {{ const value = ({script}); value ? done(value) : requestAnimationFrame(look); }}; look();",
            "args": list(arguments),
        })  # fmt: skip

    def press(self, *keys, shift=False):
        """Real keys, as the keyboard sends them, to whatever has the focus; words are typed."""
        actions = []
        for key in keys:
            for character in [KEYS[key]] if key in KEYS else key:
                actions += [{"type": "keyDown", "value": character}, {"type": "keyUp", "value": character}]
        if shift:
            actions = [{"type": "keyDown", "value": KEYS["Shift"]}, *actions, {"type": "keyUp", "value": KEYS["Shift"]}]
        self._ask("POST", "/actions", {"actions": [{"type": "key", "id": "keyboard", "actions": actions}]})

    def click(self, selector):
        found = self._ask("POST", "/element", {"using": "css selector", "value": selector})
        self._ask("POST", f"/element/{found[ELEMENT]}/click")

    def devtools(self, command, **parameters):
        return self._ask("POST", "/goog/cdp/execute", {"cmd": command, "params": parameters})

    def screenshot(self, file):
        size = self.devtools("Page.getLayoutMetrics")["cssContentSize"]
        clip = {"x": 0, "y": 0, "width": size["width"], "height": min(size["height"], 6000), "scale": 1}
        shot = self.devtools("Page.captureScreenshot", captureBeyondViewport=True, clip=clip)
        file.write_bytes(base64.b64decode(shot["data"]))

    def log(self, kind):
        return self._ask("POST", "/se/log", {"type": kind})

    def requests(self):
        """Addresses that anything in the browser asked for since the last call."""
        messages = [json.loads(entry["message"])["message"] for entry in self.log("performance")]
        return [each["params"]["request"]["url"] for each in messages if each["method"] == "Network.requestWillBeSent"]

    @contextlib.contextmanager
    def as_seen(self, **features):
        """prefers-color-scheme and the like, with _ for -."""
        wanted = [{"name": name.replace("_", "-"), "value": value} for name, value in features.items()]
        self.devtools("Emulation.setEmulatedMedia", features=wanted)
        yield
        self.devtools("Emulation.setEmulatedMedia", features=[])


@contextlib.contextmanager
def browser(folder, width=1280, height=900, javascript=True):
    """One of its own, with a new profile in that folder."""
    environment = {"PATH": "/usr/bin:/bin", "HOME": str(folder), "LC_ALL": "C.UTF-8", "TZ": "UTC"}
    driver = subprocess.Popen(
        [DRIVER, "--port=0", "--allowed-ips=127.0.0.1"],
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, env=environment,
    )  # fmt: skip
    try:
        port = next(found.group(1) for found in (re.search(r"successfully on port (\d+)", line) for line in driver.stdout) if found)
        address = f"http://127.0.0.1:{port}"
        options = {"binary": CHROMIUM, "args": [*ARGUMENTS, f"--user-data-dir={folder}/profile", f"--window-size={width},{height}"],
                   "prefs": {} if javascript else {"profile.managed_default_content_settings.javascript": 2}}  # fmt: skip
        wanted = {"browserName": "chrome", "goog:chromeOptions": options, "unhandledPromptBehavior": "ignore",
                  "goog:loggingPrefs": {"browser": "ALL", "performance": "ALL"}}  # fmt: skip
        session = Browser(address)._ask("POST", "/session", {"capabilities": {"alwaysMatch": wanted}})
        opened = Browser(f"{address}/session/{session['sessionId']}")
        try:
            yield opened
        finally:
            opened._ask("DELETE", "")
    finally:
        driver.terminate()
        driver.wait(30)
