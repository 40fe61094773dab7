"""servers: the benchmark's own database server and sample sites, and what they know about a run."""
import json
import os
import pathlib
import signal
import subprocess
import time
import urllib.request

import pymysql

SUPPORT = pathlib.Path(__file__).resolve().parent.parent / 'support'
# The servers' defaults but for the pool: test/support/database.sh would make the logs small or none.
SETTINGS = ('--innodb-buffer-pool-size=1G', '--local-infile=1')
OWN_SETTINGS = {'mariadb': ('--innodb-log-file-size=96M',),
                'mysql': ('--innodb-redo-log-capacity=100M', '--log-bin=binlog',
                          '--secure-file-priv=')}
LOGIN = ('mirror', 'abcdefghijklmnopqrstuvwx')


TRIES = 3  # to start: somebody may take a port before it does


class Failure(Exception):
    """Something did not run, or did not do what it should."""


def cpu_seconds(pid):
    """The processor time of a process so far: its CPU clock, to the nanosecond."""
    return time.clock_gettime((~pid << 3) | 2)


class Server:
    """A child in a process group of its own."""

    def __init__(self, argv, log, **settings):
        with open(log, 'ab') as out:
            self.process = subprocess.Popen(argv, stdin=subprocess.DEVNULL, stdout=out, stderr=out,
                                            start_new_session=True, **settings)
        self.name, self.log, self.pid = argv[0], log, self.process.pid

    def wait_for(self, ready, seconds):
        end = time.monotonic() + seconds
        while not ready():
            if self.process.poll() is not None or time.monotonic() > end:
                self.stop()
                raise Failure(f'{self.name} did not start: {pathlib.Path(self.log).read_text()}')
            time.sleep(0.05)

    def cpu(self):
        return cpu_seconds(self.pid)

    def stop(self):
        try:
            os.killpg(self.pid, signal.SIGKILL)
        except ProcessLookupError:
            pass
        self.process.wait()


def start_database(kind, scratch):
    for attempt in range(1, TRIES + 1):
        try:
            return Database(kind, scratch / f'database-{attempt}')
        except Failure:
            if attempt == TRIES:
                raise


class Database(Server):
    """One of those that test/support/database.sh knows."""

    def __init__(self, kind, directory):
        self.socket = str(directory / 'mysql.sock')
        self.connection, self.own, self.version = None, 0, ''
        self.kind = 'MySQL' if kind == 'mysql' else 'MariaDB'
        super().__init__(['bash', str(SUPPORT / 'database.sh'), 'run', str(directory), '--',
                          *SETTINGS, *OWN_SETTINGS[kind.split('-')[0]]], f'{directory}.log',
                         env={**os.environ, 'DATABASE_DURABLE': '1', 'TEST_SERVER': kind})
        self.wait_for(self.connect, 60)

    def connect(self):
        try:
            self.connection = pymysql.connect(unix_socket=self.socket, user='root',
                                              autocommit=True, charset='utf8mb4')
        except pymysql.err.OperationalError:
            return False
        return True

    def rows(self, sql, values=()):
        self.own += 1
        with self.connection.cursor() as cursor:
            cursor.execute(sql, values)
            return cursor.fetchall()

    def value(self, sql, values=()):
        return self.rows(sql, values)[0][0]

    def describe(self):
        """Its name, and the settings that a measurement depends on."""
        names = ('version', 'version_comment', 'innodb_buffer_pool_size',
                 'innodb_flush_log_at_trx_commit', 'innodb_doublewrite', 'innodb_log_file_size',
                 'innodb_redo_log_capacity', 'innodb_flush_method', 'log_bin', 'sync_binlog')
        found = dict(self.rows(f'SHOW GLOBAL VARIABLES WHERE Variable_name IN {names}'))
        self.version = f'{self.kind} {found["version"]}'
        return ', '.join(f'{name} {found[name]}' for name in names if name in found)

    def statements(self):
        """Those of others so far, once these have gone: a thread may still be ending."""
        while True:
            status = dict(self.rows("SHOW GLOBAL STATUS WHERE Variable_name IN ('Questions', "
                                    "'Connections', 'Threads_connected')"))
            if int(status['Threads_connected']) == 1:
                break
            time.sleep(0.005)
        # What ends a connection counts as a question.
        return int(status['Questions']) - int(status['Connections']) - self.own

    def create(self, name):
        self.rows(f'DROP DATABASE IF EXISTS {name}')
        self.rows(f'CREATE DATABASE {name} CHARACTER SET utf8mb4')

    def settle(self, name):
        """Writes out what a run has left in memory, so that the next one does not pay for it."""
        self.rows(f'FLUSH TABLES {name}.requests, {name}.fluent_tickets FOR EXPORT')
        self.rows('UNLOCK TABLES')

    def count(self, name, table):
        return self.value(f'SELECT COUNT(*) FROM {name}.{table}')

    def checksums(self, name):
        return self.rows(f'CHECKSUM TABLE {name}.requests, {name}.fluent_tickets')

    def columns(self, name, table):
        """Those that can be written."""
        return [row[0] for row in self.rows(
            'SELECT column_name FROM information_schema.columns WHERE table_schema = %s '
            "AND table_name = %s AND COALESCE(generation_expression, '') = '' "
            'ORDER BY ordinal_position',
            (name, table))]


