"""requests: sends the list of requests to every web server, and prints what each answered.

    requests.py FRONTS SITE CLIENT    exits with 1 when an answer is not the expected one

FRONTS is a file with a line per server: its name, and VARIANT=ADDRESS for each variant. SITE is the
address of the sample site, CLIENT the database's command line program.
"""
import base64
import dataclasses
import hmac
import json
import re
import subprocess
import sys
import threading
import time
import typing
import urllib.request

import client

PREFIX = "/fluent-sync"
TOKEN = "0123456789abcdef0123456789abcdef"
BEARER = f"Authorization: Bearer {TOKEN}"
JSON = "Content-Type: application/json"
SYNC = [BEARER, JSON]
SECRET = "whsec_" + base64.b64encode(b"0123456789abcdef01234567").decode()
IDS = b'{"ticket_ids":[101]}'
LISTED = "Origin: https://dashboard.example"


def basic(user, password):
    return "Authorization: Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()


# How servers differ: lighttpd lets no control character pass, and no body of a GET; Apache limits no body that it passes on by
# FastCGI, and goes by the chunks where there is a length too (RFC 9112 6.3 allows that).
LIGHTTPD_400 = {"lighttpd": "400*"}
PROXY_413 = {"apache": "413", "apache-cgi": "413*"}


def signed(body, skew=0, secret=SECRET):
    """The head of a call by a webhook (Standard Webhooks)."""
    when = str(int(time.time()) + skew)
    key = base64.b64decode(secret.removeprefix("whsec_"))
    digest = hmac.digest(key, f"msg_1.{when}.".encode() + body, "sha256")
    return [JSON, "webhook-id: msg_1", "webhook-timestamp: " + when,
            "webhook-signature: v1," + base64.b64encode(digest).decode()]


@dataclasses.dataclass
class Row:
    """A request and the expected answer: its status, with a * when the server itself answers. `~` in
    `line` is the path of the program. `others`: the answers of servers that differ, by their names or
    the first part of these."""
    name: str
    line: str
    answer: str
    fields: list = dataclasses.field(default_factory=lambda: [BEARER])
    body: bytes = None
    others: dict = dataclasses.field(default_factory=dict)
    chunked: bool = False
    variant: str = "plain"
    says: str = ""  # a pattern that head or body must contain


class Front:
    """A server: its name, and the address of each of its variants."""

    def __init__(self, line):
        self.server, *variants = line.split()
        self.addresses = dict(variant.split("=") for variant in variants)


def padded(size):
    """A JSON object of that many bytes that is otherwise valid."""
    return b"{" + b" " * (size - 2) + b"}"


