#!/usr/bin/env python3
"""bench: measures fluent-sync beside its competitors. To be called by run.sh, which says more."""
import argparse
import collections
import os
import pathlib
import random
import shutil
import signal
import sys
import tempfile

import instructions
import report
from contestants import (CHANGES, IMPORT, NOTHING, RUNS, Bench, Fetch, FluentSync, LoadData, Parse,
                         Script)
from servers import Failure, Site, start_database

FORMS = {'quick': ([1000, 10000], [0, 50], 3),
         'default': ([1000, 10000, 100000], [0, 50, 250], 5),
         'long': ([1000, 10000, 100000, 1000000], [0, 50, 250], 5)}
# Beyond, the script runs without latency alone; and not at all.
SCRIPT_ALWAYS, SCRIPT_EVER = 10000, 100000
# So often in each round: it is short, and the first one after an import finds cold caches.
REPEATED = {NOTHING: 5}


def numbers(text):
    return [int(word) for word in text.split(',')]


def parse_options():
    parser = argparse.ArgumentParser(
        prog='run.sh', description='Measures fluent-sync beside LOAD DATA, curl and a script.')
    parser.add_argument('--build', type=pathlib.Path, required=True, help=argparse.SUPPRESS)
    parser.add_argument('--program', required=True, help=argparse.SUPPRESS)
    form = parser.add_mutually_exclusive_group()
    for name, (tickets, latencies, runs) in FORMS.items():
        if name != 'default':
            form.add_argument(f'--{name}', dest='form', action='store_const', const=name,
                              help=f'{tickets} tickets, {latencies} ms, {runs} runs')
    parser.set_defaults(form='default')
    parser.add_argument('--server', choices=('mariadb', 'mariadb-11.8', 'mysql'),
                        default='mariadb', help='the database (mariadb)')
    parser.add_argument('--tickets', type=numbers, help='sizes of the site, comma-separated')
    parser.add_argument('--latency', type=numbers, help='ms before each answer, comma-separated')
    parser.add_argument('--runs', type=int, help='of everything; the medians are shown')
    parser.add_argument('--connections', type=int, default=2, help='to the site (2)')
    parser.add_argument('--per-page', type=int, default=500, help='tickets per request (500)')
    parser.add_argument('--script', choices=('parser', 'regex', 'none'), default='parser',
                        help='how the Python script reads HTML; none: leave it out')
    parser.add_argument('--no-instructions', dest='instructions', action='store_false',
                        help='do not count them: a minute less')
    parser.add_argument('--json', type=pathlib.Path, help='write every sample to this file')
    options = parser.parse_args()
    if not os.access(options.program, os.X_OK):
        parser.error(f'{options.program}: no program')
    tickets, latencies, runs = FORMS[options.form]
    options.tickets = options.tickets or tickets
    options.latency = options.latency or latencies
    options.runs = options.runs or runs
    return options


class Plan:
    """What is run, in which order, and the samples: by tickets, latency, run and contestant."""

    def __init__(self, options, bench):
        self.options, self.bench = options, bench
        self.samples = collections.defaultdict(list)
        self.counts = None  # of instructions
        self.contestants = [kind(bench) for kind in (FluentSync, LoadData, Parse, Fetch, Script)]

    def takes_part(self, contestant, site, latency):
        first = latency == self.options.latency[0]
        if isinstance(contestant, Script):
            return self.options.script != 'none' and (
                site.tickets <= SCRIPT_ALWAYS or first and site.tickets <= SCRIPT_EVER)
        # Latency is nothing to these.
        return first or not isinstance(contestant, (LoadData, Parse))

    def order(self, number):
        """Another one leads each time; in the first round fluent-sync, whom others depend on."""
        shift = number % len(self.contestants)
        return self.contestants[shift:] + self.contestants[:shift]

    def measure(self, contestant, site, latency, run, changed):
        if run == IMPORT:
            contestant.prepare(site)
        for _ in range(REPEATED.get(run, 1)):
            sample = contestant.run(site, run)
            contestant.check(site, run, changed)
            self.samples[site.tickets, latency, run, contestant.name].append(sample)
            print(f'{site.tickets:>9,} {latency:>4} ms  {run:<16} {contestant.name:<13} '
                  f'{sample.wall:9.3f} s', file=sys.stderr, flush=True)
        if run == IMPORT and contestant.database:
            self.bench.database.settle(contestant.database)

    def change(self, site, number, run):
        """Other tickets in each round, and a count of responses that none has had."""
        if run not in CHANGES:
            return None
        # By less than the hour that makes a run suspect that a clock was set, and walk.
        site.set_clock(number, (1 + list(CHANGES).index(run)) / 2)
        ids = random.Random(f'{number} {run}').sample(site.ids(), CHANGES[run])
        responses = 1000 * CHANGES[run] + number
        site.change(ids, responses)
        return ids, responses

    def round(self, site, latency, number):
        """Everything once, at one latency, on a day of its own: what was changed in an earlier
        round is not among the latest changes."""
        site.set_clock(number, 0)
        site.change([1], 100 + number)
        taking_part = [c for c in self.order(number) if self.takes_part(c, site, latency)]
        for run in RUNS:
            changed = self.change(site, number, run)
            site.set_latency(0)
            site.warm()
            site.set_latency(latency)
            for contestant in taking_part:
                if run in contestant.runs:
                    self.measure(contestant, site, latency, run, changed)

    def run(self, sites):
        latencies = self.options.latency
        for repetition in range(self.options.runs):
            for site in sites:
                for i, latency in enumerate(latencies):
                    self.round(site, latency, repetition * len(latencies) + i)


def main():
    options = parse_options()
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, lambda number, _: sys.exit(128 + number))
    scratch = pathlib.Path(tempfile.mkdtemp(prefix='fluent-sync-bench.'))
    servers, plan, code = [], None, 0
    try:
        database = start_database(options.server, scratch)
        servers.append(database)
        for tickets in options.tickets:
            servers.append(Site(str(options.build / 'test' / 'sample-site'), tickets, scratch))
        plan = Plan(options, Bench(options, database, scratch))
        report.environment(options, database)
        if options.instructions:
            plan.counts = instructions.measure(plan.bench)
            report.instructions(plan.counts)
        plan.run(servers[1:])
    except Failure as failure:
        print(f'bench: {failure}', file=sys.stderr)
        code = 1
    except KeyboardInterrupt:
        code = 130
    finally:
        for server in servers:
            server.stop()
        shutil.rmtree(scratch)
    if plan and plan.samples and code != 1:
        report.results(options, plan)
    return code


if __name__ == '__main__':
    sys.exit(main())
