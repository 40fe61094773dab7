"""check_includes: who may include and call whom in lib/ and cmd/, and what the library never does.

  check_includes.py [--tree DIR] [--objects DIR] [--layers]
      prints FILE:LINE: RULE for each violation, and exits 1 on any. --objects is where the build put
      the library's objects (lib/FOLDER/NAME.c.o): calls are then judged as includes are, by nm.
      --layers prints the folders with their lines and the arrows between them.
  check_includes.py --self-test
      plants violations of every rule into a copy of the tree: each must be found.
"""
import pathlib
import re
import subprocess
import sys

from source import TOKEN, Plants, Source, blank, line_of, parser, report, run_self_test

# The folders of lib/, lowest first. A folder uses those of the lines above its own: not those beside it.
LAYERS = [
    ["base"],
    ["model"],
    ["io", "codec"],
    ["core"],
    ["config"],
    ["site", "store"],
    ["run"],
    ["check", "page", "web"],
    ["app"],
]
RANK = {folder: rank for rank, line in enumerate(LAYERS) for folder in line}

# FOLDER decides without I/O: whatever it includes, and what that includes, is none of these.
NEVER_REACHES = {"core": ["io"], "codec": ["io"], "model": ["io", "codec"], "web": ["io"], "site": ["store"], "store": ["site"]}

# Of these folders only the named headers are for the others.
DOORS = {
    "io": ["http.h", "db.h"],
    "codec": ["decode.h", "html.h", "numbers.h"],
    "site": ["site.h", "site_write.h"],
    "run": ["sync.h"],
    "check": ["check.h"],
    "page": ["page.h"],
}

# What the program in cmd/ may use of the library.
FOR_CMD = ["app/", "base/", "model/", "config/config.h", "config/keys.h", "config/answer.h", "check/check.h", "page/page.h",
           "page/words.h", "run/sync.h", "store/report.h", "store/migrate.h", "io/db.h", "web/"]

# Headers that are neither of the language nor of POSIX, and the files that may include them.
FOREIGN = {
    r"curl/": r"lib/io/http.*",
    r"(mysql|ma_pvio)\.h": r"lib/io/db.*\.c",
    r"cjson/": r"lib/codec/decode.*|cmd/json\.c",
    r"ini\.h": r"lib/config/.*\.c",
    r"(xxhash|zlib)\.h": r"lib/base/hash\.c",
    r"glib\.h": r"lib/base/(digest|signing|text|zone)\.c",
    r"malloc\.h": r"cmd/main\.c",
}
SYSTEM = re.compile(
    r"((arpa|net|netinet|sys)/[a-z]+|assert|ctype|dirent|endian|errno|fcntl|float|fnmatch|getopt|glob|grp|inttypes"
    r"|langinfo|limits|locale|math|netdb|poll|pthread|pwd|regex|sched|semaphore|setjmp|signal|spawn"
    r"|stdalign|stdarg|stdatomic|stdbool|stddef|stdint|stdio|stdlib|stdnoreturn|string|strings|syslog|termios"
    r"|time|unistd|wchar|wctype)\.h$")

CALLS = re.compile(r"(?<![\w.>])(v?printf|puts|putchar|perror|_?exit|_Exit|quick_exit|abort|(secure_)?getenv"
                   r"|getopt(_long)?)\s*\(")
NAMES = re.compile(r"(?<![\w.>])(stdout|stderr|argv|environ)(?!\w)")
SQL = re.compile(r'"\s*(SELECT|INSERT|REPLACE|UPDATE|DELETE) ')
INCLUDE = re.compile(r'\s*#\s*include\s*(<([^>]*)>|"([^"]*)")?')


