/* html_tree: hostile HTML as a tree: bytes made harmless, then libxml2's HTML parser. */
#include "html_tree.h"

#include <ctype.h>
#include <libxml/HTMLparser.h>
#include <libxml/SAX2.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "buf.h"
#include "text.h"

enum {
    INPUT_MAX = 8 << 20,
    OUTPUT_MAX = 5 * INPUT_MAX, /* "<" becomes "&lt;" */
    DEPTH_MAX = 500,      /* of open elements: libxml2 searches them at end tags, html.c recurses */
    ATTRIBUTES_MAX = 500, /* libxml2 compares each with all before it */
};

/* Valid UTF-8 without control characters, line breaks as \n. */
static int clean(struct buf *out, const char *html, size_t n)
{
    for (size_t i = 0; i < n;) {
        size_t run = i;
        while (run < n && ((unsigned char)html[run] >= 0x20 || html[run] == '\n') &&
               html[run] != 0x7F)
            run++;
        buf_append(out, html + i, run - i);
        if (run < n && html[run] == '\r' && (run + 1 == n || html[run + 1] != '\n'))
            buf_putc(out, '\n');
        else if (run < n && (html[run] == '\t' || html[run] == '\v' || html[run] == '\f'))
            buf_putc(out, '\t');
        i = run + 1;
    }
    return text_repair(out);
}

/* What is left to read; it ends in a NUL. */
struct source {
    const char *at, *end;
    bool no_tags;     /* one has no end: then there are none behind it */
    bool no_comments; /* likewise */
};

/* Behind the name of the tag at `s`, or NULL when there is none. */
static const char *name_end(const char *s)
{
    s += s[1] == '/' ? 2 : 1;
    if (!isalpha((unsigned char)*s))
        return NULL;
    while (isalnum((unsigned char)*s) || *s == ':' || *s == '-' || *s == '_')
        s++;
    return s[-1] != ':' && *s && strchr(" \t\n/>", *s) ? s : NULL;
}

/* Behind the '>' of a tag whose name ends at `s`, or NULL. Counts its attributes, rather too many.
 */
static const char *tag_end(const char *s, const char *end, size_t *attributes)
{
    for (; s < end; s++) {
        if (*s == '>')
            return s + 1;
        if (*s == '<')
            return s;
        if (!strchr(" \t\n/=", *s))
            continue;
        ++*attributes;
        if (*s != '=')
            continue;
        s += 1 + strspn(s + 1, " \t\n");
        if (*s != '"' && *s != '\'')
            s--;
        else if (!(s = memchr(s + 1, *s, (size_t)(end - s - 1))))
            return NULL;
    }
    return NULL;
}

/* Passes by the rest of a script or a style, when `name` is one. */
static void skip_raw_text(struct source *source, const char *name, size_t n)
{
    static const struct {
        const char *name, *end;
    } raw[] = {{"script", "</script"}, {"style", "</style"}};
    for (size_t i = 0; i < sizeof raw / sizeof raw[0]; i++) {
        if (n != strlen(raw[i].name) || strncasecmp(name, raw[i].name, n) != 0)
            continue;
        const char *end = strcasestr(source->at, raw[i].end);
        source->at = end ? end : source->end;
    }
}

static bool take_tag(struct buf *out, struct source *source)
{
    const char *start = source->at, *name = name_end(start), *end;
    size_t attributes = 0;
    if (source->no_tags || !name)
        return false;
    end = tag_end(name, source->end, &attributes);
    source->no_tags = !end;
    if (!end || end[-1] != '>')
        return false;
    source->at = end;
    bool whole = attributes <= ATTRIBUTES_MAX;
    buf_append(out, start, (size_t)((whole ? end : name) - start));
    if (!whole)
        buf_putc(out, '>');
    skip_raw_text(source, start + 1, (size_t)(name - start - 1));
    return true;
}

static bool skip_comment(struct source *source)
{
    /* Also "<!-->" is a whole one. */
    const char *end = source->no_comments ? NULL : strstr(source->at + 2, "-->");
    source->no_comments = !end;
    if (end)
        source->at = end + 3;
    return end;
}

