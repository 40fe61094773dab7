/* file: finding and reading the INI file, and taking it apart line by line with inih. */
#include <errno.h>
#include <fcntl.h>
#include <ini.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/text.h"
#include "config/config_private.h"

#define BLANKS " \t\r\v\f"
#define COMMENTS ";#"
#define SECTION_CHARACTERS "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-"

static const char SYSTEM_FILE[] = "/etc/fluent-sync/fluent-sync.ini";

/* inih keeps 49 bytes of a section's name and says nothing about the rest. */
enum { SECTION_MAX = 49, PLACES = 3 };

const char *config_environment(const char *const *environment, const char *name)
{
    size_t n = strlen(name);
    for (; environment && *environment; environment++)
        if (strncmp(*environment, name, n) == 0 && (*environment)[n] == '=')
            return (*environment)[n + 1] ? *environment + n + 1 : NULL;
    return NULL;
}

static const char *read_all(int fd, struct config_bytes *bytes, size_t max)
{
    bytes->data = malloc(max + 2);
    if (!bytes->data)
        return strerror(ENOMEM);
    while (bytes->len <= max) {
        ssize_t n = read(fd, bytes->data + bytes->len, max + 1 - bytes->len);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return strerror(errno);
        if (n == 0) {
            bytes->data[bytes->len] = '\0';
            return NULL;
        }
        bytes->len += (size_t)n;
    }
    return "is too large";
}

const char *config_bytes_read(struct config_bytes *bytes, const char *path, size_t max,
                              bool *absent)
{
    *bytes = (struct config_bytes){.data = NULL};
    /* Not blocking: whoever names a pipe gets an answer too. */
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    *absent = fd < 0 && (errno == ENOENT || errno == ENOTDIR);
    if (fd < 0)
        return strerror(errno);
    struct stat status;
    const char *why = NULL;
    if (fstat(fd, &status) < 0)
        why = strerror(errno);
    else if (!S_ISREG(status.st_mode))
        why = "is not a regular file";
    else
        why = read_all(fd, bytes, max);
    close(fd);
    if (why) {
        config_bytes_release(bytes);
        return why;
    }
    bytes->mode = status.st_mode;
    bytes->owner = status.st_uid;
    bytes->shared = status.st_uid == 0 && status.st_gid != 0;
    return NULL;
}

void config_bytes_release(struct config_bytes *bytes)
{
    if (bytes->data)
        explicit_bzero(bytes->data, bytes->len);
    free(bytes->data);
    *bytes = (struct config_bytes){.data = NULL};
}

/* The places to search without --config; NULL where one does not apply. Relative directories are
 * none: nothing is ever read from the current one. */
static bool search_places(const struct config_source *source, char *places[PLACES])
{
    const char *named = config_environment(source->environment, "FLUENT_SYNC_CONFIG");
    const char *xdg = config_environment(source->environment, "XDG_CONFIG_HOME");
    const char *home = config_environment(source->environment, "HOME");
    bool ok = true;
    memset(places, 0, PLACES * sizeof *places);
    if (named)
        ok = (places[0] = strdup(named)) != NULL;
    if (xdg && *xdg == '/')
        ok = asprintf(&places[1], "%s/fluent-sync/fluent-sync.ini", xdg) >= 0 && ok;
    else if (home && *home == '/')
        ok = asprintf(&places[1], "%s/.config/fluent-sync/fluent-sync.ini", home) >= 0 && ok;
    places[2] = strdup(SYSTEM_FILE);
    return ok && places[2];
}

static void free_places(char *places[PLACES])
{
    for (size_t i = 0; i < PLACES; i++)
        free(places[i]);
}

/* Takes the file at `path`, if there is one. */
static int try_place(struct config_file *file, const char *path, bool must_exist,
                     struct config_problems *problems)
{
    bool absent = false;
    const char *why = config_bytes_read(&file->bytes, path, CONFIG_FILE_MAX, &absent);
    if (absent && !must_exist)
        return 0;
    if (why) {
        config_problem(problems, &(struct config_origin){.file = path},
                       "cannot read the configuration: %s", why);
        return -1;
    }
    file->path = strdup(path);
    problems->no_memory |= !file->path;
    return file->path ? 0 : -1;
}

int config_file_open(struct config_file *file, const struct config_source *source,
                     struct config_problems *problems, struct buf *warnings)
{
    *file = (struct config_file){.path = NULL};
    if (source->file)
        return try_place(file, source->file, true, problems);

    char *places[PLACES];
    int result = 0;
    if (!search_places(source, places)) {
        problems->no_memory = true;
        result = -1;
    }
    for (size_t i = 0; i < PLACES && result == 0 && !file->path; i++) {
        if (!places[i])
            continue;
        result = try_place(file, places[i], false, problems);
        if (i == 0 && result == 0 && !file->path)
            buf_printf(warnings, "FLUENT_SYNC_CONFIG names %s, which does not exist\n", places[i]);
    }
    free_places(places);
    return result;
}

void config_file_release(struct config_file *file)
{
    free(file->path);
    file->path = NULL;
    config_bytes_release(&file->bytes);
}

void config_file_places(const struct config_source *source, struct buf *out)
{
    char *places[PLACES];
    const char *comma = "";
    search_places(source, places);
    for (size_t i = 0; i < PLACES; i++) {
        if (!places[i])
            continue;
        buf_printf(out, "%s%s", comma, places[i]);
        comma = ", ";
    }
    free_places(places);
}

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
    line->name = config_line_text(r->line, true);
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

void config_file_parse(struct config_file *file, const struct config_handler *handler,
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

char *config_line_text(char *value, bool verbatim)
{
    char *end = value + strlen(value);
    if (!verbatim)
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
