"""cgi: how long a GET of /status takes through each web server, and how much of it is the program's.

    cgi.py TOKEN WRAPPER ROUNDS [NAME=ADDRESS]...

In each round, every server is asked once, and WRAPPER is started once as a server would start it, so
that all of them meet the same load of the machine. Prints medians, in milliseconds.
"""
import os
import statistics
import sys
import time
import urllib.request


def ask(address, token):
    request = urllib.request.Request(address + "/fluent-sync/status", headers={"Authorization": "Bearer " + token})
    with urllib.request.urlopen(request) as answer:
        return answer.read()


def start(wrapper, token):
    """Starts the program without a server, waits for its end, and returns what it has printed."""
    reader, writer = os.pipe()
    environment = {"REQUEST_METHOD": "GET", "PATH_INFO": "/status", "SCRIPT_NAME": "/fluent-sync",
                   "HTTP_AUTHORIZATION": "Bearer " + token}
    child = os.posix_spawn(wrapper, [wrapper], environment, file_actions=[
        (os.POSIX_SPAWN_OPEN, 0, "/dev/null", os.O_RDONLY, 0), (os.POSIX_SPAWN_DUP2, writer, 1)])
    os.close(writer)
    with open(reader, "rb") as out:
        answer = out.read()
    os.waitpid(child, 0)
    return answer


def timed(what, *arguments):
    began = time.perf_counter()
    answer = what(*arguments)
    assert b'"syncStatus":{' in answer, answer
    return (time.perf_counter() - began) * 1000


def main(token, wrapper, rounds, *servers):
    addresses = dict(server.split("=") for server in servers)
    times = {name: [] for name in [*addresses, "the program"]}
    for _ in range(int(rounds)):
        for name, address in addresses.items():
            times[name].append(timed(ask, address, token))
        times["the program"].append(timed(start, wrapper, token))
    alone = statistics.median(times["the program"])
    for name, all_of_it in times.items():
        median = statistics.median(all_of_it)
        print(f"{name:12} {median:5.1f} ms" +
              (f", of it the program {alone / median:3.0%}" if name in addresses else ""))


if __name__ == "__main__":
    main(*sys.argv[1:])