/* Comments, "<!DOCTYPE ...>", Outlook's "<![if !mso]>" and "<?xml ... />". */
static bool skip_declaration(struct source *source)
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

/* Leaves tags, text and entities: nothing else reaches libxml2. */
static int simplify(struct buf *out, const struct buf *html)
{
    struct source source = {.at = buf_text(html), .end = buf_text(html) + html->len};
    /* With a body there from the start, libxml2 does not put text into paragraphs of its own. */
    buf_puts(out, "<html><body>");
    while (source.at < source.end) {
        size_t text = strcspn(source.at, "<");
        buf_append(out, source.at, text);
        source.at += text;
        if (source.at == source.end || take_tag(out, &source) || skip_declaration(&source))
            continue;
        buf_puts(out, "&lt;");
        source.at++;
    }
    return out->failed ? -1 : 0;
}

static void start_element(void *context, const xmlChar *name, const xmlChar **attributes)
{
    /* libxml2 would take the prefix away, and make a paragraph of Outlook's <o:p>. */
    static const xmlChar neutral[] = "span";
    htmlParserCtxt *parser = context;
    if (parser->nameNr > DEPTH_MAX)
        xmlStopParser(parser);
    else
        xmlSAX2StartElement(context, xmlStrchr(name, ':') ? neutral : name, attributes);
}

/* The parser's own limit of depth, 256, is less than what long threads of replies have. */
static void start_document(void *context)
{
    htmlParserCtxt *parser = context;
    parser->options |= XML_PARSE_HUGE;
    xmlSAX2StartDocument(context);
}

/*
 * When memory runs out, libxml2 leaves things out without a word, or turns in a loop for ever. So
 * its parser is left where it stands, and what it has made so far is lost: nobody could free it
 * safely, and a run does not go on without memory.
 */
static _Thread_local bool starved, may_leave;
static _Thread_local jmp_buf way_out;

static void *noted(void *piece, size_t n)
{
    if (piece || n == 0)
        return piece;
    starved = true;
    if (may_leave)
        longjmp(way_out, 1);
    return NULL;
}

static void *allocate(size_t n)
{
    return noted(malloc(n), n);
}

static void *reallocate(void *piece, size_t n)
{
    return noted(realloc(piece, n), n);
}

static char *duplicate(const char *text)
{
    return noted(strdup(text), 1);
}

/* With starved set, the parser is not to be used any more. */
static xmlDoc *read_all(htmlParserCtxt *parser, const struct buf *html)
{
    xmlDoc *volatile doc = NULL;
    may_leave = true;
    if (setjmp(way_out) == 0)
        doc = htmlCtxtReadMemory(parser, html->data, (int)html->len, NULL, "UTF-8",
                                 HTML_PARSE_RECOVER | HTML_PARSE_NOERROR | HTML_PARSE_NOWARNING |
                                     HTML_PARSE_NONET);
    may_leave = false;
    return doc;
}

static void set_up(void)
{
    xmlMemSetup(free, allocate, reallocate, duplicate);
    xmlInitParser();
}

static xmlDoc *parse(const struct buf *html)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    starved = false;
    pthread_once(&once, set_up);
    htmlParserCtxt *parser = starved ? NULL : htmlNewParserCtxt();
    xmlDoc *doc = NULL;
    if (parser && !starved) {
        parser->sax->startDocument = start_document;
        parser->sax->startElement = start_element;
        doc = read_all(parser, html);
        if (starved)
            return NULL;
    }
    htmlFreeParserCtxt(parser);
    return doc;
}

xmlDoc *html_tree(const char *html, size_t n)
{
    struct buf cleaned, simple;
    xmlDoc *doc = NULL;
    buf_init(&cleaned, OUTPUT_MAX);
    buf_init(&simple, OUTPUT_MAX);
    if (clean(&cleaned, html, n < INPUT_MAX ? n : INPUT_MAX) == 0 &&
        simplify(&simple, &cleaned) == 0)
        doc = parse(&simple);
    buf_release(&cleaned);
    buf_release(&simple);
    return doc;
}