ROWS = [
    # What it is for.
    Row("the page", "GET ~/", "200", says=r"(?s)text/html.*</html>"),
    Row("without the last slash", "GET ~", "308", says=r"(?i)location: /fluent-sync/\n"),
    Row("status", "GET ~/status", "200", says=r'"syncStatus":\{"id":\d+'),
    Row("status, with history", "GET ~/status?limit=2", "200"),
    Row("tickets", "GET ~/tickets?limit=2", "200", says=r'(?s)rel="next".*\[\{'),
    Row("a ticket", "GET ~/tickets/101", "200"),
    Row("no such ticket", "GET ~/tickets/999999", "404"),
    Row("sync", "POST ~/sync", "200", SYNC, b"", says=r'"success":true'),
    Row("sync, with a date", "POST ~/sync", "200", SYNC, b'{"dateFilter":"2025-09-01"}',
        says=r'"dateFilter":"2025-09-01"'),
    Row("HEAD", "HEAD ~/status", "200"),
    Row("OPTIONS", "OPTIONS ~/status", "204"),
    # Who may.
    Row("no token", "GET ~/status", "401", [], says="(?i)www-authenticate: Bearer"),
    Row("a wrong token", "GET ~/status", "401", [BEARER + "0"]),
    Row("a part of the token", "GET ~/status", "401", [BEARER[:-1]]),
    Row("an empty token", "GET ~/status", "401", ["Authorization: Bearer "]),
    Row("the token in the query", f"GET ~/status?token={TOKEN}", "401", []),
    Row("the token as a password", "GET ~/status", "401", [basic("x", TOKEN)]),
    Row("-u evil:x without a login", "GET ~/status", "401", [basic("evil", "x")]),
    Row("-u evil:x to sync", "POST ~/sync", "401", [basic("evil", "x"), JSON], b""),
    Row("claims to be a user", "GET ~/status", "401",
        ["Remote-User: evil", "Auth-Type: Basic", "X-Remote-User: evil", "REMOTE_USER: evil",
         "AUTH_TYPE: Basic", "Redirect-Remote-User: evil"]),
    Row("login: nobody", "GET ~/status", "401*", [], variant="login"),
    Row("login: -u evil:x", "GET ~/status", "401*", [basic("evil", "x")], variant="login"),
    Row("login: a wrong password", "GET ~/status", "401*", [basic("anna", "x")], variant="login"),
    Row("login: anna", "GET ~/status", "200", [basic("anna", "correct-horse")], variant="login"),
    Row("login: anna syncs", "POST ~/sync", "200", [basic("anna", "correct-horse"), JSON], b"",
        variant="login"),
    Row("the dashboard's login: nobody", "GET ~/status", "401*", variant="session"),
    Row("the dashboard's login: a session", "GET ~/status", "200", ["Cookie: session=good"], variant="session"),
    Row("webhook without a signature", "POST ~/webhook", "401", [JSON], IDS),
    Row("webhook with the token alone", "POST ~/webhook", "401", SYNC, IDS),
    Row("webhook, a wrong secret", "POST ~/webhook", "401", signed(IDS, secret="whsec_" + "A" * 32), IDS),
    Row("webhook, another body", "POST ~/webhook", "401", signed(IDS), b'{"ticket_ids":[102]}'),
    Row("webhook, an hour old", "POST ~/webhook", "401", signed(IDS, -3600), IDS),
    Row("login: webhook without a signature", "POST ~/webhook", "401", [JSON], IDS, variant="login"),
    Row("login: webhook of evil:x", "POST ~/webhook", "401", [JSON, basic("evil", "x")], IDS, variant="login"),
    Row("login: around the webhook", "GET ~/webhook/../status", "401*", [basic("evil", "x")], variant="login"),
    Row("login: around it, encoded", "GET ~/webhook%2f..%2fstatus", "401*", [basic("evil", "x")],
        others={"apache": "404*"}, variant="login"),
    Row("login: around it, twice", "GET //fluent-sync//webhook//..//status", "401*", [basic("evil", "x")],
        variant="login"),
    Row("login: webhook of anna", "POST ~/webhook", "401", [JSON, basic("anna", "correct-horse")], IDS,
        variant="login"),
    # Paths and queries.
    Row("no such path", "GET ~/nowhere", "404"),
    Row("one slash more behind", "GET ~/status/", "404"),
    Row("other letters", "GET ~/STATUS", "404"),
    Row("a path beside it", "GET ~x/status", "404*"),
    Row("up and away", "GET ~/../../etc/passwd", "400*", others={"lighttpd": "404*"}),
    Row("up, encoded", "GET ~/%2e%2e/%2e%2e/etc/passwd", "400*", others={"lighttpd": "404*"}),
    Row("a line feed", "GET ~/status%0aX-Evil:%201", "400", others=LIGHTTPD_400),
    Row("a line feed at the end", "GET ~/status%0a", "400", others=LIGHTTPD_400),
    Row("a line feed before the path", "GET ~%0a/status", "404*", others=LIGHTTPD_400),
    Row("a carriage return", "GET ~/%0d%0aX-Evil:%201", "400", others=LIGHTTPD_400),
    Row("an escape character", "GET ~/%1b[2J", "400", others=LIGHTTPD_400),
    Row("a zero byte", "GET ~/status%00", "400*", others={"apache": "404*"}),
    Row("no UTF-8", "GET ~/%ff", "400", others=LIGHTTPD_400),
    Row("a path of 4000 letters", "GET ~/" + "a" * 4000, "400"),
    Row("options in the query", "GET ~/status?-c/etc/passwd", "200", says='"syncStatus"'),
    Row("options in the query, encoded", "GET ~/status?--config%20/etc/passwd+-v", "200"),
    Row("a parameter nobody knows", "GET ~/status?limits=2", "400"),
    Row("a parameter twice", "GET ~/status?limit=2&limit=3", "400"),
    Row("a line feed in the query", "GET ~/status?limit=%0a", "400", others=LIGHTTPD_400),
    Row("a wrong number", "GET ~/status?limit=-1", "400"),
    Row("half of an encoded byte", "GET ~/status?limit=%2", "400"),
    Row("a query of 9000 letters", "GET ~/status?x=" + "a" * 9000, "414*", others={"lighttpd": "431*"}),
    # Methods.
    Row("POST to status", "POST ~/status", "405", SYNC, b"", says=r"(?i)allow: GET, HEAD, OPTIONS\n"),
    Row("GET of sync", "GET ~/sync", "405", says=r"(?i)allow: POST, OPTIONS\n"),
    Row("PUT", "PUT ~/sync", "405", SYNC, b"{}"),
    Row("DELETE", "DELETE ~/tickets/101", "405"),
    Row("TRACE", "TRACE ~/status", "405*", others={"lighttpd": "405"}),
    Row("a method nobody knows", "BREW ~/status", "405", others={"lighttpd": "501*"}),
    # Bodies.
    Row("64 KB", "POST ~/sync", "200", SYNC, padded(65536)),
    Row("64 KB and one byte", "POST ~/sync", "413", SYNC, padded(65537)),
    Row("1000 KB", "POST ~/sync", "413", SYNC, padded(1000000)),
    Row("2 MB", "POST ~/sync", "413*", SYNC, padded(2000000), others=PROXY_413),
    Row("20 MB", "POST ~/sync", "413*", SYNC, padded(20000000), others={"apache": "502*", "apache-cgi": "413*"}),
    Row("in chunks", "POST ~/sync", "200", SYNC, b'{"dateFilter":"2025-09-01"}', chunked=True,
        says=r'"dateFilter":"2025-09-01"'),
    Row("100 KB in chunks", "POST ~/sync", "413", SYNC, padded(100000), chunked=True),
    Row("2 MB in chunks", "POST ~/sync", "413*", SYNC, padded(2000000), chunked=True,
        others=PROXY_413),
    Row("no type", "POST ~/sync", "415", [BEARER], b"{}"),
    Row("text/plain", "POST ~/sync", "415", [BEARER, "Content-Type: text/plain"], b"{}"),
    Row("a form", "POST ~/sync", "415", [BEARER, "Content-Type: application/x-www-form-urlencoded"],
        b"dateFilter=2025-10-01"),
    Row("JSON with its charset", "POST ~/sync", "200", [BEARER, JSON + "; charset=UTF-8"], b"{}"),
    Row("no JSON", "POST ~/sync", "400", SYNC, b"{"),
    Row("two objects", "POST ~/sync", "400", SYNC, b"{}{}"),
    Row("a list", "POST ~/sync", "400", SYNC, b"[]"),
    Row("a comma too many", "POST ~/sync", "400", SYNC, b'{"dateFilter":"2025-10-01",}'),
    Row("a key nobody knows", "POST ~/sync", "400", SYNC, b'{"datefilter":"2025-09-01"}'),
    Row("a key twice", "POST ~/sync", "400", SYNC, b'{"full":true,"full":false}'),
    Row("no date", "POST ~/sync", "400", SYNC, b'{"dateFilter":"--full"}'),
    Row("a date of another kind", "POST ~/sync", "400", SYNC, b'{"dateFilter":20251001}'),
    Row("GET with 100 KB", "GET ~/status", "413", SYNC, padded(100000), others=LIGHTTPD_400),
    Row("GET with 100 KB in chunks", "GET ~/status", "413", SYNC, padded(100000), chunked=True,
        others=LIGHTTPD_400),
    Row("GET with a body", "GET ~/status", "200", SYNC, b"{}", others=LIGHTTPD_400),
    Row("OPTIONS with 100 KB in chunks", "OPTIONS ~/status", "413", SYNC, padded(100000), chunked=True),
    Row("100 KB to no path", "POST ~/nowhere", "413", SYNC, padded(100000)),
    Row("1000 KB without a token", "POST ~/sync", "413", [JSON], padded(1000000)),
    # Browsers.
    Row("a page of another site", "POST ~/sync", "403", SYNC + ["Origin: https://evil.example"], b""),
    Row("a page of the same host", "POST ~/sync", "200", SYNC + ["Origin: https://dashboard.test"], b""),
    Row("another site, says the browser", "POST ~/sync", "403", SYNC + ["Sec-Fetch-Site: cross-site"], b""),
    Row("same origin, says the browser", "POST ~/sync", "200", SYNC + ["Sec-Fetch-Site: same-origin"], b""),
    Row("an origin that is listed", "POST ~/sync", "200", SYNC + [LISTED, "Sec-Fetch-Site: cross-site"], b"",
        says=r"(?i)access-control-allow-origin: https://dashboard.example\n"),
    Row("may a listed origin?", "OPTIONS ~/sync", "204", [LISTED, "Access-Control-Request-Method: POST"],
        says=r"(?i)access-control-allow-methods: POST"),
    Row("may another origin?", "OPTIONS ~/sync", "204",
        ["Origin: https://evil.example", "Access-Control-Request-Method: POST"],
        says=r"(?is)^(?!.*access-control-allow)"),
    # Traps.
    Row("Proxy: reads it, does not use it", "POST ~/sync", "200", SYNC + ["Proxy: http://127.0.0.1:9"], b""),
    Row("variables of libraries", "POST ~/sync", "200",
        SYNC + ["LD_PRELOAD: /x.so", "MYSQL_PWD: x", "FLUENT-DB-HOST: 192.0.2.1", "CURL-CA-BUNDLE: /dev/null"], b""),
    Row("two lengths", "POST ~/sync", "400*", SYNC + ["Content-Length: 2", "Content-Length: 40"], b"{}"),
    Row("a length and chunks", "POST ~/sync", "400*", SYNC + ["Content-Length: 2"], b"{}", chunked=True,
        others={"apache": "200"}),
    Row("a negative length", "POST ~/sync", "400*", SYNC + ["Content-Length: -1"], b""),
]


