"""instructions: how many a run of fluent-sync executes, counted by valgrind's callgrind. With the same
libraries it is nearly the same number on every machine, however busy that is."""
import dataclasses
import os
import re
import subprocess

from contestants import FluentSync, must_succeed
from servers import Site

TICKETS = 2000


@dataclasses.dataclass
class Counts:
    """`nothing`: a run with nothing new; `start`: the part of it that loads the program and its
    libraries. `new`, `walked`: for each ticket of a first import and of a full walk, beyond those."""
    start: int
    nothing: int
    new: float
    walked: float


def count(argv, environment):
    argv = ['valgrind', '--tool=callgrind', '--callgrind-out-file=/dev/null', *argv]
    result = subprocess.run(argv, env={**os.environ, **environment}, check=False,
                            capture_output=True, text=True)
    must_succeed(argv, result)
    return int(re.search(r'Collected : (\d+)', result.stderr).group(1))


def measure(bench):
    """Starts a site of its own for it."""
    site = Site(str(bench.options.build / 'test' / 'sample-site'), TICKETS, bench.scratch)
    try:
        us = FluentSync(bench)
        us.prepare(site)

        def run(*options):
            argv, environment = bench.command(site, us.database, 'sync', '--quiet', *options)
            return count(argv, environment)
        imported, nothing, walked = run(), run(), run('--full')
        us.check(site, 'first import', None)
        return Counts(start=count([bench.options.program, '--version'], {}), nothing=nothing,
                      new=(imported - nothing) / TICKETS, walked=(walked - nothing) / TICKETS)
    finally:
        site.stop()
