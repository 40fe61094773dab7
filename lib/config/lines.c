/* lines: takes the INI file apart line by line, with inih. */
#include "config/lines.h"

#include <ini.h>
#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "config/config.h"

#define BLANKS " \t\r\v\f"
#define COMMENTS ";#"
#define SECTION_CHARACTERS "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-"

/*
 * inih takes lines of at most 200 bytes and section names of at most 49, cuts values at " ;", takes
 * an indented line for more of the value above, does not report a section without keys, and reports
 * only the first bad line. So it is given one line at a time, without indentation, and only up to
 * the separator; the value is taken from the line itself. That also keeps passwords out of inih's
 * buffers.
 */
enum { LINE_SIZE = 200, SECTION_LENGTH = 49, NAME_LENGTH = LINE_SIZE - 3 };

struct reader {
    const struct config_handler *handler;
    struct config_problems *problems;
    struct config_origin at;
    char *next, *end; /* what is not read yet */
    bool indented;
    bool wanted; /* the section is one the handler knows */
    char section[SECTION_LENGTH + 1], name[LINE_SIZE];
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
        why = "the line contains a NUL byte";
    else if (!text_valid(line, len))
        why = "the line is not valid UTF-8";
    if (why)
        config_problem(r->problems, &r->at, "%s", why);
    return !why && len <= CONFIG_LINE_MAX;
}

/* inih's handlers. */

static int take_section(void *user, const char *section, const char *name, const char *value)
{
    struct reader *r = user;
    (void)name;
    (void)value;
    snprintf(r->section, sizeof r->section, "%s", section);
    return 1;
}

static int take_name(void *user, const char *section, const char *name, const char *value)
{
    struct reader *r = user;
    (void)section;
    (void)value;
    snprintf(r->name, sizeof r->name, "%s", name);
    return 1;
}

static void read_heading(struct reader *r, const char *line)
{
    char text[LINE_SIZE];
    size_t n = strspn(line + 1, SECTION_CHARACTERS);
    const char *after = line + 1 + n;
    if (*after == ']')
        after += 1 + strspn(after + 1, BLANKS);
    r->wanted = line[1 + n] == ']' && (!*after || strchr(COMMENTS, *after)) && n <= SECTION_LENGTH;
    if (!r->wanted) {
        config_problem(r->problems, &r->at, "this is not a [section] heading");
        return;
    }
    /* The second line makes inih report the heading. */
    snprintf(text, sizeof text, "%.*s\n=\n", (int)(n + 2), line);
    ini_parse_string(text, take_section, r);
    r->wanted = r->handler->heading(r->handler->user, r->section, &r->at);
}

/* Behind the closing quote of the text in quotes at `text`; its end, when there is none. */
static char *skip_quoted(char *text)
{
    char *at = text + 1;
    while (*at && *at != '"')
        at += *at == '\\' && at[1] ? 2 : 1;
    return *at ? at + 1 : at;
}

/* Ends the text there, and leaves out the white space around it. */
static char *cut(char *text, char *end)
{
    text += strspn(text, BLANKS);
    if (text > end)
        text = end;
    while (end > text && strchr(BLANKS, end[-1]))
        end--;
    *end = '\0';
    return text;
}

/* Titles contain colons: in a map the first `=` separates, and a colon only where there is no
 * `=`. A name in quotes may hold both. */
static void split_map_line(char *text, struct config_line *line)
{
    char *equals = strchr(*text == '"' ? skip_quoted(text) : text, '=');
    if (!equals)
        return;
    line->name = cut(text, equals);
    line->value = equals + 1;
}

static void read_pair(struct reader *r, char *line)
{
    char text[LINE_SIZE];
    size_t n = strcspn(line, "=:");
    if (line[n] && n > NAME_LENGTH) {
        config_problem(r->problems, &r->at, "the name is longer than %d bytes", NAME_LENGTH);
        return;
    }
    if (!r->wanted)
        return;
    snprintf(text, sizeof text, "%.*s\n", (int)n + 1, line);
    if (!line[n] || ini_parse_string(text, take_name, r) != 0) {
        config_problem(r->problems, &r->at,
                       "this is not a `name = value` line, a [section] heading or a comment");
        return;
    }
    struct config_line pair = {.section = r->section,
                               .name = r->name,
                               .value = line + n + 1,
                               .indented = r->indented,
                               .origin = r->at};
    if (config_section_is_map(r->section))
        split_map_line(line, &pair);
    r->handler->line(r->handler->user, &pair);
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
    size_t len;
    if (strncmp(r.next, BOM, strlen(BOM)) == 0)
        r.next += strlen(BOM);
    for (char *line; (line = take_line(&r, &len)) != NULL;) {
        if (!is_readable(&r, line, len) || !*line || strchr(COMMENTS, *line))
            continue;
        if (*line == '[')
            read_heading(&r, line);
        else
            read_pair(&r, line);
    }
}

/* Where ` ;comment` begins, or the end. */
static char *find_comment(char *value, const struct config_key *key)
{
    bool quotes = key->type == TYPE_RULE ||
                  (config_section_is_map(key->section) && value[strspn(value, " \t")] == '"');
    char *at = value;
    while (*at && !(*at == ';' && at > value && strchr(BLANKS, at[-1])))
        at = quotes && *at == '"' ? skip_quoted(at) : at + 1;
    return at;
}

char *config_line_text(char *value, const struct config_key *key)
{
    return cut(value, config_key_is_secret(key) ? value + strlen(value) : find_comment(value, key));
}

void config_version(struct buf *out)
{
    buf_puts(out, "inih");
#ifdef INIH_VERSION
    buf_puts(out, " " INIH_VERSION);
#endif
}
