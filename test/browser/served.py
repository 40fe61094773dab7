"""served: the page of a web server in a real browser: Sync now starts a run, follows it, and says how it
ended, by click and by keyboard. The site and the database behind it are real, too.

  served.py DIRECTORY PAGE SITE [AXE]     PAGE is the page's address, SITE that of the sample site; its list
                                          is at SITE/_control. Pictures go to DIRECTORY.
"""
import json
import pathlib
import sys
import urllib.request

from checking import FOCUS, WATCH, barriers, check, exit_code
from webdriver import ENTER, SPACE, TAB, Browser

SAID = "return document.querySelector('#sync output').innerText"
ENDED = "const o = document.querySelector('#sync output'); return o.className && o.className !== 'busy' && o.innerText"
BUTTON = "#sync button"
SHOWN = "return document.querySelector('#sync')?.offsetParent !== null"


class Served:
    def __init__(self, directory, page, site):
        self.directory, self.page, self.site = pathlib.Path(directory), page, site
        self.browser = Browser(directory)

    def open(self, address=None, **how):
        self.browser.open(address or self.page, script=WATCH, **how)

    def focus(self, selector):
        self.browser.run("document.querySelector(arguments[0]).focus()", selector)

    def tell_site(self, **command):
        request = urllib.request.Request(self.site + "/_control", json.dumps(command).encode())
        with urllib.request.urlopen(request, timeout=10) as answer:
            return json.load(answer)

    def status(self):
        with urllib.request.urlopen(self.page + "status", timeout=10) as answer:
            return json.load(answer)["syncStatus"]

    def click(self):
        """Presses the button, and returns what is said in the end."""
        self.browser.click(BUTTON)
        return self.browser.wait(ENDED)


def without_script(served):
    b = served.browser
    b.devtools("Emulation.setScriptExecutionDisabled", value=True)
    served.open()
    seen = b.devtools("Runtime.evaluate", expression="document.querySelector('#sync').offsetParent === null")
    check("without a script there is no button", seen["result"]["value"])
    b.devtools("Emulation.setScriptExecutionDisabled", value=False)


def by_click(served):
    b = served.browser
    served.open()
    check("the button is there", b.run(SHOWN))
    check("nothing is loaded", b.run("return performance.getEntriesByType('resource').length") == 0)
    check("what is said is read out", b.run("return document.querySelector('#sync output').ariaLive") == "polite")
    served.tell_site(do="create", ticket={"title": "Brand new <img src=x onerror=ran(1)>"})
    before = served.status()["id"]
    said = served.click()
    check("a new ticket is counted", said.startswith("Done: 1 added, 0 updated, 0 deleted."), said)
    check("by one run", served.status()["id"] == before + 1)
    check("the focus stays", "Sync now" in b.run(FOCUS), b.run(FOCUS))
    b.picture(served.directory / "page-sync.png", 330)
    check("the ticket is not there yet", "Brand new" not in b.run("return document.body.innerText"))
    b.click("#sync output a")
    check("and is when the page is loaded again", b.wait("return document.body.innerText.includes('Brand new <img')"))
    served.open()
    check("where it is text", b.run("return called") == [] and b.run("return forbidden") == [])
    check("the console is silent", (said := b.complaints()) == [], said)


def by_keyboard(served):
    b = served.browser
    served.open()
    served.focus(BUTTON)
    b.keys(ENTER)
    check("a run by the Enter key", b.wait(ENDED).startswith("Done: 0 added"), b.run(SAID))
    b.run("document.querySelector('#sync output').className = ''")
    b.keys(SPACE)
    check("another by the space bar", b.wait(ENDED).startswith("Done: 0 added"), b.run(SAID))
    b.keys(TAB)
    check("the date comes next", "since" in b.run(FOCUS), b.run(FOCUS))
    b.run("document.querySelector('#sync output').className = ''")
    b.run("document.querySelector('#since').value = '2025-08-01'")
    b.keys(ENTER)
    check("a run from there", b.wait(ENDED).startswith("Done:"), b.run(SAID))
    check("with that date", served.status()["date_filter"] == "2025-08-01", served.status()["date_filter"])


def at_work(served):
    b = served.browser
    served.open()
    served.tell_site(do="fault", kind="delay_ms", match="tickets", ms=5000, times=1)
    before = served.status()["id"]
    b.click(BUTTON)
    check("a run at work is said", b.wait(SAID).startswith("A run is at work."), b.run(SAID))
    check("the button waits", b.run("return document.querySelector('#sync button').ariaDisabled") == "true")
    b.picture(served.directory / "sync-busy.png", 500)
    b.click(BUTTON)
    check("until the end", b.wait(ENDED).startswith("Done:"), b.run(SAID))
    asked = b.run("return performance.getEntriesByType('resource').filter(e => e.name.endsWith('/sync')).length")
    check("a second press starts nothing", asked == 1 and served.status()["id"] == before + 1, asked)
    check("the button is free again", b.run("return document.querySelector('#sync button').ariaDisabled") is None)


