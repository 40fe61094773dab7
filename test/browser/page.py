"""page: the page in a real browser. Nothing that customers wrote runs; the list filters, sorts and
searches by click and by keyboard; nothing is asked for from anywhere.

  page.py DIRECTORY [AXE]      DIRECTORY holds empty.html, busy.html, failed.html, many.html, hostile.html;
                               the pictures go there too. AXE is axe.min.js, which looks for what hinders people.
"""
import pathlib
import sys

from checking import FOCUS, WATCH, barriers, check, exit_code
from webdriver import DOWN, ENTER, LEFT, SPACE, TAB, Browser

SHOWN = "return [...document.querySelectorAll('table.requests tbody tr')].filter(r => !r.hidden)"
TITLES = SHOWN + ".map(r => r.querySelector('summary').textContent)"
CELLS = SHOWN + ".map(r => r.cells[arguments[0]].firstChild?.data?.trim() ?? '')"
ICONS = SHOWN + ".map(r => r.querySelector('use').getAttribute('href'))"

class Page:
    def __init__(self, browser, directory):
        self.browser, self.directory = browser, pathlib.Path(directory)

    def open(self, name, **how):
        self.browser.open(self.directory / f"{name}.html", script=WATCH, **how)

    def focus(self, selector):
        self.browser.run("document.querySelector(arguments[0]).focus()", selector)

    def clear(self):
        self.browser.run("document.querySelector('#clear').click()")


def nothing_runs(page):
    b = page.browser
    b.complaints()
    page.open("hostile")
    check("a hostile page: nothing ran", b.run("return called") == [], b.run("return called"))
    check("and nothing had to be forbidden", b.run("return forbidden") == [], b.run("return forbidden"))
    kinds = "script, img, iframe, object, embed, base, form:not(#filters), a[href^='javascript'], [onload], [onerror]"
    ours = b.run("return [...document.querySelectorAll(arguments[0])].map(e => e.tagName)", kinds)
    check("no element of theirs is in it", ours == ["SCRIPT"], ours)
    check("the table is whole", b.run("return document.querySelectorAll('table.requests tbody tr').length") > 30)
    check("nothing is wider than the window",
          b.run("return document.documentElement.scrollWidth <= document.documentElement.clientWidth"))
    b.run("document.querySelectorAll('details').forEach(d => d.open = true)")
    check("nor with all rows open",
          b.run("return document.documentElement.scrollWidth <= document.documentElement.clientWidth"))
    text = b.run("return document.body.innerText")
    check("their words are there as words", "<script>ran(1)</script>" in text and "onerror=ran(2)" in text)
    check("no bidi control is left", not any(c in text for c in "\u202a\u202b\u202d\u202e\u2066\u2067\u2068"))
    check("the console is silent", (said := b.complaints()) == [], said)

    b.run("document.body.insertAdjacentHTML('beforeend', '<img src=x onerror=ran(20)><b style=\"color:red\">x</b>');"
          "const s = document.createElement('script'); s.textContent = 'ran(21)'; document.body.append(s);")
    b.run("return fetch('https://evil.example/').catch(() => 0)")
    forbidden = b.run("return forbidden")
    check("what would be smuggled in is forbidden",
          b.run("return called") == [] and {"connect-src", "style-src-attr"} <= set(forbidden)
          and any(d.startswith("script-src") for d in forbidden), forbidden)
    b.complaints()


def without_script(page):
    b = page.browser
    b.devtools("Emulation.setScriptExecutionDisabled", value=True)
    page.open("busy")
    count = b.devtools("Runtime.evaluate", expression="document.querySelectorAll('table.requests tbody tr').length")
    hidden = b.devtools("Runtime.evaluate",
                        expression="document.querySelectorAll('tbody tr[hidden], #filters:not([hidden])').length")
    check("without a script every row is there, and no filter that does nothing",
          count["result"]["value"] > 200 and hidden["result"]["value"] == 0, (count, hidden))
    b.devtools("Emulation.setScriptExecutionDisabled", value=False)


def filters_by_click(page):
    b = page.browser
    page.open("busy")
    rows = b.run("return document.querySelectorAll('table.requests tbody tr').length")
    check("50 rows are shown at first", len(b.run(TITLES)) == 50)
    b.click("#more")
    check("50 more by click", len(b.run(TITLES)) == 100)
    check("and the first of them has the focus", "summary" in b.run(FOCUS), b.run(FOCUS))
    b.click("#all")
    check("all by click", len(b.run(TITLES)) == rows)
    b.click("[name=source] option[value=phone]")
    check("a source", set(b.run(ICONS)) == {"#phone"}, b.run(ICONS))
    b.click("#clear")
    check("cleared", len(b.run(TITLES)) == 50)
    for key, cell, value in (("urgency", 5, "High"), ("status", 6, "Closed"), ("category", 4, "Hosting")):
        b.click(f"[name={key}] option[value={value}]")
        check(f"a filter: {key}", set(b.run(CELLS, cell)) == {value}, b.run(CELLS, cell))
        page.clear()
    b.click("[name=edited]")
    check("what was edited", all(b.run(SHOWN + ".map(r => !!r.querySelector('.edited'))")))
    page.clear()
    b.click("#breakdown a[data-filter*='status=Active']")
    check("a name leads to its tickets", set(b.run(CELLS, 6)) == {"Active"}, b.run(CELLS, 6))
    page.clear()
    b.click("th[data-key=title] button")
    titles = b.run(TITLES)
    check("sorted by title", titles == sorted(titles, key=str.casefold) or titles[0].casefold() <= titles[-1].casefold())
    b.click("th[data-key=title] button")
    check("and the other way round", b.run(TITLES)[0] != titles[0])
    check("as the heading says", b.run("return document.querySelector('[data-key=title]').ariaSort") == "descending")
    b.click("th[data-key=date] button")
    b.run("document.querySelector('table.requests tbody tr').cells[1].click()")
    check("a click on a row opens it", b.run("return document.querySelector('table.requests tbody details').open"))


