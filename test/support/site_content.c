/* site_content: what WordPress and the plugin make of the texts that they are given. */
#include "site_content.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

static bool is_allowed(const char *name, size_t n)
{
    static const char *const allowed[] = {
        "a",  "b",  "i",  "p",   "br",   "em", "li",         "ol", "ul", "h1", "h2",
        "h3", "h4", "hr", "div", "span", "u",  "blockquote", "tt", "td", "tr", "table",
        "th", "s",  "q",  "pre", "code", "dl", "strong",     "dt", "dd", "img"};
    for (size_t i = 0; i < sizeof allowed / sizeof *allowed; i++)
        if (strlen(allowed[i]) == n && strncasecmp(name, allowed[i], n) == 0)
            return true;
    return false;
}

/* The tag that begins here, and how long its name is; 0: it is none. */
static size_t tag_at(const char *p, const char **name, size_t *name_n)
{
    *name = p + 1 + (p[1] == '/');
    *name_n = 0;
    while (isalnum((unsigned char)(*name)[*name_n]))
        ++*name_n;
    const char *end = isalpha((unsigned char)**name) ? strchr(p, '>') : NULL;
    return end ? (size_t)(end - p) + 1 : 0;
}

/* &amp; &#123; &#x7b; */
static bool is_entity(const char *p)
{
    size_t n = 1 + (p[1] == '#') + (p[1] == '#' && (p[2] == 'x' || p[2] == 'X'));
    size_t digits =
        strspn(p + n, p[1] != '#' ? "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
                      : n == 3    ? "0123456789abcdefABCDEF"
                                  : "0123456789");
    return digits > 0 && digits < 9 && p[n + digits] == ';';
}

/* {{customer.first_name}}: of the customer; anything else is expanded to nothing. */
static size_t put_code(FILE *out, const char *p, struct span customer)
{
    static const char customers[] = "{{customer.";
    const char *end = strstr(p, "}}");
    if (!end)
        return 0;
    if (strncmp(p, customers, sizeof customers - 1) == 0) {
        const char *name = p + sizeof customers - 1;
        char *key = text_copy((struct span){name, (size_t)(end - name)});
        char *value = json_get_string(customer, key);
        fputs(value ? value : "", out);
        free(value);
        free(key);
    }
    return (size_t)(end - p) + 2;
}

static size_t put_markup(FILE *out, const char *p)
{
    const char *name;
    size_t name_n, n = tag_at(p, &name, &name_n);
    if (!n)
        fputs("&lt;", out);
    else if (is_allowed(name, name_n))
        fwrite(p, 1, n, out);
    return n ? n : 1;
}

char *content_stored(const char *html, struct span customer)
{
    struct text text;
    FILE *out = text_open(&text);
    for (const char *p = html; *p;) {
        size_t code = p[0] == '{' && p[1] == '{' ? put_code(out, p, customer) : 0;
        if (code) {
            p += code;
        } else if (*p == '<') {
            p += put_markup(out, p);
        } else if (*p == '\\') {
            p++;
            if (*p)
                putc(*p++, out);
        } else {
            if (*p == '&' && !is_entity(p))
                fputs("&amp;", out);
            else
                putc(*p, out);
            p++;
        }
    }
    fclose(out);
    return text.p;
}

static size_t put_link(FILE *out, const char *p)
{
    size_t n = strcspn(p, " \t\r\n<>\"'");
    fprintf(out, "<a href=\"%.*s\" rel=\"nofollow\" target=\"_blank\">%.*s</a>", (int)n, p, (int)n,
            p);
    return n;
}

/* A paragraph's text, up to `end`. */
static void put_lines(FILE *out, const char *p, const char *end, enum content_links links)
{
    bool inside = false;
    while (p < end) {
        bool address = links == CONTENT_LINKED && !inside &&
                       (strncmp(p, "http://", 7) == 0 || strncmp(p, "https://", 8) == 0);
        if (address) {
            p += put_link(out, p);
            continue;
        }
        inside = *p == '<' || (inside && *p != '>');
        if (*p == '\n')
            fputs("<br />", out);
        putc(*p++, out);
    }
}

char *content_shown(const char *html, enum content_links links)
{
    struct text text;
    FILE *out = text_open(&text);
    for (const char *p = html; *p;) {
        const char *gap = strstr(p, "\n\n"), *end = gap ? gap : p + strlen(p);
        bool block = *p == '<' && strncmp(p, "<a", 2) != 0 && strncmp(p, "<b", 2) != 0;
        fputs(block ? "" : "<p>", out);
        put_lines(out, p, end, links);
        fputs(block ? "\n" : "</p>\n", out);
        p = end + strspn(end, "\n");
    }
    fclose(out);
    return text.p;
}

char *content_field(const char *given, size_t max)
{
    struct text text;
    const char *name;
    size_t name_n;
    FILE *out = text_open(&text);
    for (const char *p = given + strspn(given, " \t\r\n"); *p;) {
        size_t tag = *p == '<' ? tag_at(p, &name, &name_n) : 0;
        bool octet = p[0] == '%' && isxdigit((unsigned char)p[1]) && isxdigit((unsigned char)p[2]);
        if (tag || octet) {
            p += tag ? tag : 3;
            continue;
        }
        putc(*p == '\n' || *p == '\t' ? ' ' : *p, out);
        p++;
    }
    fclose(out);
    while (text.n && (text.n > max || text.p[text.n - 1] == ' '))
        text.p[--text.n] = '\0';
    return text.p;
}