class Tree(Source):
    def __init__(self, root):
        super().__init__(root)
        self.includes = {}  # of a file: the library's files that it includes, and on which line
        for file in self.files:
            self.includes[file] = {}
            self.read(file)

    def read(self, file):
        text = (self.root / file).read_text()
        for number, line in enumerate(text.split("\n"), 1):
            if match := INCLUDE.match(line):
                self.read_include(file, number, match)
        without_comments = TOKEN.sub(lambda m: blank(m) if m[0][0] == "/" else m[0], text)
        if not file.startswith("lib/store/") and file != "lib/io/db_sql.h":  # the session's
            self.forbid(file, without_comments, SQL, "SQL belongs into lib/store alone")
        if file.startswith("lib/"):
            code = re.sub(r"format\(v?printf", "", TOKEN.sub(blank, text))  # an attribute is no call
            self.forbid(file, code, CALLS, "the library does not print, exit, or read options or the environment")
            self.forbid(file, code, NAMES, "the library does not touch stdout, stderr, argv or environ")

    def forbid(self, file, text, pattern, rule):
        for match in pattern.finditer(text):
            self.breach(file, line_of(text, match.start()), rule)

    def read_include(self, file, line, match):
        if match[2]:
            self.judge_system(file, line, match[2])
        elif not match[3]:
            self.breach(file, line, "an include that cannot be checked")
        elif "/" not in match[3] and file.startswith("cmd/") and f"cmd/{match[3]}" in self.files:
            pass
        elif f"lib/{match[3]}" in self.files:
            self.includes[file][f"lib/{match[3]}"] = line
            self.judge_own(file, line, match[3])
        else:
            self.breach(file, line, f'"{match[3]}" is no header of the library, as FOLDER/NAME.h')

    def judge_system(self, file, line, header):
        if SYSTEM.match(header):
            return
        for pattern, files in FOREIGN.items():
            if re.match(pattern, header):
                if not re.fullmatch(files, file):
                    self.breach(file, line, f"<{header}> belongs into {files} alone")
                return
        self.breach(file, line, f"<{header}> is a dependency that test/check_includes.py does not know")

    def judge_own(self, file, line, header):
        theirs, name = header.split("/")
        if file.startswith("cmd/"):
            if not any(header == door or door.endswith("/") and header.startswith(door) for door in FOR_CMD):
                self.breach(file, line, f'"{header}" is not for cmd')
            return
        mine = folder(file)
        if mine not in RANK or theirs not in RANK:
            self.breach(file, line, f"test/check_includes.py does not know the folder {mine} or {theirs}")
        elif mine != theirs and RANK[theirs] >= RANK[mine]:
            self.breach(file, line, f'{mine} does not include "{header}": {theirs} is not below it')
        elif mine != theirs and name not in DOORS.get(theirs, [name]):
            self.breach(file, line, f'"{header}" is private to {theirs}')

    def reached(self, file):
        """Everything of the library that `file` includes, and that is included by what it includes."""
        seen, todo = {}, [(other, [other]) for other in self.includes[file]]
        while todo:
            other, way = todo.pop()
            if other not in seen:
                seen[other] = way
                todo += [(next_one, way + [next_one]) for next_one in self.includes[other]]
        return seen

    def judge_reach(self):
        for file in self.files:
            forbidden = NEVER_REACHES.get(folder(file), [])
            for other, way in self.reached(file).items():
                if folder(other) in forbidden:
                    self.breach(file, self.includes[file][way[0]],
                                f"{folder(file)} does not reach {other} ({' -> '.join(way)})")

    def judge_circles(self, arrows, kind):
        for circle in circles(arrows):
            self.breach(circle[0], 1, f"a circle of {kind}: " + ", ".join(
                f"{one} -> {other} ({arrows[one][other]})" for one in circle for other in sorted(arrows[one])
                if other in circle))

    def judge_calls(self, objects):
        arrows = calls(pathlib.Path(objects), self.files)
        if not arrows:
            sys.exit(f"check_includes.py: {objects} holds no objects of the library")
        for one, others in arrows.items():
            for other, symbol in others.items():
                mine, theirs = folder(one), folder(other)
                if mine != theirs and RANK.get(theirs, 99) >= RANK.get(mine, 99):
                    self.breach(one, 1, f"{mine} does not call {symbol} of {other}: {theirs} is not below it")
        self.judge_circles(arrows, "calls")

    def judge(self, objects=None):
        self.judge_reach()
        self.judge_circles(self.includes, "includes")
        if objects:
            self.judge_calls(objects)
        return self.broken


def folder(file):
    return file.split("/")[1] if file.startswith("lib/") else "cmd"


def circles(arrows):
    """The sets of more than one node that reach each other (Tarjan's strongly connected components)."""
    index, low, stack, found = {}, {}, [], []

    def visit(node):
        index[node] = low[node] = len(index)
        stack.append(node)
        for other in arrows.get(node, {}):
            if other not in index:
                visit(other)
                low[node] = min(low[node], low[other])
            elif other in stack:
                low[node] = min(low[node], index[other])
        if low[node] == index[node]:
            circle = stack[stack.index(node):]
            del stack[stack.index(node):]
            if len(circle) > 1:
                found.append(sorted(circle))

    sys.setrecursionlimit(10000)
    for node in sorted(arrows):
        if node not in index:
            visit(node)
    return found


def calls(objects, sources):
    """Of a source: those whose functions or variables its object needs, each with one such name."""
    defined, needed = {}, {}
    for path in sorted(objects.rglob("*.c.o")):
        place = re.search(r"lib/[a-z]+/[a-z0-9_]+[.]c(?=[.]o$)", path.as_posix())
        if not place or place[0] not in sources:  # it is gone, and its object still there
            continue
        for line in subprocess.run(["nm", path], check=True, capture_output=True, text=True).stdout.splitlines():
            kind, symbol = line.split()[-2:]
            if kind == "U":
                needed.setdefault(place[0], []).append(symbol)
            elif kind in "TDBRC":
                defined[symbol] = place[0]
    arrows = {}
    for one, symbols in needed.items():
        for symbol in symbols:
            if symbol in defined and defined[symbol] != one:
                arrows.setdefault(one, {})[defined[symbol]] = symbol
    return arrows


