"""check_messages: no code of lib/ and cmd/ decides by the text of a message, and messages are short.

  check_messages.py [--tree DIR]
      prints FILE:LINE: RULE for each violation, and exits 1 on any. What a caller decides by is an
      error's code and cause (lib/base/error.h): a message may be reworded without a test failing.
  check_messages.py --self-test
      plants violations of every rule into a copy of the tree: each must be found.
"""
import re

from source import TOKEN, Plants, Source, blank, line_of, parser, report, run_self_test

# What looks into a text.
LOOKS = re.compile(r"(?<![\w.>])(str(n?case)?cmp|strn(case)?cmp|str(r|case)?str|strn?str|str(r|n)?chr|strchrnul|strc?spn"
                   r"|strpbrk|strtok(_r)?|strsep|memmem|memr?chr|memcmp|bcmp|v?sscanf|strto\w+|ato\w+|fnmatch|regexec"
                   r"|text_find)\s*\(")
# The texts of errors, of what is logged, and of what a library or a server says of a failure.
TEXT = re.compile(r"(\.|->)\s*(message|advice|failure|detail)\b(?!\s*(\[|\.|->))|\bmessage\s*(\.|->)\s*text\b"
                  r"|\b(mysql_(stmt_)?error|curl_\w*strerror|strerror|dlerror|gai_strerror)\s*\(")
# A pointer into one, by which the text could be looked into under another name.
ALIAS = re.compile(r"\bchar\s*\*(\s*const)?\s*\w+\s*=[^;=]*?(\.|->)\s*(message|advice|failure)\s*(\+[^;,]*)?[;,]")
PART = re.compile(r"(\.|->)\s*(message|advice|failure|detail)\s*(\+(?!\+)|\[\s*(?!0\s*\])|\[0\]\s*[=!]=\s*'(?!\\0'))")
# By which an error would lose its cause and advice.
COPY = re.compile(r'^[^"]*"%s",\s*[^",]*(\.|->)message\s*$')
# A server's answer about a failure, where it is told what it means.
SERVER_TEXT = re.compile(r"\ba->text\b|\bcases?\[\w+\]\.text\b")
SERVER_FILES = {"lib/io/db_errors.c"}

# What makes messages and advice of a format; a text may have so many characters, not counting what is put into it.
TELLS = re.compile(r"(?<![\w.>])(error_(set|advise|raise)|fault|run_mark_incomplete|log_advise|check_(warn|fail))\s*\(")
CONVERSION = re.compile(r"%[-+ #0]*[\d*]*(\.[\d*]+)?(hh?|ll?|z|j|t)?[a-zA-Z%]")
LONGEST = 160

# Where a text is all there is. FILE, a part of the line, why.
ALLOWED = [
    ("lib/io/http.c", 'strstr(request->detail, "thread failed to start")',
     "libcurl has no code for a thread that could not be started"),
    ("lib/io/db_errors.c", "strncmp(a->text, before, sizeof before - 1)",
     "libmariadb hides the server's error number before TLS (1040) in the text of its own error"),
    ("lib/io/db_errors.c", 'strstr(a->text, ": ")', "likewise: the number"),
    ("lib/io/db_errors.c", 'strspn(a->text, "ABCDEFGHIJKLMNOPQRSTUVWXYZ, ")',
     "what is not allowed to whom stands in the text alone; only the advice says it"),
    ("lib/io/db_errors.c", 'strncmp(a->text, "SELECT", 6)', "likewise"),
    ("lib/io/db_errors.c", 'strncmp(a->text, "UPDATE", 6)', "likewise"),
    ("lib/io/db_errors.c", 'strstr(a->text, "string value")',
     "a character that the column lacks has the number of any other bad value (1366)"),
    ("lib/site/site_verdict.c", "strstr(j->said.message, words)",
     "the words of PHP and of FluentSupport, which have no codes"),
    ("lib/site/site_verdict.c", "strncmp(j->said.message, words, sizeof words - 1)", "likewise"),
    ("lib/page/runs.c", "run->message[length - 1] != '.'", "the page ends what it shows with one full stop"),
]


def arguments(code, start):
    """What stands between the bracket at `start` and the one that closes it."""
    depth = 0
    for end in range(start, len(code)):
        depth += (code[end] == "(") - (code[end] == ")")
        if depth == 0:
            return code[start + 1:end]
    return code[start + 1:]