def another_run(served):
    b = served.browser
    served.open()
    served.tell_site(do="fault", kind="delay_ms", match="tickets", ms=5000, times=1)
    headers = {"Content-Type": "application/json", "Prefer": "respond-async"}
    urllib.request.urlopen(urllib.request.Request(served.page + "sync", b"{}", headers), timeout=30).close()
    b.click(BUTTON)
    said = b.wait(SAID + ".startsWith('Another') && document.querySelector('#sync output').innerText")
    check("another run is said", said and "It brings what is new" in said, b.run(SAID))
    served.open()
    check("while a run is at work, the page has no button", not b.run("return document.querySelector('#sync')"))
    check("but says so", "A run is at work" in b.run("return document.querySelector('#status-head').textContent"))
    for _ in range(100):
        if served.status()["last_sync_status"] != "in_progress":
            break
        b.run("return new Promise(then => setTimeout(then, 100))")


def partial(served):
    served.open()
    ticket = served.tell_site(do="create")["id"]
    served.tell_site(do="update", id=ticket, unset=["created_at"])
    said = served.click()
    check("a partial run", said.startswith("Partial:") and "cannot be stored" in said and "0 deleted" in said, said)
    served.browser.picture(served.directory / "sync-partial.png", 560)
    served.tell_site(do="update", id=ticket, set={"created_at": "2026-01-02T03:04:05+00:00"})
    said = served.click()
    check("and the ticket once it can be stored", said.startswith("Done: 1 added"), said)


def failed(served):
    b = served.browser
    served.open()
    body = json.dumps({"code": "rest_forbidden", "message": "<img src=x onerror=ran(2)>", "data": {"status": 401}})
    served.tell_site(do="fault", kind="status", match="fluent-support", status=401, body=body)
    said = served.click()
    check("a refusal: cause and advice", said.startswith("It failed (exit 4):") and "fluent-sync check" in said, said)
    check("the site's words are words", b.run("return called") == [] and "`" not in said, said)
    check("addresses are short", "/tickets: the site refused" in said, said)
    b.picture(served.directory / "sync-failed.png", 620)
    served.tell_site(do="fault", kind="status", match="fluent-support", times=0)
    served.tell_site(do="fault", kind="status", match="fluent-support", status=503, body="")
    said = served.click()
    check("a site that is away", said.startswith("It failed (exit 5):"), said)
    served.tell_site(do="fault", kind="status", match="fluent-support", times=0)
    check("and back", served.click().startswith("Done:"), b.run(SAID))


def without_server(served):
    b = served.browser
    served.open()
    conditions = {"latency": 0, "downloadThroughput": -1, "uploadThroughput": -1}
    b.devtools("Network.enable")
    b.devtools("Network.emulateNetworkConditions", offline=True, **conditions)
    check("no server", served.click().startswith("The server did not answer."), b.run(SAID))
    b.devtools("Network.emulateNetworkConditions", offline=False, **conditions)
    check("and again", served.click().startswith("Done:"), b.run(SAID))
    b.complaints()


def with_credentials(served):
    """Browsers refuse to fetch from an address that holds a password."""
    b = served.browser
    served.open(served.page.replace("://", "://anna:secret@"))
    said = served.click()
    check("a password in the address", said.startswith("Done:"), said)


def keeps_policy(served):
    b = served.browser
    served.open()
    b.run("return fetch('https://evil.example/').catch(() => 0)")
    b.run("document.body.insertAdjacentHTML('beforeend', '<img src=x onerror=ran(3)>');"
          "const s = document.createElement('script'); s.textContent = 'ran(4)'; document.body.append(s);")
    forbidden = b.run("return forbidden")
    check("another server may not be asked", "connect-src" in forbidden, forbidden)
    check("and nothing smuggled in runs", b.run("return called") == [], b.run("return called"))
    b.complaints()
    b.open(served.site)
    b.run("return new Promise(then => { const frame = document.createElement('iframe'); frame.onload = then;"
          "frame.src = arguments[0]; document.body.append(frame); })", served.page)
    frame = b.devtools("Page.getFrameTree")["frameTree"]["childFrames"][0]["frame"]
    check("another site cannot frame the page", frame.get("unreachableUrl") == served.page, frame)
    b.complaints()


def hinders_nobody(served, axe):
    for width, dark in ((1280, False), (1280, True), (400, False)):
        served.open(width=width, dark=dark)
        served.click()
        found = barriers(served.browser, axe)
        name = f"{width}, {'dark' if dark else 'light'}"
        check(f"axe: {name}", found == [], "\n    ".join(found))
        served.browser.picture(served.directory / f"served-{width}-{'dark' if dark else 'light'}.png", 1000)
        check(f"it fits the window: {name}",
              served.browser.run("return document.documentElement.scrollWidth <= document.documentElement.clientWidth"))


def main():
    axe = pathlib.Path(sys.argv[4]).read_text() if len(sys.argv) > 4 else None
    served = Served(*sys.argv[1:4])
    try:
        for test in (without_script, by_click, by_keyboard, at_work, another_run, partial, failed, without_server,
                     with_credentials, keeps_policy):
            print(f"-- served: {test.__name__.replace('_', ' ')}")
            test(served)
        if axe:
            print("-- served: hinders nobody")
            hinders_nobody(served, axe)
    finally:
        served.browser.quit()
    sys.exit(exit_code())


main()