def judge(row, answer):
    """What is wrong with the answer beside its status; None: nothing."""
    text = answer.whole()
    if row.says and not re.search(row.says, text):
        return f"not {row.says}"
    for secret in (TOKEN, "correct-horse", "fluent-sync.ini", "/tmp/"):
        if secret in text:
            return f"it contains {secret}"
    if answer.field("X-Evil"):
        return "the client wrote a line of the head"
    if not answer.by_the_program():
        return None
    if answer.field("Cache-Control") != "no-store" or not answer.field("Content-Security-Policy"):
        return "the head lacks what protects the reader"
    if answer.status >= 400 and not (answer.head_only or is_refusal(answer)):
        return "no document that says why"
    return None


def is_refusal(answer):
    document = json.loads(answer.text())
    return document["success"] is False and document["error"]


def shown(answer):
    return f"{answer.status}{'' if answer.by_the_program() else '*'}"


def ask(front, row):
    line = row.line.replace("~", PREFIX)
    answer = client.exchange(front.addresses[row.variant], line, row.fields, row.body, row.chunked)
    return shown(answer), judge(row, answer)


# Scenes: more than one request, and what becomes of the runs.


class World:
    """The sample site, and the tables."""

    def __init__(self, site, database):
        self.site, self.database = site, database

    def control(self, command):
        urllib.request.urlopen(self.site + "/_control", json.dumps(command).encode()).read()

    def delay(self, ms):
        """Lets the site take this long for each page of tickets."""
        self.control({"do": "fault", "kind": "delay_ms", "times": 0})
        if ms:
            self.control({"do": "fault", "kind": "delay_ms", "match": "/tickets", "ms": ms})

    def rows(self, what, where="1"):
        out = subprocess.run([self.database, "dashboard", "-N", "-e",
                              f"SELECT {what} FROM fluent_sync_status WHERE {where} ORDER BY id"],
                             check=True, capture_output=True, text=True)
        return out.stdout.split()

    def last_id(self):
        return int(self.rows("COALESCE(MAX(id), 0)")[0])

    def state_of_run_after(self, last):
        """How the first run after that row has ended; waits for it."""
        until(lambda: self.rows("id", f"id > {last} AND last_sync_status <> 'in_progress'"))
        return self.rows("last_sync_status", f"id > {last}")[0]