def print_layers(tree):
    arrows = {}
    for file in tree.files:
        for other in tree.includes[file]:
            if folder(other) != folder(file):
                arrows.setdefault(folder(file), set()).add(folder(other))
    for name in ["cmd"] + [name for line in reversed(LAYERS) for name in line]:
        files = [file for file in tree.files if folder(file) == name]
        lines = sum((tree.root / file).read_text().count("\n") for file in files)
        below = sorted(arrows.get(name, []), key=lambda other: -RANK.get(other, 99))
        print(f"{name:8} {len(files):3} files {lines:6} lines  -> {' '.join(below)}")


class SelfTest(Plants):
    def foreign(self):
        for header in ("curl/curl.h", "cjson/cJSON.h", "mysql.h", "ma_pvio.h", "xxhash.h", "zlib.h",
                       "glib.h", "ini.h"):
            for file in ("lib/run/sync.c", "lib/store/store.c", "cmd/main.c"):
                self.plant(file, f"#include <{header}>", f"<{header}> belongs into")
        self.plant("lib/io/db.h", "# include <mysql.h> /* for MYSQL */", "<mysql.h> belongs into")
        self.plant("lib/base/zone.c", "#include <openssl/evp.h>", "does not know")
        self.plant("lib/run/sync.c", "#include SYNC_HEADER", "cannot be checked")
        self.plant("lib/run/sync.c", '#include "sync.h"', "no header of the library")
        self.plant("lib/run/sync.c", '#include "../cmd/json.h"', "no header of the library")

    def arrows(self):
        for file, header in (("base/buf.c", "model/row.h"), ("model/row.h", "codec/decode.h"),
                             ("io/http.c", "codec/html.h"), ("codec/decode.c", "io/http.h"),
                             ("core/walk.c", "config/config.h"), ("site/site.c", "store/store.h"),
                             ("store/store.c", "site/site.h"), ("store/store.c", "run/sync.h"),
                             ("run/sync.c", "check/check.h"), ("check/check.c", "app/versions.h")):
            self.plant(f"lib/{file}", f'#include "{header}"', "is not below it")
        self.plant("lib/core/merge.c", '#include "io/db.h"', "core does not reach lib/io/db.h")
        self.plant("lib/config/config.c", '#include "io/db_errors.h"', "private to io")
        for header in ("io/http.h", "core/walk.h", "store/store.h", "store/lease.h", "site/site.h"):
            self.plant("cmd/cmd_sync.c", f'#include "{header}"', "is not for cmd")

    def behaviour(self):
        for code in ('printf("x");', 'puts("x");', 'perror("x");', "exit(1);", "abort ();", 'return getenv("H");',
                     "/* two */ exit(1);", 'x = "a\\"b"; exit(1);'):
            self.plant("lib/store/store.c", code, "does not print")
        for code in ('fprintf(stderr, "x");', "int f(char **argv);", "for (e = environ; *e; e++)"):
            self.plant("lib/io/http.c", code, "does not touch")
        for verb in ("SELECT", "INSERT", "UPDATE", "DELETE"):
            self.plant("lib/run/sync.c", f'db_exec(db, "{verb} x");', "SQL")
            self.plant("cmd/main.c", f'db_exec(db, "{verb} x");', "SQL")

    def innocent(self):
        for code in ('snprintf(text, sizeof text, "exit(1) %s", "printf()");',
                     '/* printf("x"); exit(1); "SELECT 1" */', '// getenv("HOME")',
                     'x = fopen(path, "r"); buf_printf(b, "x"); on_exit_code(1); run->argv = 1;',
                     "c = '\"'; /* \" */ d = 'x'; e = \"/*\"; f(exit_code);"):
            self.plant("lib/store/store.c", code)
        self.plant("lib/store/store.c", 'x = "SELECT 1";')

    def failures(self):
        self.foreign()
        self.arrows()
        self.behaviour()
        self.innocent()
        return self.wrong(Tree(self.copy).judge()) + self.missed_circles()

    def missed_circles(self):
        """Two headers that include each other, three nodes in a ring, and one that is none."""
        ring = {"x": {"y": 1}, "y": {"z": 1}, "z": {"x": 1}}
        line = {"x": {"y": 1, "z": 1}, "y": {"z": 1}}
        good = circles(ring) == [["x", "y", "z"]] and circles(line) == []
        (self.copy / "lib/core/one.h").write_text('#include "core/two.h"\n')
        (self.copy / "lib/core/two.h").write_text('#include "core/one.h"\n')
        good &= any("lib/core/one.h -> lib/core/two.h" in line for line in Tree(self.copy).judge())
        print("circles " + ("found" if good else "missed"))
        return not good


def main():
    arguments = parser(__doc__)
    arguments.add_argument("--objects", type=pathlib.Path)
    arguments.add_argument("--layers", action="store_true")
    options = arguments.parse_args()
    if options.self_test:
        run_self_test(SelfTest, options.tree)
    tree = Tree(options.tree)
    if options.layers:
        print_layers(tree)
        return
    report(tree.judge(options.objects))


if __name__ == "__main__":
    main()
