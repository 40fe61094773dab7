"""source: the C source of lib/ and cmd/, for the checks that read it as text."""
import argparse
import pathlib
import re
import shutil
import sys
import tempfile

# A comment, a string or a character.
TOKEN = re.compile(r"""/\*.*?\*/|//[^\n]*|"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*'""", re.S)


def blank(match):
    """Blanks of the same length, on the same lines."""
    return re.sub(r"[^\n]", " ", match[0])


def line_of(text, position):
    return text.count("\n", 0, position) + 1


class Source:
    """The files below `root`, by their paths from there, and the breaches found in them."""

    def __init__(self, root):
        self.root, self.broken = pathlib.Path(root), []
        if not (self.root / "lib/base/error.h").exists() or not (self.root / "cmd/main.c").exists():
            sys.exit(f"{root} is not the source of fluent-sync")
        self.files = sorted(path.relative_to(self.root).as_posix() for pattern in ("lib/*/*.[ch]", "cmd/*.[ch]")
                            for path in self.root.glob(pattern))

    def breach(self, file, line, rule):
        self.broken.append(f"{file}:{line}: {rule}")


class Plants:
    """In a copy of the source: each goes to the end of a file, and is found there as a breach of its rule, or let be."""

    def __init__(self, root, copy):
        self.copy, self.plants = pathlib.Path(copy), []
        for name in ("lib", "cmd"):
            shutil.copytree(root / name, self.copy / name)

    def plant(self, file, text, rule=None):
        path = self.copy / file
        before = path.read_text()
        path.write_text(before + text + "\n")
        self.plants.append((f"{file}:{line_of(before, len(before))}: ", text, rule))

    def wrong(self, said):
        wrong = 0
        for place, text, rule in self.plants:
            here = [line for line in said if line.startswith(place)]
            if any(rule in line for line in here) if rule else not here:
                continue
            wrong += 1
            print(f"{place}{text}: expected: {rule or 'nothing'}; said: {here or 'nothing'}")
        print(f"{len(self.plants)} plants, {wrong} taken wrongly")
        return wrong


def parser(description):
    options = argparse.ArgumentParser(description=description, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--tree", type=pathlib.Path, default=pathlib.Path(__file__).resolve().parent.parent)
    options.add_argument("--self-test", action="store_true")
    return options


def run_self_test(test, root):
    """`test`: a class of Plants, with a method that counts what went wrong."""
    with tempfile.TemporaryDirectory() as copy:
        sys.exit(test(root, copy).failures() > 0)


def report(broken):
    print(*broken, sep="\n", end="\n" if broken else "")
    sys.exit(bool(broken))