class Tree(Source):
    def __init__(self, root):
        super().__init__(root)
        self.used = set()

    def allowed(self, file, line):
        for entry in ALLOWED:
            if entry[0] == file and entry[1] in line:
                self.used.add(entry)
                return True
        return False

    def breach_at(self, file, text, position, rule):
        number = line_of(text, position)
        if not self.allowed(file, text.split("\n")[number - 1]):
            self.breach(file, number, rule)

    def read(self, file):
        text = (self.root / file).read_text()
        code = TOKEN.sub(lambda m: m[0] if m[0][0] == "'" else blank(m), text)
        for match in LOOKS.finditer(code):
            inside = arguments(code, match.end() - 1)
            if TEXT.search(inside) or file in SERVER_FILES and SERVER_TEXT.search(inside):
                self.breach_at(file, text, match.start(), f"{match[1]} looks into the text of a message")
        for match in TELLS.finditer(code):
            inside = text[match.end():match.end() + len(arguments(code, match.end() - 1))]
            self.measure(file, text, match.start(), inside)
            if COPY.match(inside):
                self.breach_at(file, text, match.start(), "an error is copied by error_copy")
        for match in ALIAS.finditer(code):
            self.breach_at(file, text, match.start(), "a pointer into the text of a message")
        for match in PART.finditer(code):
            self.breach_at(file, text, match.start(), "a part of the text of a message")

    def measure(self, file, text, position, inside):
        """Literals that stand side by side are one text."""
        for literals in re.findall(r'(?:"(?:\\.|[^"\\\n])*"(?:\s|PRI\w+)*)+', inside):
            words = CONVERSION.sub("", "".join(re.findall(r'"((?:\\.|[^"\\\n])*)"', literals)))
            if len(words) > LONGEST:
                self.breach_at(file, text, position, f"a message of {len(words)} characters: {words[:40]}...")

    def judge(self):
        for file in self.files:
            self.read(file)
        for entry in ALLOWED:
            if entry not in self.used:
                self.breach(entry[0], 1, f"test/check_messages.py allows what is not there: {entry[1]}")
        return self.broken


# Each goes to the end of a file of the copy; the ones above must be found, those below let be.
PLANTS = [
    ("lib/run/sync.c", 'if (strstr(error->message, "deadlock"))', "looks into"),
    ("lib/check/site.c", 'n = strcspn(answer->error.message, ";");', "looks into"),
    ("lib/site/site.c", 'return strncmp (why.advice, "run", 3);', "looks into"),
    ("lib/site/site_verdict.c", 'strcmp(x,\n       response->failure)', "looks into"),
    ("lib/io/db.c", 'if (strstr(mysql_error(db->mysql), "gone"))', "looks into"),
    ("lib/io/db_errors.c", 'if (strstr(a->text, "gone"))', "looks into"),
    ("lib/io/http.c", 'if (strstr(request->detail, "refused"))', "looks into"),
    ("lib/run/page_writer.c", 'if (strcmp(message->text, "done") == 0)', "looks into"),
    ("cmd/main.c", "sscanf(error.message, FORMAT, &code);", "looks into"),
    ("lib/check/findings.c", "const char *text = why->message;", "pointer into"),
    ("lib/check/findings.c", "char *end = why->message + 3, *p;", "pointer into"),
    ("lib/store/store.c", "puts_safe(out, error->message + 10);", "a part"),
    ("lib/store/store.c", "if (error->message[4] == x)", "a part"),
    ("lib/store/store.c", "if (error->message[0] == 'd')", "a part"),
    ("lib/run/sync.c", 'return error_set(error, why.code, "%s",\n  why.message);', "error_copy"),
    ("lib/run/sync.c", 'return error_set(error, why.code, "no: %s", why.message);', None),
    ("lib/store/store.c", 'error_set(e, c, "%s" "' + 159 * "x" + '" "yz", a);', "of 161 characters"),
    ("lib/store/store.c", 'error_advise(e, c,\n  "' + 161 * "x" + '", "y");', "of 161 characters"),
    ("lib/store/store.c", 'error_set(e, c, "%" PRId64 "' + 160 * "x" + '%*.*s");', None),
    ("cmd/json.c", 'json_text(json, "error", error->message);', None),
    ("cmd/json.c", "if (error->advice[0])", None),
    ("lib/run/sync.c", 'error_set(error, code, "%s: strstr(a.message)", why.message);', None),
    ("lib/run/sync.c", "/* strstr(error->message, x) */", None),
    ("lib/run/sync.c", "if (strcmp(name, known[i].messages) == 0)", None),
]


class SelfTest(Plants):
    def failures(self):
        for file, text, rule in PLANTS:
            self.plant(file, text, rule)
        return self.wrong(Tree(self.copy).judge())


def main():
    options = parser(__doc__).parse_args()
    if options.self_test:
        run_self_test(SelfTest, options.tree)
    report(Tree(options.tree).judge())


if __name__ == "__main__":
    main()
