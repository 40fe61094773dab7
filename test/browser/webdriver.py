"""webdriver: a real browser by the W3C's WebDriver protocol, with what the page's test needs of it."""
import base64
import json
import os
import pathlib
import subprocess
import time
import urllib.error
import urllib.request

ELEMENT = "element-6066-11e4-a52e-4f735466cecf"  # the protocol's own key for an element
TAB, ENTER, END, SPACE, LEFT, DOWN = "\ue004", "\ue007", "\ue010", " ", "\ue012", "\ue015"


class Browser:
    """Chromium without a window; all that it writes is below `directory`."""

    def __init__(self, directory):
        self.port_file = pathlib.Path(directory, "driver.log")
        with self.port_file.open("w") as log:
            self.driver = subprocess.Popen(["chromedriver", "--port=0"], stdout=log, stderr=log)
        self.base = f"http://127.0.0.1:{self.wait_for_port()}"
        options = ["--headless=new", "--disable-gpu", "--hide-scrollbars", f"--user-data-dir={directory}/profile"]
        if os.geteuid() == 0:
            options.append("--no-sandbox")  # it refuses to have one as root
        wanted = {"goog:chromeOptions": {"args": options}, "goog:loggingPrefs": {"browser": "ALL"}}
        session = self.call("POST", "/session", {"capabilities": {"alwaysMatch": wanted}})
        self.base += "/session/" + session["sessionId"]

    def wait_for_port(self):
        for _ in range(200):
            for line in self.port_file.read_text().splitlines():
                if "started successfully on port" in line:
                    return int(line.rstrip(".").split()[-1])
            time.sleep(0.05)
        raise RuntimeError("chromedriver does not start: " + self.port_file.read_text())

    def call(self, method, path, body=None):
        data = json.dumps(body if body is not None else {}).encode() if method == "POST" else None
        request = urllib.request.Request(self.base + path, data, {"Content-Type": "application/json"}, method=method)
        try:
            with urllib.request.urlopen(request, timeout=60) as answer:
                return json.load(answer)["value"]
        except urllib.error.HTTPError as error:
            raise RuntimeError(f"{path}: {json.load(error)['value']['message']}") from None

    def quit(self):
        try:
            self.call("DELETE", "")
        finally:
            self.driver.terminate()
            self.driver.wait(10)

    def devtools(self, command, **parameters):
        return self.call("POST", "/goog/cdp/execute", {"cmd": command, "params": parameters})

    def open(self, path, width=1280, height=900, dark=False, script=""):
        """`script` runs in the page before anything of the page does."""
        self.devtools("Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1, mobile=False)
        scheme = "dark" if dark else "light"
        self.devtools("Emulation.setEmulatedMedia", features=[
            {"name": "prefers-color-scheme", "value": scheme}, {"name": "prefers-reduced-motion", "value": "reduce"}])
        before = self.devtools("Page.addScriptToEvaluateOnNewDocument", source=script)
        address = str(path) if "://" in str(path) else pathlib.Path(path).absolute().as_uri()
        self.call("POST", "/url", {"url": address})
        self.devtools("Page.removeScriptToEvaluateOnNewDocument", identifier=before["identifier"])

    def run(self, script, *arguments):
        return self.call("POST", "/execute/sync", {"script": script, "args": list(arguments)})

    def wait(self, script, *arguments, seconds=60):
        """The script's result, once there is one that is true; the last one after so many seconds."""
        for _ in range(seconds * 10):
            if result := self.run(script, *arguments):
                return result
            time.sleep(0.1)
        return result

    def find(self, selector):
        return self.call("POST", "/element", {"using": "css selector", "value": selector})[ELEMENT]

    def click(self, selector):
        self.call("POST", f"/element/{self.find(selector)}/click")

    def tap(self, selector):
        """By a finger, in the middle of it."""
        middle = self.run("const r = document.querySelector(arguments[0]).getBoundingClientRect();"
                          "return [r.left + r.width / 2, r.top + r.height / 2]", selector)
        point = {"x": middle[0], "y": middle[1]}
        self.devtools("Emulation.setTouchEmulationEnabled", enabled=True)
        self.devtools("Input.dispatchTouchEvent", type="touchStart", touchPoints=[point])
        self.devtools("Input.dispatchTouchEvent", type="touchEnd", touchPoints=[])
        self.devtools("Emulation.setTouchEmulationEnabled", enabled=False)

    def keys(self, text):
        """Keys for whatever has the focus."""
        actions = [{"type": kind, "value": key} for key in text for kind in ("keyDown", "keyUp")]
        self.call("POST", "/actions", {"actions": [{"type": "key", "id": "keyboard", "actions": actions}]})

    def complaints(self):
        """What the browser's console has got since it was last asked."""
        return [entry["message"] for entry in self.call("POST", "/se/log", {"type": "browser"})]

    def picture(self, path, most=2600):
        height = min(most, self.run("return document.documentElement.scrollHeight"))
        width = self.run("return document.documentElement.clientWidth")
        clip = {"x": 0, "y": 0, "width": width, "height": height, "scale": 1}
        shot = self.devtools("Page.captureScreenshot", format="png", captureBeyondViewport=True, clip=clip)
        pathlib.Path(path).write_bytes(base64.b64decode(shot["data"]))
