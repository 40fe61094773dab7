/* html_tree: hostile HTML as a tree: bytes made harmless, then libxml2's HTML parser. */
#include "codec/html_tree.h"

#include <ctype.h>
#include <libxml/HTMLparser.h>
#include <libxml/SAX2.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/buf.h"
#include "base/text.h"

enum {
    INPUT_MAX = 8 << 20,
    OUTPUT_MAX = 5 * INPUT_MAX, /* "<" becomes "&lt;" */
    DEPTH_MAX = 500,      /* of open elements: libxml2 searches them at end tags, html.c recurses */
    ATTRIBUTES_MAX = 500, /* libxml2 compares each with all before it */
    FLAT_DEPTH = 400,     /* of what is too deep: so many tags are left open, less what html adds */
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
    bool flat;        /* of tags deeper than FLAT_DEPTH only the text is left */
    size_t open;      /* tags that are, as far as can be told without the rules of HTML */
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

static bool is_among(const char *const *names, size_t count, const char *name, size_t n)
{
    for (size_t i = 0; i < count; i++)
        if (strlen(names[i]) == n && strncasecmp(name, names[i], n) == 0)
            return true;
    return false;
}

/* Takes the place of a tag in what is too deep: the depth it adds is none. Links, which do not
 * nest, and what has no content stay; blocks still part the text. */
static bool leave_out(struct buf *out, struct source *source, const char *name, size_t n)
{
    static const char *const flat[] = {"a", "area", "br", "hr", "img", "input", "link", "meta"};
    static const char *const blocks[] = {"div", "p",  "blockquote", "li", "ul", "ol", "table",
                                         "tr",  "td", "th",         "dl", "dt", "dd", "h1",
                                         "h2",  "h3", "h4",         "h5", "h6", "pre"};
    bool closes = name[-1] == '/';
    if (!source->flat || is_among(flat, sizeof flat / sizeof *flat, name, n))
        return false;
    size_t depth = source->open;
    if (closes)
        source->open -= depth > 0;
    else
        source->open++;
    if (depth + !closes <= FLAT_DEPTH)
        return false;
    if (is_among(blocks, sizeof blocks / sizeof *blocks, name, n))
        buf_puts(out, "<br>");
    return true;
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
    const char *word = start + (start[1] == '/' ? 2 : 1);
    if (leave_out(out, source, word, (size_t)(name - word)))
        return true;
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
static int simplify(struct buf *out, const struct buf *html, bool flat)
{
    struct source source = {.at = buf_text(html), .end = buf_text(html) + html->len, .flat = flat};
    buf_clear(out);
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
    if (parser->nameNr > DEPTH_MAX) {
        *(bool *)parser->_private = true;
        xmlStopParser(parser);
    } else
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

/* `*cut`: there was more, deeper than the tree may be. */
static xmlDoc *parse(const struct buf *html, bool *cut)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    starved = false;
    pthread_once(&once, set_up);
    htmlParserCtxt *parser = starved ? NULL : htmlNewParserCtxt();
    xmlDoc *doc = NULL;
    if (parser && !starved) {
        *cut = false;
        parser->_private = cut;
        parser->sax->startDocument = start_document;
        parser->sax->startElement = start_element;
        doc = read_all(parser, html);
        if (starved)
            return NULL;
    }
    htmlFreeParserCtxt(parser);
    return doc;
}

xmlDoc *html_tree(const char *html, size_t n, bool *cut)
{
    struct buf cleaned, simple;
    xmlDoc *doc = NULL;
    *cut = false;
    buf_init(&cleaned, OUTPUT_MAX);
    buf_init(&simple, OUTPUT_MAX);
    if (clean(&cleaned, html, n < INPUT_MAX ? n : INPUT_MAX) == 0 &&
        simplify(&simple, &cleaned, false) == 0)
        doc = parse(&simple, cut);
    if (doc && *cut) {
        xmlFreeDoc(doc);
        doc = simplify(&simple, &cleaned, true) == 0 ? parse(&simple, cut) : NULL;
    }
    *cut |= n > INPUT_MAX;
    buf_release(&cleaned);
    buf_release(&simple);
    return doc;
}
