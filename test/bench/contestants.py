"""contestants: fluent-sync and what else could do its work, each run, measured and checked."""
import dataclasses
import json
import pathlib
import subprocess
import sys

from servers import LOGIN, Failure

HERE = pathlib.Path(__file__).resolve().parent

IMPORT, NOTHING, FEW, MANY, WALK = ('first import', 'nothing changed', '10 changed', '300 changed',
                                    'full walk')
RUNS = (IMPORT, NOTHING, FEW, MANY, WALK)
CHANGES = {FEW: 10, MANY: 300}


@dataclasses.dataclass
class Sample:
    """What one run cost: seconds, bytes and counts."""
    wall: float
    cpu: float
    peak: int
    db_cpu: float
    site_cpu: float
    requests: int
    tickets_requests: int
    transferred: int
    statements: int


def must_succeed(argv, result):
    if result.returncode != 0:
        command = ' '.join(map(str, argv))
        raise Failure(f'exit code {result.returncode}: {command[:500]}\n{result.stdout[-2000:]}\n'
                      f'{result.stderr[-2000:]}')


class Bench:
    """The servers, and how a program is run against them."""

    def __init__(self, options, database, scratch):
        self.options, self.database, self.scratch = options, database, scratch
        self.report = scratch / 'measured.json'
        self.asked = {}        # what fluent-sync asked for, by site and run
        self.compared = set()  # the sites whose rows LOAD DATA has stored as they were
        self.write_config()

    def write_config(self):
        self.config = self.scratch / 'fluent-sync.ini'
        self.config.touch(mode=0o600)
        self.config.write_text(f"""[fluent]
api_username = {LOGIN[0]}
api_password = {LOGIN[1]}
date_filter = 2000-01-01
connections = {self.options.connections}
per_page = {self.options.per_page}
[sync]
deadline = 12h
[mysql]
socket = {self.database.socket}
user = root
""")

    def command(self, site, database, *arguments):
        """A command line of fluent-sync, and its environment."""
        return ([self.options.program, *arguments],
                {'FLUENT_SYNC_CONFIG': str(self.config), 'FLUENT_API_URL': site.url,
                 'FLUENT_DB_NAME': database})

    def program(self, site, database, *arguments):
        """Runs fluent-sync, unmeasured."""
        argv, environment = self.command(site, database, *arguments)
        result = subprocess.run(argv, env=environment, check=False, capture_output=True, text=True)
        must_succeed(argv, result)

    def counters(self, site):
        return {**site.stats(), 'statements': self.database.statements(),
                'db_cpu': self.database.cpu(), 'site_cpu': site.cpu()}

    def measure(self, site, argv, stdin='', environment=()):
        """Runs a program, which must succeed: what it cost, and what it printed."""
        before = self.counters(site)
        result = subprocess.run(
            [self.options.build / 'test' / 'bench-measure', self.report, *argv], input=stdin,
            capture_output=True, text=True, check=False,
            env={'PATH': '/usr/bin:/bin', 'HOME': str(self.scratch), **dict(environment)})
        after = self.counters(site)
        must_succeed(argv, result)
        cost = json.loads(self.report.read_text())
        spent = {key: after[key] - before[key] for key in before if key != 'routes'}
        return Sample(wall=cost['wall'], cpu=cost['user'] + cost['system'],
                      peak=cost['peak_kb'] * 1024, db_cpu=spent['db_cpu'],
                      site_cpu=spent['site_cpu'], requests=spent['requests'],
                      tickets_requests=spent['tickets_requests'], transferred=spent['bytes'],
                      statements=spent['statements']), result.stdout


def expect(found, wanted, what):
    if found != wanted:
        raise Failure(f'{what}: {found} instead of {wanted}')


class Contestant:
    """Something that is run. `name`; `runs`: what it can do."""

    name, runs, database = '', RUNS, None

    def __init__(self, bench):
        self.bench = bench

    def prepare(self, site):
        """Before a first import: the tables, empty."""
        bench = self.bench
        bench.database.create(self.database)
        bench.program(site, self.database, 'migrate', '--quiet')

    def run(self, site, run):
        raise NotImplementedError

    def check(self, site, run, changed):
        """The rows that must be there, and the changes that must have arrived."""
        database = self.bench.database
        if run in (IMPORT, WALK):
            for table in ('requests', 'fluent_tickets'):
                expect(database.count(self.database, table), site.tickets,
                       f'{self.name}, {run}: rows of {table}')
        if changed:
            ids, responses = changed
            marks = ', '.join(['%s'] * len(ids))
            arrived = database.value(
                f'SELECT COUNT(*) FROM {self.database}.fluent_tickets t '
                f'JOIN {self.database}.requests r ON r.id = t.request_id '
                f'WHERE t.response_count = {responses} AND t.fluent_id IN ({marks})',
                [str(i) for i in ids])
            expect(arrived, len(ids), f'{self.name}, {run}: changed tickets')