class Site(Server):
    """The sample site with so many generated tickets."""

    # Later than any of them was changed.
    FIRST_DAY = 1795348800  # 2026-11-22 12:00 UTC

    def __init__(self, program, tickets, scratch):
        self.tickets = tickets
        self.requests_log = scratch / f'site-{tickets}.requests'
        port = scratch / f'site-{tickets}.port'
        super().__init__([program, '--tickets', str(tickets), '--port-file', str(port),
                          '--user', LOGIN[0], '--password', LOGIN[1],
                          '--log', str(self.requests_log)], scratch / f'site-{tickets}.log')
        self.wait_for(port.exists, 300)
        self.url = f'http://127.0.0.1:{port.read_text().strip()}'

    def control(self, *commands):
        request = urllib.request.Request(self.url + '/_control', json.dumps(commands).encode())
        return json.load(urllib.request.urlopen(request))

    def stats(self):
        return json.load(urllib.request.urlopen(self.url + '/_control/stats'))

    def set_latency(self, ms):
        self.control({'do': 'fault', 'kind': 'delay_ms', 'match': '', 'times': 0})
        if ms:
            self.control({'do': 'fault', 'kind': 'delay_ms', 'match': '', 'ms': ms})

    def set_clock(self, day, hour):
        now = time.gmtime(self.FIRST_DAY + 86400 * day + 3600 * hour)
        self.control({'do': 'site', 'now': time.strftime('%Y-%m-%dT%H:%M:%S+00:00', now)})

    def ids(self):
        """The generated tickets' ids: those divisible by 50 do not occur."""
        return [i + (i - 1) // 49 for i in range(1, self.tickets + 1)]

    def change(self, ids, responses):
        """Someone answers these tickets."""
        self.control(*({'do': 'update', 'id': i, 'set': {'response_count': str(responses)}}
                       for i in ids))

    def warm(self):
        """The first list after a change sorts all tickets: before the clock runs."""
        query = '/wp-json/fluent-support/v2/tickets?per_page=15&order_by=updated_at&order_type=DESC'
        manager = urllib.request.HTTPPasswordMgrWithPriorAuth()
        manager.add_password(None, self.url, *LOGIN, is_authenticated=True)
        urllib.request.build_opener(urllib.request.HTTPBasicAuthHandler(manager)).open(
            self.url + query).read()

    def addresses(self, after):
        """What was asked for since the log had so many bytes."""
        with open(self.requests_log, encoding='ascii') as log:
            log.seek(after)
            return [self.url + line.split()[1] for line in log]
