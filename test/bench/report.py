"""report: what was measured, as a table, and whether the targets are met."""
import dataclasses
import json
import os
import pathlib
import platform
import sys

import targets
from contestants import IMPORT, RUNS, Fetch, FluentSync, LoadData, Parse, Script
from medians import MEGABYTE, US, Medians

NAMES = [kind.name for kind in (FluentSync, LoadData, Fetch, Parse, Script)]
HEADINGS = ('tickets', 'delay', 'run', 'by', 'wall s', 'from - to', 'ratio', 'CPU s', 'DB CPU s',
            'site CPU s', 'peak MB', 'requests', 'MB', 'statements')
LEFT = ('run', 'by')
BUSY = 0.5  # load average


def cpu_model():
    for line in pathlib.Path('/proc/cpuinfo').read_text().splitlines():
        if line.startswith('model name'):
            return line.split(':', 1)[1].strip()
    return platform.machine()


def environment(options, database):
    load = ' '.join(f'{n:.2f}' for n in os.getloadavg())
    if os.getloadavg()[0] > BUSY:
        print(f'bench: the machine is busy ({load}): wall times will say little', file=sys.stderr)
    print(f'{cpu_model()}, {os.cpu_count()} cores, Linux {platform.release()}, load {load}')
    print(database.describe())
    print(f'{options.program}, {options.connections} connections, {options.per_page} tickets per '
          f'page; medians of {options.runs}', flush=True)


def seconds(value):
    return f'{value:.3f}' if value < 10 else f'{value:.1f}'


def row(medians, tickets, latency, run, name):
    key = (tickets, latency, run, name)
    walls = [sample.wall for sample in medians.samples[key]]
    ratio = medians.ratio(*key)

    def median(field, scale=1):
        return medians.of(field, *key) / scale

    return (f'{tickets:,}', f'{latency} ms', run, name, seconds(median('wall')),
            f'{seconds(min(walls))} - {seconds(max(walls))}',
            '' if name == US or not ratio else f'{ratio:.2f}',
            seconds(median('cpu')), seconds(median('db_cpu')), seconds(median('site_cpu')),
            f'{median("peak", MEGABYTE):.1f}', f'{median("requests"):.0f}',
            f'{median("transferred", MEGABYTE):.1f}', f'{median("statements"):.0f}')


def print_table(rows):
    widths = [max(len(r[i]) for r in [HEADINGS, *rows]) for i in range(len(HEADINGS))]
    for cells in [HEADINGS, *rows]:
        print('  '.join(cell.ljust(w) if heading in LEFT else cell.rjust(w)
                        for cell, w, heading in zip(cells, widths, HEADINGS)).rstrip())


def table(options, medians):
    rows = [row(medians, tickets, latency, run, name)
            for tickets in options.tickets for latency in options.latency
            for run in RUNS for name in NAMES if (tickets, latency, run, name) in medians.samples]
    print_table(rows)


def site_speed(options, medians):
    """That the site is no brake."""
    for tickets in options.tickets:
        wall = medians.of('wall', tickets, 0, IMPORT, Fetch.name)
        if wall and medians.wall(tickets, 0, IMPORT):
            pages = medians.of('requests', tickets, 0, IMPORT, Fetch.name)
            cpu = medians.of('site_cpu', tickets, 0, IMPORT, Fetch.name)
            share = medians.of('site_cpu', tickets, 0, IMPORT) / medians.of('wall', tickets, 0,
                                                                            IMPORT)
            print(f'the site with {tickets:,} tickets: {pages / wall:.0f} pages per second to '
                  f'curl, {1000 * cpu / pages:.2f} ms of CPU each; {100 * share:.0f} % of one core '
                  'during our first import')


def instructions(counts):
    print(f'instructions: {counts.new:,.0f} per ticket of a first import, {counts.walked:,.0f} per '
          f'ticket of a full walk; with nothing changed {counts.nothing / 1e6:.1f} million, of them '
          f'{counts.start / 1e6:.1f} million to load the program and its libraries', flush=True)


def results(options, plan):
    samples = plan.samples
    medians = Medians(samples)
    print()
    table(options, medians)
    print("\nratio: the wall time of fluent-sync to this one's")
    site_speed(options, medians)
    print(f'\nThe targets, on {cpu_model()} with {os.cpu_count()} cores and '
          f'{plan.bench.database.version}:')
    for line in targets.lines(options, medians, plan.counts):
        print(line)
    if options.json:
        options.json.write_text(json.dumps(
            [{'tickets': key[0], 'latency': key[1], 'run': key[2], 'by': key[3],
              'samples': [dataclasses.asdict(s) for s in values]}
             for key, values in samples.items()], indent=1))
