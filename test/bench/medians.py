"""medians: of what was measured, by tickets, latency, run and contestant."""
import statistics

from contestants import FluentSync, LoadData, Parse

MEGABYTE = 1 << 20
US = FluentSync.name


class Medians:
    """The medians of what was measured."""

    def __init__(self, samples):
        self.samples = samples

    def of(self, field, tickets, latency, run, name=US):
        """None when it was not measured."""
        samples = self.samples.get((tickets, latency, run, name))
        return statistics.median(getattr(s, field) for s in samples) if samples else None

    def wall(self, tickets, latency, run, name=US):
        """What latency does not touch was measured at one of them alone."""
        if name in (LoadData.name, Parse.name):
            latency = next((key[1] for key in self.samples
                            if (key[0], key[2], key[3]) == (tickets, run, name)), latency)
        return self.of('wall', tickets, latency, run, name)

    def ratio(self, tickets, latency, run, name):
        ours, theirs = self.wall(tickets, latency, run), self.wall(tickets, latency, run, name)
        return ours / theirs if ours and theirs else None
