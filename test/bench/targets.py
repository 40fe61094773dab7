"""targets: what fluent-sync is to be, against what was measured."""
from contestants import FEW, IMPORT, NOTHING, WALK, Fetch, LoadData, Parse, Script
from medians import MEGABYTE


def line(text, limit, measured, met):
    """`measured` is None when something it needs was not."""
    verdict = 'not measured' if measured is None else 'met' if met else 'NOT MET'
    return f'{verdict:<12}  {text}: {limit}' + (f'; it is {measured}' if measured else '')


def at_most(text, value, limit, unit='', digits=2):
    shown = None if value is None else f'{value:.{digits}f}{unit}'
    return line(text, f'at most {limit}{unit}', shown, value is not None and value <= limit)


def quotient(a, b):
    return None if a is None or b is None else a / b


def difference(a, b):
    return None if a is None or b is None else a - b


def scaled(value, factor):
    return None if value is None else value * factor


def worst(values):
    values = [value for value in values if value is not None]
    return max(values) if values else None


def longest(a, b):
    return None if a is None or b is None else max(a, b)


def work(counts):
    yield at_most('instructions per ticket of a first import', counts and counts.new, 230000,
                  digits=0)


def first_import(options, medians):
    for tickets in (10000, 100000):
        yield at_most(f'first import of {tickets:,} at 0 ms, to LOAD DATA',
                      medians.ratio(tickets, 0, IMPORT, LoadData.name), 0.8, ' x')
    for tickets in (10000, 100000):
        faster = quotient(medians.wall(tickets, 0, IMPORT, Script.name),
                          medians.wall(tickets, 0, IMPORT))
        yield line(f'first import of {tickets:,} at 0 ms, faster than the Python script',
                   'at least 4 x', faster and f'{faster:.2f} x', (faster or 0) >= 4)
    yield at_most('first import of 100,000 at 0 ms, to that of 10,000', quotient(
        medians.wall(100000, 0, IMPORT), medians.wall(10000, 0, IMPORT)), 12, ' x', 1)
    for latency in (50, 250):
        for tickets in options.tickets:
            longer = longest(medians.wall(tickets, latency, IMPORT, Fetch.name),
                             medians.wall(tickets, 0, IMPORT))
            yield at_most(f'first import of {tickets:,} at {latency} ms, to the longer of curl and '
                          'an import at 0 ms',
                          quotient(medians.wall(tickets, latency, IMPORT), longer), 1.1, ' x')
    yield at_most('time per ticket at 1,000,000, to that at 10,000', quotient(
        medians.wall(1000000, 0, IMPORT), scaled(medians.wall(10000, 0, IMPORT), 100)), 1.3, ' x')


def nothing_changed(options, medians):
    for tickets in options.tickets:
        def most(field, tickets=tickets):
            return worst(medians.of(field, tickets, latency, NOTHING)
                         for latency in options.latency)
        text = f'nothing changed, {tickets:,} tickets'
        yield at_most(f'{text}, requests', most('requests'), 3, digits=0)
        yield at_most(f'{text}, ticket requests', most('tickets_requests'), 2, digits=0)
        yield at_most(f'{text}, statements', most('statements'), 14, digits=0)
        yield at_most(f'{text}, our CPU', scaled(most('cpu'), 1000), 12, ' ms', 1)
        # Three requests over two connections take two rounds, curl's as well.
        yield at_most(f'{text}, wall time over that of curl for the same requests over the same '
                      f'{options.connections} connections', scaled(worst(
                          difference(medians.wall(tickets, latency, NOTHING),
                                     medians.wall(tickets, latency, NOTHING, Fetch.name))
                          for latency in options.latency), 1000), 20, ' ms', 1)


def ten_changed(options, medians):
    for tickets in options.tickets:
        # One request asks for the ticket with the largest known id, when the head does not show it.
        for field, limit in (('statements', 6), ('requests', 1)):
            yield at_most(f'10 changed of {tickets:,}, {field} over those with nothing changed',
                          worst(difference(medians.of(field, tickets, latency, FEW),
                                           medians.of(field, tickets, latency, NOTHING))
                                for latency in options.latency), limit, digits=0)


def full_walk(_, medians):
    yield at_most('full walk of 100,000, to fetching and parsing (nothing was written: checked)',
                  medians.ratio(100000, 0, WALK, Parse.name), 1.5, ' x')


def memory(options, medians):
    for tickets, limit in ((10000, 32), (100000, 48), (1000000, 48)):
        peak = worst(medians.of('peak', tickets, latency, run)
                     for latency in options.latency for run in (IMPORT, WALK))
        yield at_most(f'peak memory at {tickets:,}', quotient(peak, MEGABYTE), limit, ' MB', 1)


def lines(options, medians, counts):
    yield from work(counts)
    for group in (first_import, nothing_changed, ten_changed, full_walk, memory):
        yield from group(options, medians)
