"""webhook: does on a real WordPress what agents and customers do, and waits for it in the tables.

  webhook.py SCRATCH PORT PLAIN_PORT SITE_URL     called by test/wordpress.sh
"""
import http.client
import json
import pathlib
import socket
import subprocess
import sys
import threading
import time
import urllib.request

SCRATCH = pathlib.Path(sys.argv[1])
PORT, PLAIN_PORT, SITE = int(sys.argv[2]), int(sys.argv[3]), sys.argv[4]
REAL = f"http://127.0.0.1:{PORT}/fluent-sync/webhook"
PATIENCE_S = 60  # no promise of the program's: when the test gives up
BURST = 100


# The tables, the two sites


def sql(statement, database="dashboard"):
    done = subprocess.run([SCRATCH / "database/client", "--skip-column-names", "--batch", database],
                          input=statement, capture_output=True, text=True, check=True)
    return done.stdout.strip()


def until(what, check):
    end = time.monotonic() + PATIENCE_S
    while not check():
        if time.monotonic() > end:
            raise AssertionError(f"it never came: {what}")
        time.sleep(0.02)


def control(**command):
    urllib.request.urlopen(f"{SITE}/_control", json.dumps(command).encode()).read()


def change(ticket, title):
    """A change on the site that fluent-sync reads, which no watermark tells."""
    control(do="update", id=ticket, set={"title": title}, quiet=True)


def ask(method, path, body=None, port=PORT, status=200):
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE_S)
    headers = {"Content-Type": "application/json"} if body is not None else {}
    connection.request(method, path, json.dumps(body) if body is not None else None, headers)
    answer = connection.getresponse()
    text = answer.read()
    connection.close()
    assert answer.status == status, (method, path, answer.status, text[:300])


def rest(method, path, body=None, port=PORT, status=200):
    ask(method, f"/index.php?rest_route=/fluent-support/v2{path}", body, port, status)


def act(name, ticket, port=PORT):
    ask("GET", f"/?act={name}&id={ticket}", None, port)


def call_at(url):
    (SCRATCH / "webhook-url").write_text(url + "\n")


def unsent():
    """The ids that wait."""
    value = sql("SELECT option_value FROM wp_options WHERE option_name = 'fluent_sync_webhook_unsent'", "wordpress")
    return [int(ticket) for request in value.split(";") if request for ticket in request.split("@")[0].split(",")]


def end_pause():
    sql("DELETE FROM wp_options WHERE option_name IN ('fluent_sync_webhook_pause', 'cron')", "wordpress")


def runs():
    return int(sql("SELECT COUNT(*) FROM fluent_sync_status"))


def idle():
    until("the end of the runs", lambda: sql("SELECT COUNT(*) FROM fluent_sync_status WHERE exit_code IS NULL") == "0"
          and sql("SELECT COUNT(*) FROM fluent_inbox") == "0" and not unsent())


def stored(ticket, title):
    return sql(f"SELECT title FROM fluent_tickets WHERE fluent_id = '{ticket}'") == title


def arrives(what, ticket, does):
    """Changes the ticket, does something in WordPress, and says how long it takes to the row."""
    title = f"{what} {ticket}"
    change(ticket, title)
    began = time.monotonic()
    does(ticket)
    until(what, lambda: stored(ticket, title))
    print(f"{what}: {time.monotonic() - began:.1f} s from the click to the row")


# What agents and customers do


def test_everything_arrives():
    for name in ("ticket_created", "response_added_by_customer", "response_added_by_agent", "ticket_closed",
                 "ticket_reopen", "agent_assigned_to_ticket"):
        arrives(name, 3, lambda ticket, name=name: act(name, ticket))
        idle()
    arrives("a property", 4, lambda ticket: rest("PUT", f"/tickets/{ticket}/property", {"prop_name": "priority"}))
    idle()
    arrives("a bulk action", 6, lambda ticket: rest("POST", "/tickets/bulk-actions", {"ticket_ids": [5, ticket]}))
    idle()


def test_deletion():
    control(do="delete", id=7)
    rest("DELETE", "/tickets/7/delete")
    until("the deletion", lambda: sql("SELECT deleted_at IS NOT NULL FROM fluent_tickets WHERE fluent_id = '7'") == "1")
    idle()


def test_what_calls_for_nothing():
    before = runs()
    rest("GET", "/tickets/8")
    rest("HEAD", "/tickets/8")
    rest("PUT", "/customers/8", {"first_name": "A"})
    rest("PUT", "/tickets/8/forbidden", {"ticket_ids": [8]}, status=401)
    for no_id in (2**53, 10**18, 10**30):  # with one of them the whole call would be refused, for ever
        rest("PUT", f"/tickets/{no_id}/property", {"ticket_ids": [no_id, str(no_id), -1, 0, "x", [8], {"a": [8]}]})
    ask("GET", "/")
    assert not unsent() and runs() == before


def test_while_a_run_is_active():
    control(do="fault", kind="stall", match="order_by=updated_at", times=1, seconds=4)
    act("ticket_closed", 9)
    until("the run", lambda: sql("SELECT COUNT(*) FROM fluent_sync_status WHERE exit_code IS NULL") == "1")
    before = runs()
    arrives("while a run is active", 11, lambda ticket: act("ticket_reopen", ticket))
    assert runs() == before
    idle()