class FluentSync(Contestant):
    name, database = 'fluent-sync', 'bench_sync'

    def run(self, site, run):
        bench, started = self.bench, site.requests_log.stat().st_size
        before = bench.database.checksums(self.database) if run == WALK else None
        options = ['--full'] if run == WALK else []
        argv, environment = bench.command(site, self.database, 'sync', '--json', '--no-progress',
                                          *options)
        sample, printed = bench.measure(site, argv, environment=environment)
        bench.asked[site.tickets, run] = site.addresses(started)
        self.check_document(site, run, printed)
        if before:
            expect(bench.database.checksums(self.database), before, 'the tables after a full walk')
        return sample

    def check_document(self, site, run, printed):
        try:
            document = json.loads(printed)
        except ValueError:
            raise Failure(f'fluent-sync, {run}: not JSON: {printed[:500]}') from None
        wanted = {'success': True, 'complete': True,
                  'ticketsAdded': site.tickets if run == IMPORT else 0,
                  'ticketsUpdated': CHANGES.get(run, 0)}
        for key, value in wanted.items():
            expect(document.get(key), value, f'fluent-sync, {run}: {key}')


class Script(Contestant):
    """importer.py."""

    name, database = 'Python', 'bench_python'

    def run(self, site, run):
        bench = self.bench
        options = ['--full'] if run == WALK else []
        options += ['--regex'] if bench.options.script == 'regex' else []
        sample, printed = bench.measure(site, [
            sys.executable, '-B', HERE / 'importer.py', *options,
            '--connections', str(bench.options.connections),
            '--per-page', str(bench.options.per_page),
            site.url, ':'.join(LOGIN), bench.database.socket, self.database])
        wanted = site.tickets if run == IMPORT else CHANGES.get(run, 0)
        expect(int(printed), wanted, f'Python, {run}: written tickets')
        return sample


class LoadData(Contestant):
    """LOAD DATA LOCAL INFILE of the rows that fluent-sync has stored."""

    name, runs, database = 'LOAD DATA', (IMPORT,), 'bench_load'
    tables = ('requests', 'fluent_tickets')

    def file(self, site, table):
        return self.bench.scratch / f'{table}-{site.tickets}.rows'

    def dump(self, site):
        """Once per site, after the first import of fluent-sync."""
        database = self.bench.database
        for table in self.tables:
            if not self.file(site, table).exists():
                columns = ', '.join(database.columns(FluentSync.database, table))
                database.rows(f"SELECT {columns} FROM {FluentSync.database}.{table} ORDER BY id "
                              f"INTO OUTFILE '{self.file(site, table)}' CHARACTER SET utf8mb4")

    def run(self, site, run):
        database = self.bench.database
        self.dump(site)
        sql = ''
        for table in self.tables:
            columns = ', '.join(database.columns(self.database, table))
            sql += (f"LOAD DATA LOCAL INFILE '{self.file(site, table)}' INTO TABLE {table} "
                    f'CHARACTER SET utf8mb4 ({columns});')
        sample, _ = self.bench.measure(site, [
            'mariadb', '--no-defaults', '--local-infile=1', f'--socket={database.socket}',
            '--user=root', '--default-character-set=utf8mb4', f'--execute={sql}', self.database])
        return sample

    def check(self, site, run, changed):
        super().check(site, run, changed)
        if site.tickets not in self.bench.compared:
            sums = [[row[1] for row in self.bench.database.checksums(name)]
                    for name in (self.database, FluentSync.database)]
            expect(sums[0], sums[1], 'LOAD DATA: the checksums of its tables')
            self.bench.compared.add(site.tickets)


class Fetch(Contestant):
    """curl: the requests that fluent-sync made in the same run, over as many connections. Those of
    a full walk are those of a first import."""

    name, runs = 'curl', (IMPORT, NOTHING, FEW, MANY)

    def prepare(self, site):
        pass

    def check(self, site, run, changed):
        pass

    def run(self, site, run):
        bench, addresses = self.bench, self.bench.asked[site.tickets, run]
        config = bench.scratch / 'curl.config'
        config.write_text(f'user = "{":".join(LOGIN)}"\n' + ''.join(
            f'url = "{address}"\noutput = "/dev/null"\n' for address in addresses))
        sample, _ = bench.measure(site, [
            'curl', '--silent', '--show-error', '--fail', '--globoff', '--http1.1',
            '--parallel', '--parallel-immediate',
            '--parallel-max', str(bench.options.connections), '--config', config])
        expect(sample.requests, len(addresses), f'curl, {run}: requests')
        return sample


class Parse(Contestant):
    """The same requests, each answer parsed by cJSON, and no more."""

    name, runs = 'curl + cJSON', (WALK,)
    prepare, check = Fetch.prepare, Fetch.check

    def run(self, site, run):
        bench, addresses = self.bench, self.bench.asked[site.tickets, run]
        sample, printed = bench.measure(site, [
            bench.options.build / 'test' / 'bench-parse', str(bench.options.connections),
            ':'.join(LOGIN)], stdin=''.join(f'{address}\n' for address in addresses))
        if int(printed) < site.tickets:
            raise Failure(f'curl + cJSON: {printed} tickets')
        return sample
