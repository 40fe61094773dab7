/* html_markup: finding tags, comments and attributes in HTML that may be anything. */
#include "codec/html_markup.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#define BLANKS " \t\n"

struct attribute {
    struct html_slice name, value;
};

/* Reads the attribute at `s`. Returns where it ends, or NULL when a quote is not closed. */
static const char *read_attribute(const char *s, struct attribute *attribute)
{
    /* The first character of a name may be any. */
    size_t name = 1 + strcspn(s + 1, BLANKS "/=<>");
    attribute->name = (struct html_slice){s, name};
    attribute->value = (struct html_slice){"", 0};
    const char *value = s + name + strspn(s + name, BLANKS);
    if (*value != '=')
        return s + name;
    value += 1 + strspn(value + 1, BLANKS);
    if (*value != '"' && *value != '\'') {
        attribute->value = (struct html_slice){value, strcspn(value, BLANKS "<>")};
        return value + attribute->value.n;
    }
    const char *quote = strchr(value + 1, *value);
    if (quote)
        attribute->value = (struct html_slice){value + 1, (size_t)(quote - value - 1)};
    return quote ? quote + 1 : NULL;
}

/* Finds the '>' of the tag whose name ends at `s`, or the '<' of the tag that it runs into. NULL
 * when there is neither. */
static const char *tag_end(const char *s)
{
    struct attribute attribute;
    while (s) {
        if (*s != '>')
            s += strspn(s, BLANKS "/");
        if (!*s)
            return NULL;
        if (*s == '>' || *s == '<')
            return s;
        s = read_attribute(s, &attribute);
    }
    return NULL;
}

static bool ends_name(char c)
{
    return c == '>' || c == '/' || c == ' ' || c == '\t' || c == '\n';
}

/* The length of the tag name at `s`; 0 when there is none. */
static size_t name_length(const char *s)
{
    size_t n = 0;
    while (isalnum((unsigned char)s[n]) || s[n] == ':' || s[n] == '-' || s[n] == '_')
        n++;
    return isalpha((unsigned char)*s) && s[n - 1] != ':' && ends_name(s[n]) ? n : 0;
}

/* Reads the tag at the source's position and moves behind it. What runs into another tag is none:
 * the source moves to that one. */
static bool read_tag(struct html_source *source, struct html_markup *markup)
{
    const char *name = source->at + (source->at[1] == '/' ? 2 : 1);
    size_t n = source->no_tags ? 0 : name_length(name);
    const char *end = n ? tag_end(name + n) : NULL;
    if (n && !end)
        source->no_tags = true;
    if (!end)
        return false;
    source->at = end;
    if (*end != '>')
        return false;
    source->at++;
    markup->name = (struct html_slice){name, n};
    markup->attributes = (struct html_slice){name + n, (size_t)(end - name) - n};
    markup->closes = name[-1] == '/';
    return true;
}

static bool skip_comment(struct html_source *source)
{
    /* Also "<!-->" is a whole one. */
    const char *end = source->no_comments ? NULL : strstr(source->at + 2, "-->");
    source->no_comments = !end;
    if (end)
        source->at = end + 3;
    return end;
}

/* Comments, "<!DOCTYPE ...>", Outlook's "<![if !mso]>" and "<?xml ... />". */
static bool skip_declaration(struct html_source *source)
{
    const char *s = source->at;
    if (!strncmp(s, "<!--", 4))
        return skip_comment(source);
    if ((s[1] != '!' && s[1] != '?') || (!isalpha((unsigned char)s[2]) && s[2] != '['))
        return false;
    const char *end = source->no_tags ? NULL : strchr(s, '>');
    source->no_tags = !end;
    if (end)
        source->at = end + 1;
    return end;
}

struct html_slice html_next_markup(struct html_source *source, struct html_markup *markup,
                                   bool *found)
{
    const char *text = source->at, *start;
    *markup = (struct html_markup){.closes = false};
    *found = false;
    while (!*found && *(start = source->at = strchrnul(source->at, '<'))) {
        *found = read_tag(source, markup) || (source->at == start && skip_declaration(source));
        if (source->at == start)
            source->at++;
    }
    return (struct html_slice){text, (size_t)(start - text)};
}

struct html_slice html_raw_text(struct html_source *source, const char *name)
{
    char tag[16];
    snprintf(tag, sizeof tag, "</%s", name);
    const char *start = source->at, *end = strcasestr(start, tag);
    source->at = end ? end : source->end;
    return (struct html_slice){start, (size_t)(source->at - start)};
}

struct html_slice html_attribute(struct html_slice attributes, const char *name)
{
    const char *s = attributes.at, *end = s + attributes.n;
    size_t n = strlen(name);
    struct attribute attribute;
    while (s && s < end && (s += strspn(s, BLANKS "/")) < end) {
        s = read_attribute(s, &attribute);
        if (attribute.name.n == n && strncasecmp(attribute.name.at, name, n) == 0)
            return attribute.value;
    }
    return (struct html_slice){"", 0};
}