def filters_by_keyboard(page):
    b = page.browser
    page.open("busy")
    b.keys(TAB)
    check("the first key leads past the head", "skip" in b.run(FOCUS), b.run(FOCUS))
    page.focus("[name=search]")
    b.keys("invoice accountant")
    titles = b.run(SHOWN + ".map(r => r.textContent.toLowerCase())")
    check("a search", titles and all("invoice" in t and "accountant" in t for t in titles))
    b.keys(TAB)
    check("the next field", "source" in b.run(FOCUS), b.run(FOCUS))
    page.clear()
    page.focus("[name=urgency]")
    b.keys("h")
    check("a filter by its first letter", set(b.run(CELLS, 5)) == {"High"}, b.run(CELLS, 5))
    page.clear()
    page.focus("th[data-key=customer] button")
    b.keys(ENTER)
    check("sorted by a key", b.run("return document.querySelector('[data-key=customer]').ariaSort") == "ascending")
    page.focus("table.requests tbody summary")
    b.keys(ENTER)
    check("a row opens by a key", b.run("return document.querySelector('table.requests tbody details').open"))
    b.keys(SPACE)
    check("and closes", not b.run("return document.querySelector('table.requests tbody details').open"))
    page.focus("#runs .scroll")
    said = b.run("return document.querySelector('.readout').textContent")
    b.keys(LEFT)
    check("the bars are read out by the arrow keys", b.run("return document.querySelector('.readout').textContent") != said)
    b.keys(DOWN)


def filters_on_a_phone(page):
    b = page.browser
    shown = "return document.querySelector('[name=urgency]').offsetParent !== null"
    page.open("busy", width=400)
    check("they are folded away", not b.run(shown))
    b.click("#choose")
    check("and unfold by click", b.run(shown))
    b.click("[name=urgency] option[value=High]")
    check("how many are chosen is said", b.run("return document.querySelector('#choose').textContent") == "Filters (1)")
    page.focus("#choose")
    b.keys(ENTER)
    check("they fold by a key", not b.run(shown))
    check("and say so", b.run("return document.querySelector('#choose').ariaExpanded") == "false")
    check("and go on to filter", set(b.run(CELLS, 5)) == {"High"}, b.run(CELLS, 5))
    b.run("document.querySelector('#runs').scrollIntoView()")
    said = b.run("return document.querySelector('.readout').textContent")
    b.tap("#runs .run:nth-of-type(180)")
    check("a bar is read out by a finger", b.run("return document.querySelector('.readout').textContent") != said)


def is_alone(page):
    b = page.browser
    for name in ("empty", "busy", "failed", "many"):
        page.open(name)
        check(f"{name}: nothing is loaded", b.run("return performance.getEntriesByType('resource').length") == 0)
        check(f"{name}: the console is silent", (said := b.complaints()) == [], said)
        check(f"{name}: it fits the window",
              b.run("return document.documentElement.scrollWidth <= document.documentElement.clientWidth"))
    page.open("busy", width=320)
    check("nothing scrolls sideways at 320 pixels",
          b.run("return document.documentElement.scrollWidth") <= 320, b.run("return document.documentElement.scrollWidth"))


def is_old(page):
    b = page.browser
    later = WATCH + "const then = Date.now() + 3 * 86400e3; Date.now = () => then;"
    b.open(page.directory / "busy.html", script=later)
    check("an old file says how old it is", "written 3 days ago" in b.run("return document.querySelector('#age').innerText"))
    said = b.run("return document.querySelector('.status').innerText")
    check("and that its sentence is of then", said.startswith("On ") and "Nothing to do" not in said, said)
    b.picture(page.directory / "old.png", 1100)


def hinders_nobody(page, axe):
    b = page.browser
    source = pathlib.Path(axe).read_text()
    for name in ("empty", "busy", "failed", "hostile"):
        for width, dark in ((1280, False), (1280, True), (400, False)):
            page.open(name, width=width, dark=dark)
            found = barriers(b, source)
            check(f"axe: {name}, {width}, {'dark' if dark else 'light'}", found == [], "\n    ".join(found))


def pictures(page):
    for name in ("empty", "busy", "failed", "many"):
        for width in (1280, 400):
            for dark in (False, True):
                page.open(name, width=width, dark=dark)
                page.browser.picture(page.directory / f"{name}-{width}-{'dark' if dark else 'light'}.png",
                                     3000 if width > 400 else 4200)


def pictures_for_the_manual(page):
    for dark in (False, True):
        page.open("busy", dark=dark)
        page.browser.picture(page.directory / f"page-{'dark' if dark else 'light'}.png", 1480)


def main():
    directory, axe = sys.argv[1], sys.argv[2] if len(sys.argv) > 2 else None
    browser = Browser(directory)
    page = Page(browser, directory)
    try:
        for test in (nothing_runs, without_script, filters_by_click, filters_by_keyboard, filters_on_a_phone, is_alone, is_old):
            print(f"-- {test.__name__.replace('_', ' ')}")
            test(page)
        if axe:
            print("-- hinders nobody")
            hinders_nobody(page, axe)
        pictures(page)
        pictures_for_the_manual(page)
    finally:
        browser.quit()
    print(f"pictures: {directory}/*.png")
    sys.exit(exit_code())


main()