def test_burst():
    """A hundred requests, as fast as they go, are one run."""
    before, began = runs(), time.monotonic()
    control(do="fault", kind="stall", match="order_by=updated_at", times=1, seconds=10)
    tickets = [ticket for ticket in range(12, 12 + BURST + 2) if ticket % 50]
    for ticket in tickets:
        control(do="update", id=ticket, set={"title": "Burst"})
    threads = [threading.Thread(target=lambda part=part: [rest("PUT", f"/tickets/{ticket}/property", {})
                                                          for ticket in tickets[part::4]]) for part in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    print(f"{len(tickets)} requests: {time.monotonic() - began:.1f} s")
    last = " AND ".join(["deleted_at IS NULL", "title <> 'Burst'",
                         f"fluent_id + 0 BETWEEN {tickets[0]} AND {tickets[-1]}"])
    until("the burst", lambda: sql(f"SELECT COUNT(*) FROM fluent_tickets WHERE {last}") == "0")
    idle()
    print(f"{len(tickets)} requests: {runs() - before} run")
    assert runs() == before + 1


# A receiver that is down


class Receiver(threading.Thread):
    """Takes connections, and answers with `answer`; None: never. `ended`: the caller has given up."""

    def __init__(self, answer):
        super().__init__(daemon=True)
        self.answer, self.connected, self.ended = answer, threading.Event(), threading.Event()
        self.socket = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self.socket.getsockname()[1]}/"
        self.start()

    def run(self):
        connection, _ = self.socket.accept()
        self.connected.set()
        while b"}" not in connection.recv(65536) and self.answer:
            pass
        if self.answer:
            connection.sendall(self.answer)
        while connection.recv(65536):
            pass
        self.ended.set()
        connection.close()


def fails(what, url, ticket, receiver=None):
    """The visitor has the answer before the call has failed; the id waits."""
    call_at(url)
    end_pause()
    began = time.monotonic()
    act("ticket_closed", ticket)
    took = time.monotonic() - began
    if receiver and not receiver.answer:
        assert not receiver.ended.is_set(), "the visitor waited for the receiver"
    print(f"{what}: the visitor waits {took * 1000:.0f} ms")
    until("the pause", lambda: sql("SELECT COUNT(*) FROM wp_options WHERE option_name = 'fluent_sync_webhook_pause'",
                                   "wordpress") == "1")
    assert ticket in unsent(), unsent()


def test_receiver_down():
    began = time.monotonic()
    act("ticket_closed", 3)
    print(f"a receiver that is up: the visitor waits {(time.monotonic() - began) * 1000:.0f} ms")
    idle()
    silent = Receiver(None)
    fails("a silent receiver", silent.url, 21, silent)
    broken = Receiver(b"HTTP/1.1 500 Oops\r\nContent-Length: 4\r\nConnection: close\r\n\r\noops")
    fails("a broken receiver", broken.url, 22, broken)
    moved = Receiver(b"HTTP/1.1 302 Found\r\nLocation: " + REAL.encode() + b"\r\nContent-Length: 0\r\n\r\n")
    fails("a receiver that redirects", moved.url, 23, moved)
    fails("a refusing receiver", "http://127.0.0.1:1/", 24)
    assert set(unsent()) >= {21, 22, 23, 24}


def test_unsent_ids():
    """Within the pause nothing is sent; after it all goes with the next call."""
    before = runs()
    call_at(REAL)
    for ticket in (21, 22, 23, 24, 26):
        change(ticket, "Late")
    act("ticket_closed", 25)
    assert 25 in unsent() and runs() == before
    end_pause()
    act("ticket_closed", 26)
    for ticket in (21, 22, 23, 24, 26):
        until(f"ticket {ticket}", lambda ticket=ticket: stored(ticket, "Late"))
    idle()


def test_more_than_one_call():
    """A call has at most 1,000 ids; what is beyond goes with further ones, and none is left out."""
    change(148, "Of many")
    rest("POST", "/tickets/bulk-actions", {"ticket_ids": [148, *range(10001, 12500)]})
    until("all calls", lambda: not unsent())
    until("ticket 148", lambda: stored(148, "Of many"))
    sql("DELETE FROM fluent_inbox WHERE fluent_id + 0 > 10000")  # the site has none of them
    idle()


def test_wp_cron():
    """Where an answer cannot be finished before the call, WP-Cron calls: here for what is left of a pause too."""
    change(27, "By WP-Cron")
    rest("PUT", "/tickets/27/property", {}, PLAIN_PORT)
    assert unsent() == [27]
    ask("GET", "/wp-cron.php?doing_wp_cron")
    until("WP-Cron's call", lambda: stored(27, "By WP-Cron"))
    idle()


def test_no_complaint():
    """With WP_DEBUG, PHP and WordPress have nothing to say about the plugin."""
    lines = [line for line in (SCRATCH / "php.log").read_text().splitlines()
             if "webhook.php" in line or "preg_split" in line]  # by wp_parse_list
    assert not lines, lines[:5]


def main():
    call_at(REAL)
    for name, test in list(globals().items()):
        if name.startswith("test_"):
            test()
            print(f"ok: {name[5:].replace('_', ' ')}", flush=True)


main()
