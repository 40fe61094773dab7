/* lines: the INI file taken apart, line by line, with inih. */
#include "config/lines.h"

#include <ini.h>
#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "config/config.h"

#define BLANKS " \t\r\v\f"
#define COMMENTS ";#"
#define SECTION_CHARACTERS "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-"

/* inih keeps 49 bytes of a section's name and says nothing about the rest. */
enum { SECTION_MAX = 49 };

/*
 * inih holds lines of 200 bytes, cuts values at " ;", takes indented lines for more of the value
 * above, tells nobody of a section without keys, and reports the first bad line alone. So it is
 * given each line only as far as the separator, without indentation; the value is taken from the
 * line itself. That keeps passwords out of inih's buffers, too. A line it does not answer with a
 * call was refused.
 */
struct reader {
    const struct config_handler *handler;
    struct config_problems *problems;
    struct config_origin at;
    char *next, *end; /* what is not read yet */
    char *line, *value;
    bool indented;
    bool wanted;  /* the section is one the handler knows */
    bool heading; /* a heading was given to inih: what comes next makes it call */
    enum { AWAIT_NOTHING, AWAIT_HEADING, AWAIT_LINE } await;
};

/* The next line, NUL-terminated and without indentation; NULL at the end. */
static char *take_line(struct reader *r, size_t *len)
{
    if (r->next >= r->end)
        return NULL;
    char *line = r->next;
    char *stop = memchr(line, '\n', (size_t)(r->end - line));
    if (!stop)
        stop = r->end;
    *stop = '\0';
    r->next = stop + 1;
    r->at.line++;
    *len = (size_t)(stop - line);
    size_t indent = strspn(line, BLANKS);
    r->indented = indent > 0;
    *len -= indent;
    return line + indent;
}

static bool is_readable(struct reader *r, const char *line, size_t len)
{
    const char *why = NULL;
    if (len > CONFIG_LINE_MAX)
        config_problem(r->problems, &r->at, "the line is longer than %d bytes", CONFIG_LINE_MAX);
    else if (strlen(line) != len)
        why = "the line holds a NUL byte";
    else if (!text_valid(line, len))
        why = "the line is not valid UTF-8";
    if (why)
        config_problem(r->problems, &r->at, "%s", why);
    return !why && len <= CONFIG_LINE_MAX;
}

static void give_heading(struct reader *r, const char *line, char *out, size_t size)
{
    size_t n = strspn(line + 1, SECTION_CHARACTERS);
    const char *after = line + 1 + n;
    if (*after == ']')
        after += 1 + strspn(after + 1, BLANKS);
    if (line[1 + n] != ']' || (*after && !strchr(COMMENTS, *after)) || n > SECTION_MAX) {
        config_problem(r->problems, &r->at, "this is no [section] heading");
        r->wanted = false;
        return;
    }
    snprintf(out, size, "%.*s\n", (int)(n + 2), line);
    r->heading = true;
}

static void give_line(struct reader *r, char *line, char *out, size_t size)
{
    size_t name = strcspn(line, "=:");
    if (line[name] && name + 3 > size) {
        config_problem(r->problems, &r->at, "the name is longer than %zu bytes", size - 3);
        return;
    }
    if (name + 3 > size)
        name = size - 3;
    r->line = line;
    r->value = line[name] ? line + name + 1 : NULL;
    r->await = AWAIT_LINE;
    snprintf(out, size, "%.*s\n", (int)(name + 1), line);
}

/* inih's reader. Our own lines count, not inih's, which sees one more for each heading. */
static char *read_line(char *out, int size, void *stream)
{
    struct reader *r = stream;
    if (r->await == AWAIT_LINE && r->wanted)
        config_problem(r->problems, &r->at, "this is no `name = value`, [section] or comment");
    r->await = AWAIT_NOTHING;
    if (r->heading) {
        r->heading = false;
        r->await = AWAIT_HEADING;
        snprintf(out, (size_t)size, "=\n");
        return out;
    }
    size_t len = 0;
    char *line = take_line(r, &len);
    if (!line)
        return NULL;
    snprintf(out, (size_t)size, "\n");
    if (!is_readable(r, line, len))
        return out;
    if (*line == '[')
        give_heading(r, line, out, (size_t)size);
    else if (*line && !strchr(COMMENTS, *line))
        give_line(r, line, out, (size_t)size);
    return out;
}

/* Titles hold colons: in a map the first `=` separates, a colon only where there is none. */
static void split_map_line(struct reader *r, struct config_line *line)
{
    char *equals = strchr(r->line, '=');
    if (!equals)
        return;
    *equals = '\0';
    line->name = config_line_text(r->line, COMMENTS_KEPT);
    line->value = equals + 1;
}

/* inih's handler. */
static int take_pair(void *user, const char *section, const char *name, const char *value)
{
    (void)value;
    struct reader *r = user;
    if (r->await == AWAIT_HEADING) {
        r->wanted = r->handler->heading(r->handler->user, section, &r->at);
    } else if (r->await == AWAIT_LINE && r->wanted) {
        struct config_line line = {.section = section,
                                   .name = name,
                                   .value = r->value,
                                   .indented = r->indented,
                                   .origin = r->at};
        if (strncmp(section, "map.", 4) == 0)
            split_map_line(r, &line);
        r->handler->line(r->handler->user, &line);
    }
    r->await = AWAIT_NOTHING;
    return 1;
}

void config_lines_read(struct config_file *file, const struct config_handler *handler,
                       struct config_problems *problems)
{
    static const char BOM[] = "\xEF\xBB\xBF";
    struct reader r = {.handler = handler,
                       .problems = problems,
                       .at = {.file = file->path},
                       .next = file->bytes.data,
                       .end = file->bytes.data + file->bytes.len,
                       .wanted = true};
    if (strncmp(r.next, BOM, strlen(BOM)) == 0)
        r.next += strlen(BOM);
    if (ini_parse_stream(read_line, &r, take_pair, &r) < 0)
        problems->no_memory = true;
}

char *config_line_text(char *value, enum config_comments comments)
{
    char *end = value + strlen(value);
    if (comments == COMMENTS_CUT)
        for (char *at = value; *at; at++)
            if (*at == ';' && at > value && strchr(BLANKS, at[-1])) {
                end = at;
                break;
            }
    value += strspn(value, BLANKS);
    if (value > end)
        value = end;
    while (end > value && strchr(BLANKS, end[-1]))
        end--;
    *end = '\0';
    return value;
}

void config_version(struct buf *out)
{
    buf_puts(out, "inih");
#ifdef INIH_VERSION
    buf_puts(out, " " INIH_VERSION);
#endif
}