def until(condition, seconds=60):
    end = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > end:
            raise TimeoutError("nothing happened for a minute")
        time.sleep(0.1)


def at_once(front, count, *request):
    answers = []
    threads = [threading.Thread(target=lambda: answers.append(client.exchange(front.addresses["plain"], *request)))
               for _ in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return sorted(shown(answer) for answer in answers)


def ten_status(front, world):
    return " ".join(sorted(set(at_once(front, 10, f"GET {PREFIX}/status", [BEARER]))))


def ten_syncs(front, world):
    """One of them runs; of the others, each meets that run, or comes after it."""
    last = world.last_id()
    world.delay(2000)
    answers = at_once(front, 10, f"POST {PREFIX}/sync", SYNC, b"")
    world.delay(0)
    runs = world.rows("last_sync_status", f"id > {last}")
    assert answers.count("200") == runs.count("success") == len(runs), (answers, runs)
    return " ".join(sorted(set(answers)))


def client_leaves(front, world):
    last = world.last_id()
    world.delay(2000)
    with client.connect(front.addresses["plain"]) as connection:
        connection.sendall(client.compose(f"POST {PREFIX}/sync", SYNC, b"", False))
        until(lambda: world.last_id() > last)
    state = world.state_of_run_after(last)
    world.delay(0)
    return state


def half_a_body(front, world):
    """A client that leaves in the middle of its body starts nothing."""
    last = world.last_id()
    for _ in range(4):
        with client.connect(front.addresses["plain"]) as connection:
            connection.sendall(client.compose(f"POST {PREFIX}/sync", SYNC + ["Content-Length: 60"], b"{", False))
    answer = client.exchange(front.addresses["plain"], f"GET {PREFIX}/status", [BEARER])
    return shown(answer) + (", no run" if world.last_id() == last else ", a run")


def webhook(variant):
    def call(front, world):
        """The ids are taken, and a run fetches the ticket."""
        if variant not in front.addresses:
            return ""
        last = world.last_id()
        answer = client.exchange(front.addresses[variant], f"POST {PREFIX}/webhook", signed(IDS), IDS)
        return f"{shown(answer)}, {world.state_of_run_after(last)}"
    return call


def server_gives_up(front, world):
    """The server waits for three seconds, the run takes ten."""
    last = world.last_id()
    world.delay(10000)
    answer = client.exchange(front.addresses["hasty"], f"POST {PREFIX}/sync", SYNC, b"")
    running = world.rows("last_sync_status", f"id > {last}")
    state = world.state_of_run_after(last)
    world.delay(0)
    assert running == ["in_progress"], running
    return f"{shown(answer)}, {state}"


def respond_async(front, world):
    last = world.last_id()
    world.delay(2000)
    answer = client.exchange(front.addresses["plain"], f"POST {PREFIX}/sync", SYNC + ["Prefer: respond-async"], b"")
    document = json.loads(answer.text())
    assert document["success"] is False and document["running"] is True, document
    state = world.state_of_run_after(last)
    world.delay(0)
    assert int(world.rows("id", f"id > {last}")[0]) >= document["id"] > last, document
    where = client.exchange(front.addresses["plain"], "GET " + answer.field("Location"), [BEARER])
    return f"{shown(answer)}, {shown(where)}, {state}"


@dataclasses.dataclass
class Scene:
    """`play` returns what is expected, as Row's answer."""
    name: str
    play: typing.Callable
    answer: str
    others: dict = dataclasses.field(default_factory=dict)
    variant = "plain"


SCENES = [
    Scene("ten at once", ten_status, "200"),
    Scene("ten syncs at once", ten_syncs, "200 409"),
    Scene("respond-async, then Location", respond_async, "202, 200, success"),
    Scene("the client leaves", client_leaves, "success"),
    Scene("the client leaves in its body", half_a_body, "200, no run"),
    Scene("webhook", webhook("plain"), "202, success"),
    Scene("login: webhook", webhook("login"), "202, success", {"apache-cgi": "", "lighttpd-cgi": ""}),
    Scene("the server gives up after 3 s", server_gives_up, "504*, success"),
]


# The table.


def expected(row, server):
    return row.others.get(server, row.others.get(server.split("-")[0], row.answer))


def answer_of(front, row, world):
    if isinstance(row, Scene):
        try:
            return row.play(front, world), None
        except (AssertionError, TimeoutError, ValueError, KeyError) as error:
            world.delay(0)
            return "?", repr(error)
    return ask(front, row)


def main(fronts_file, site, database):
    with open(fronts_file, encoding="utf-8") as lines:
        fronts = [Front(line) for line in lines]
    world, wrong = World(site, database), []
    width = max(len(row.name) for row in ROWS + SCENES)
    print(f"{'':{width}}", *(f"{front.server:>18}" for front in fronts))
    for row in ROWS + SCENES:
        cells = []
        for front in fronts:
            if row.variant not in front.addresses:
                cells.append(f"{'':>18}")
                continue
            got, complaint = answer_of(front, row, world)
            if complaint or got != expected(row, front.server):
                wrong.append(f"{row.name}, {front.server}: {got}, expected {expected(row, front.server)}" +
                             (f": {complaint}" if complaint else ""))
                got = "!" + got
            cells.append(f"{got:>18}")
        print(f"{row.name:{width}}", *cells, flush=True)
    print("* the server itself answered, and the program was not asked")
    for line in wrong:
        print("web.sh:", line, file=sys.stderr)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
