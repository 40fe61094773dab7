/* test_html: readable text of HTML bodies: recorded and written ones as files, hostile ones here.
 */
#include "codec/html.h"

#include <glob.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/text.h"

enum { CEILING = 64 << 20 };

/* A literal and its length, NULs included. */
#define BYTES(literal) (literal), sizeof(literal) - 1

static void read_file(struct buf *content, const char *path)
{
    FILE *file = fopen(path, "rb");
    char chunk[4096];
    size_t n;
    if (!file)
        fail_msg("%s is missing", path);
    buf_init(content, CEILING);
    while ((n = fread(chunk, 1, sizeof chunk, file)) > 0)
        buf_append(content, chunk, n);
    fclose(file);
}

/* NAME.html must become NAME.txt, which has a line break at its end. */
static bool as_expected(const char *path)
{
    struct buf html, expected, out;
    char text_path[4096];
    size_t stem = strlen(path) - strlen(".html");
    snprintf(text_path, sizeof text_path, "%.*s.txt", (int)stem, path);
    read_file(&html, path);
    read_file(&expected, text_path);
    buf_init(&out, CEILING);
    assert_int_equal(html_to_text(&out, buf_text(&html), html.len), 0);
    buf_putc(&out, '\n');
    bool same = !strcmp(buf_text(&out), buf_text(&expected));
    if (!same)
        print_error("%s became:\n%s", path, buf_text(&out));
    buf_release(&html);
    buf_release(&expected);
    buf_release(&out);
    return same;
}

static void test_files(void **state)
{
    (void)state;
    glob_t found;
    size_t wrong = 0;
    assert_int_equal(glob(FIXTURES "/html/*.html", 0, NULL, &found), 0);
    assert_true(found.gl_pathc >= 30);
    for (size_t i = 0; i < found.gl_pathc; i++)
        wrong += !as_expected(found.gl_pathv[i]);
    globfree(&found);
    assert_int_equal(wrong, 0);
}

static void assert_text(const char *html, size_t n, const char *expected)
{
    struct buf out;
    buf_init(&out, CEILING);
    assert_int_equal(html_to_text(&out, html, n), 0);
    assert_string_equal(buf_text(&out), expected);
    assert_int_equal(out.len, strlen(expected));
    buf_release(&out);
}

static void test_nothing(void **state)
{
    (void)state;
    assert_text(NULL, 0, "");
    assert_text(BYTES(" \r\n\t "), "");
    assert_text(BYTES("<p></p><br><div>&nbsp;</div><!-- x -->"), "");
    assert_text(BYTES("<html><head><title>x</title></head><body></body></html>"), "");
}

static void test_plain_text(void **state)
{
    (void)state;
    assert_text(BYTES("0"), "0");
    assert_text(BYTES("a  b\t c \r\n d\r\re\n\n\n\nf\n"), "a b c\nd\n\ne\n\nf");
    assert_text(BYTES("AT&amp;T &lt;b&gt; R&D &euro;"), "AT&T <b> R&D €");
    assert_text(BYTES("if a < b then\n3 > 2"), "if a < b then\n3 > 2");
}

static void test_blanks_between_elements_stay(void **state)
{
    (void)state;
    assert_text(BYTES("<b>a</b> <i>b</i> <mark>c</mark> <mark>d</mark>"), "a b c d");
    assert_text(BYTES("<p><x-y>a</x-y> <x-y>b</x-y></p>"), "a b");
    assert_text(BYTES("<b>a</b><i>b</i>"), "ab");
}

static void test_no_character_is_lost_for_its_encoding(void **state)
{
    (void)state;
    assert_text(BYTES("<meta charset=\"iso-8859-1\"><p>żółć 😀</p>"), "żółć 😀");
    assert_text(BYTES("<?xml version=\"1.0\" encoding=\"utf-16\"?><p>żółć</p>"), "żółć");
    assert_text(BYTES("\xEF\xBB\xBF<p>x</p>"), "x");
    assert_text(BYTES("a\0b<p>c\0d</p>&#0;e"), "ab\n\ncd\n\ne");
    assert_text(BYTES("<p>a\xFF"
                      "b\xE2\x82</p>\xED\xA0\x80"),
                "a\uFFFDb\uFFFD\uFFFD\n\n\uFFFD\uFFFD\uFFFD");
}

static void test_control_characters_are_dropped(void **state)
{
    (void)state;
    assert_text(BYTES("<p>a\x1B[31m\a\x7F\xC2\x9B"
                      "b&#27;&#129;&#8;c</p>"),
                "a[31mbc");
    assert_text(BYTES("a\u202Eb\u2066c\uFEFFd\u200Be\u00ADf"), "abcdef");
    assert_text(BYTES("👩\u200D💻 می\u200Cخواهم a &zwnj; b"), "👩\u200D💻 می\u200Cخواهم a b");
}

static bool is_left_out(uint32_t c)
{
    static const uint32_t ranges[][2] = {
        {0x80, 0x9F},     {0xAD, 0xAD},     {0x34F, 0x34F},   {0x180E, 0x180E}, {0x200B, 0x200B},
        {0x202A, 0x202E}, {0x2060, 0x206F}, {0xFEFF, 0xFEFF}, {0xFFF9, 0xFFFB}, {0xE0000, 0xE007F}};
    for (size_t i = 0; i < sizeof ranges / sizeof *ranges; i++)
        if (c >= ranges[i][0] && c <= ranges[i][1])
            return true;
    return false;
}

/* In a line of its own, within a word: it stays, or is a blank, or is left out. */
static void put_character(struct buf *html, struct buf *expected, uint32_t c)
{
    char bytes[4];
    size_t n = text_encode(c, bytes);
    if (!n || c == 0x2028 || c == 0x2029) /* these break lines */
        return;
    buf_puts(html, "a");
    buf_append(html, bytes, n);
    buf_puts(html, "b\n");
    buf_puts(expected, expected->len ? "\na" : "a");
    if (text_is_blank(c))
        buf_putc(expected, ' ');
    else if (!is_left_out(c))
        buf_append(expected, bytes, n);
    buf_putc(expected, 'b');
}

static void test_each_character(void **state)
{
    (void)state;
    for (uint32_t plane = 0; plane <= 0x100000; plane += 0x10000) {
        struct buf html, expected;
        buf_init(&html, CEILING);
        buf_init(&expected, CEILING);
        for (uint32_t c = plane ? plane : 0x80; c <= plane + 0xFFFF; c++)
            put_character(&html, &expected, c);
        assert_text(buf_text(&html), html.len, buf_text(&expected));
        buf_release(&html);
        buf_release(&expected);
    }
}

static void test_appends(void **state)
{
    (void)state;
    struct buf out;
    buf_init(&out, CEILING);
    buf_puts(&out, "before:");
    assert_int_equal(html_to_text(&out, BYTES("<p>one</p><p>two</p>")), 0);
    assert_string_equal(buf_text(&out), "before:one\n\ntwo");
    buf_release(&out);
}

static void test_a_full_buffer_is_told(void **state)
{
    (void)state;
    static const char *const bodies[] = {
        "<p>0123456789</p>",
        "0123456789",
        "<table><tr><td>0123456789</td></tr></table>",
        "<a href='https://example.test/'>0</a>",
    };
    for (size_t i = 0; i < sizeof bodies / sizeof bodies[0]; i++) {
        struct buf out;
        buf_init(&out, 8);
        assert_int_equal(html_to_text(&out, bodies[i], strlen(bodies[i])), -1);
        assert_true(out.failed);
        assert_true(out.len <= 8);
        buf_release(&out);
    }
}

/* `unit` again and again, until there are `n` bytes. */
static void repeat(struct buf *html, const char *head, const char *unit, size_t n)
{
    buf_init(html, CEILING);
    buf_puts(html, head);
    while (html->len + strlen(unit) <= n)
        buf_puts(html, unit);
}

static void test_a_long_body(void **state)
{
    (void)state;
    struct buf html, out;
    repeat(&html, "<p>", "Lorem ipsum dolor sit amet — żółć 😀 ", 169210);
    buf_puts(&html, "</p>end");
    buf_init(&out, CEILING);
    assert_int_equal(html_to_text(&out, html.data, html.len), 0);
    /* All but the tags, the blank at the end, and one break more. */
    assert_int_equal(out.len, html.len - strlen("<p></p>") + 1);
    assert_string_equal(out.data + out.len - 5, "\n\nend");
    buf_release(&html);
    buf_release(&out);
}

static void test_deep_nesting(void **state)
{
    (void)state;
    static const char *const units[] = {"<div>",     "<blockquote>x",
                                        "<ul><li>x", "<table><tr><td>x",
                                        "<b>",       "<a href='https://x.test'><div>"};
    for (size_t i = 0; i < sizeof units / sizeof units[0]; i++) {
        struct buf html, out;
        repeat(&html, "<p>start</p>", units[i], strlen(units[i]) * 100000);
        buf_init(&out, CEILING);
        assert_int_equal(html_to_text(&out, html.data, html.len), 0);
        assert_memory_equal(buf_text(&out), "start", 5);
        buf_release(&html);
        buf_release(&out);
    }
}

static void test_a_long_thread_of_replies_is_all_there(void **state)
{
    (void)state;
    struct buf html, out;
    repeat(&html, "", "<div>level<br>", strlen("<div>level<br>") * 400);
    for (int i = 0; i < 400; i++)
        buf_puts(&html, "</div>");
    buf_puts(&html, "<p>end</p>");
    buf_init(&out, CEILING);
    assert_int_equal(html_to_text(&out, html.data, html.len), 0);
    assert_int_equal(out.len, 400 * strlen("level\n") + strlen("\nend"));
    assert_string_equal(out.data + out.len - 10, "level\n\nend");
    buf_release(&html);
    buf_release(&out);
}

/* Deeper than a tree may be: nothing is lost, whatever it is made of, and no words run together. */
static void test_what_is_too_deep_is_all_there(void **state)
{
    (void)state;
    static const struct {
        const char *open, *close;
    } units[] = {{"<div>word ", "</div>"},
                 {"<blockquote><p>word</p>", "</blockquote>"},
                 {"<ul><li>word", "</li></ul>"},
                 {"<table><tr><td>word</td><td>", "</td></tr></table>"},
                 {"<b>word ", "</b>"}};
    static const int depths[] = {600, 3000};
    for (size_t i = 0; i < sizeof units / sizeof units[0] * 2; i++) {
        struct buf html, out;
        int depth = depths[i % 2], words = 0;
        const char *open = units[i / 2].open, *close = units[i / 2].close;
        buf_init(&html, CEILING);
        for (int level = 0; level < depth; level++)
            buf_puts(&html, open);
        for (int level = 0; level < depth; level++)
            buf_puts(&html, close);
        buf_puts(&html, "<p>and <a href='https://x.test'>the end</a></p>");
        buf_init(&out, CEILING);
        assert_int_equal(html_to_text(&out, html.data, html.len), 0);
        for (const char *at = buf_text(&out); (at = strstr(at, "word")) != NULL; at += 4)
            words++;
        assert_int_equal(words, depth);
        assert_null(strstr(out.data, "wordword"));
        assert_string_equal(out.data + out.len - 29, "\nand the end (https://x.test)");
        buf_release(&html);
        buf_release(&out);
    }
}

static void test_what_is_cut_says_so(void **state)
{
    (void)state;
    struct buf html, out;
    repeat(&html, "<p>start</p>", "x ", (8 << 20) + 1000);
    buf_init(&out, CEILING);
    assert_int_equal(html_to_text(&out, html.data, html.len), 0);
    assert_memory_equal(buf_text(&out), "start", 5);
    assert_string_equal(out.data + out.len - 5, "x\n\xE2\x80\xA6");
    buf_release(&html);
    buf_release(&out);
}

/* None of these takes longer than a moment: each tag or quote is passed once. */
static void test_what_takes_other_readers_long(void **state)
{
    (void)state;
    static const char *const units[] = {"<a b='' c='",   "<a b=\"\" c=\"", "<",
                                        "<!--",          "<b></i>x ",      "<p>x",
                                        "&amp",          "<a href=x><p>",  "<table><a href=x>",
                                        "</p></li></td>"};
    for (size_t i = 0; i < sizeof units / sizeof units[0]; i++) {
        struct buf html, out;
        repeat(&html, "<p>start</p>", units[i], 4 << 20);
        buf_puts(&html, "' <p>end</p>");
        buf_init(&out, CEILING);
        assert_int_equal(html_to_text(&out, html.data, html.len), 0);
        assert_memory_equal(buf_text(&out), "start", 5);
        buf_release(&html);
        buf_release(&out);
    }
}

static void test_deep_quotes_do_not_swell(void **state)
{
    (void)state;
    struct buf html, out;
    repeat(&html, "", "<blockquote>", strlen("<blockquote>") * 200);
    for (int i = 0; i < 1000; i++)
        buf_puts(&html, "x<br>");
    buf_init(&out, CEILING);
    assert_int_equal(html_to_text(&out, html.data, html.len), 0);
    assert_true(out.len < 1000 * 64);
    buf_release(&html);
    buf_release(&out);
}

static void test_a_tag_with_too_many_attributes_keeps_its_text(void **state)
{
    (void)state;
    struct buf html;
    repeat(&html, "<p ", "a=\">\" ", 300000);
    buf_puts(&html, ">text</p>");
    assert_text(html.data, html.len, "text");
    buf_release(&html);
}

static void test_unfinished_markup_is_text(void **state)
{
    (void)state;
    assert_text(BYTES("<b>a</b> <i"), "a <i");
    assert_text(BYTES("<b>a</b> <i class=\"x"), "a <i class=\"x");
    assert_text(BYTES("<b>a</b> <!-- b"), "a <!-- b");
    assert_text(BYTES("a <b <!-- x -->c"), "a <b c");
    assert_text(BYTES("<b>a</b> <!doctype"), "a <!doctype");
    assert_text(BYTES("<b>a</b> <"), "a <");
    assert_text(BYTES("<b>a</b> </"), "a </");
    assert_text(BYTES("a <b c <i>d</i>"), "a <b c d");
}

static void test_scripts_hide_nothing_behind_them(void **state)
{
    (void)state;
    assert_text(BYTES("<script>x = '<!--';</script><p>kept</p><!-- no -->"), "kept");
    assert_text(BYTES("<script>if (a<b && c == \"</script><p title=\"x\">kept</p>"), "kept");
    assert_text(BYTES("<STYLE>a > b { }</STYLE >kept"), "kept");
    assert_text(BYTES("kept<script>the rest"), "kept");
}

static void test_entities(void **state)
{
    (void)state;
    assert_text(BYTES("&Aacute;&zwnj;&lsqb;&there4;&AElig;&sup1;x"), "Á\u200C[∴Æ¹x");
    assert_text(BYTES("it&#146;s &#x80;5 &#X20AC;6 &#8364 7"), "it’s €5 €6 € 7");
    assert_text(BYTES("&amp;lt; &ampx; &amp &; &# &#; &#x; &#xD800; &#4294967361; &no;"),
                "&lt; &ampx; &amp &; &# &#; &#x; &no;");
    assert_text(BYTES("<a href=\"https://x.test/?a=1&amp;b=2&copy=3\">x&gt;</a>"),
                "x> (https://x.test/?a=1&b=2&copy=3)");
    assert_text(BYTES("<img alt='&lt;&quot;&apos;&gt;'>"), "<\"'>");
}

static void test_attributes(void **state)
{
    (void)state;
    assert_text(BYTES("<img ALT = x alt=y><img / alt=a/b/><img =alt alt>"), "xa/b/");
    assert_text(BYTES("<img src='>' alt=\"a>b\"><img title=alt alt=''>"), "a>b");
    assert_text(BYTES("<a href=https://x.test/?a=\"b target=x>y</a>"), "y (https://x.test/?a=\"b)");
}

/* As browsers do it: what a start tag closes, and what an end tag does not. */
static void test_tags_that_are_left_out(void **state)
{
    (void)state;
    assert_text(BYTES("<ul><li>a<div>b<li>c<ul><li>d</ul>e</ul>f"),
                "- a\n  b\n- c\n  - d\n  e\n\nf");
    assert_text(BYTES("<ol><li>a</ul></p>b<li>c</ol>d"), "1. a\n   b\n2. c\n\nd");
    assert_text(BYTES("<blockquote>a<p>b</blockquote>c</blockquote>d"), "> a\n>\n> b\n\ncd");
    assert_text(BYTES("<table><tr><td>a<td>b<tr><td>c<table><tr><td>x</table></div><td>d</table>"),
                "a: b\nc\n\nx\nd");
    assert_text(BYTES("<table><tbody><td>a</tbody><th>b</th></tbody></table>c"), "a\nb\n\nc");
    assert_text(BYTES("<table><tr><td>a<table><td>b</td></tr></div></table>c</table>d"),
                "a\n\nb\n\nc\n\nd");
    assert_text(BYTES("<table><table><tr><td>a</table>b"), "a\n\nb");
    assert_text(BYTES("<ul><li>a<ul></li><li>b"), "- a\n  - b");
    assert_text(BYTES("<div><table><td>a</div>b<td>c</table>"), "ab: c");
    assert_text(BYTES("<select><option>a<option>b</select><p>c<h1>d<h2>e</h1>f"),
                "a\nb\n\nc\n\nd\n\ne\n\nf");
}

/* However many there are, they do not nest, so that what follows is not too deep. */
static void test_siblings_without_end_tags(void **state)
{
    (void)state;
    static const char *const units[] = {"<p>x",      "<dd>x",     "<option>x", "<h2>x", "<td>x",
                                        "<button>x", "<tr><td>x", "<table>x",  "<li>x"};
    for (size_t i = 0; i < sizeof units / sizeof units[0]; i++) {
        struct buf html, out;
        repeat(&html, "", units[i], 1000 * strlen(units[i]));
        buf_puts(&html, "<ol><li>end");
        buf_init(&out, CEILING);
        assert_int_equal(html_to_text(&out, html.data, html.len), 0);
        assert_string_equal(out.data + out.len - 6, "1. end");
        buf_release(&html);
        buf_release(&out);
    }
}

static void test_end_tags_of_what_is_too_deep(void **state)
{
    (void)state;
    struct buf html;
    buf_init(&html, CEILING);
    for (int i = 0; i < 1000; i++)
        buf_puts(&html, "<blockquote>");
    for (int i = 0; i < 999; i++)
        buf_puts(&html, "</p></blockquote>");
    buf_puts(&html, "x");
    assert_text(html.data, html.len, "> x");
    buf_release(&html);
}

/* Links start and end in the midst of blocks, and never within another one. */
static void test_links_across_blocks(void **state)
{
    (void)state;
    assert_text(BYTES("<a href=https://x.test/>a<p>b</a>c</p>"), "a\n\nb (https://x.test/)c");
    assert_text(BYTES("<a href=https://x.test/>a<a href=https://y.test/>b</a>c</a>"),
                "a (https://x.test/)b (https://y.test/)c");
    assert_text(BYTES("<a href=https://x.test/>a<table><tr><td>b</a>c<td><a "
                      "href=https://y.test/>d</table>e</a>"),
                "a\n\nbc: d (https://y.test/)\n\ne (https://x.test/)");
    assert_text(BYTES("a<a href=https://x.test/>b"), "ab (https://x.test/)");
}

static void test_what_is_not_shown(void **state)
{
    (void)state;
    assert_text(BYTES("a<svg><text>b</text><div>c</div></svg>d<video><p>e</video>f"), "adf");
    assert_text(BYTES("<a href=https://x.test/>a<svg></a></svg>b</a>"), "ab (https://x.test/)");
    assert_text(BYTES("a<svg/>b<template><a href=https://x.test/>c</template>d</a>"), "abd");
    assert_text(BYTES("<iframe><p>a</iframe><title>b</title><noscript><p>c</noscript>d"), "d");
    assert_text(BYTES("<textarea><b>a</b>\n  &amp;</textarea>b"), "<b>a</b>\n  &\n\nb");
}

static void test_an_image_is_on_one_line(void **state)
{
    (void)state;
    assert_text(BYTES("<b>x</b> <img alt=\"a\nb\">\ny"), "x a b\ny");
}

static void test_a_cell_of_two_columns(void **state)
{
    (void)state;
    assert_text(BYTES("<table><tr><td colspan=2>Total</td><td>5</td></tr></table>"), "Total | 5");
    assert_text(BYTES("<table><tr><td colspan=\"2\"><b>Name</b></td></tr>"
                      "<tr><td>&nbsp;</td><td>Anna</td></tr></table>"),
                "Name\nAnna");
}

static void test_rows_that_are_no_rows(void **state)
{
    (void)state;
    assert_text(BYTES("<table><tr>loose<td>a</td><td>b</td></tr></table>"), "loose\na: b");
    assert_text(BYTES("<table><tr><td>a</td><td>b</td></tr>"
                      "<form><tr><td></td><td>x</td><td>y</td></tr></form></table>"),
                "a | b\nx | y");
    assert_text(BYTES("<tr><td>a</td></tr><td>b</td><th>c</th>"), "a\nb\nc");
}

/* Each row copies what its cells hold. Deep inside, cells are lines instead. */
static void test_rows_in_rows(void **state)
{
    (void)state;
    struct buf html, out;
    buf_init(&html, CEILING);
    for (int depth = 0; depth < 100; depth++)
        buf_printf(&html, "<table><tr><td>%d</td><td>x</td><td>", depth);
    buf_puts(&html, "end");
    buf_init(&out, CEILING);
    assert_int_equal(html_to_text(&out, html.data, html.len), 0);
    assert_memory_equal(buf_text(&out), "0\nx\n1\nx\n", 8);
    assert_non_null(strstr(buf_text(&out), "\n98\nx\n\n99\nx\nend"));
    buf_release(&out);
    buf_clear(&html);
    for (int depth = 0; depth < 10; depth++)
        buf_puts(&html, "<table><tr><td>");
    buf_puts(&html, "a</td><td>b</td><td>c");
    buf_init(&out, CEILING);
    assert_int_equal(html_to_text(&out, html.data, html.len), 0);
    assert_string_equal(buf_text(&out), "a | b | c");
    buf_release(&html);
    buf_release(&out);
}

/* Deterministic garbage made of pieces of HTML. */
static void make_garbage(struct buf *html, uint64_t *seed)
{
    static const char *const pieces[] = {
        "<",
        ">",
        "</",
        "<!--",
        "-->",
        "<![if x]>",
        "<table>",
        "<tr>",
        "<td>",
        "</table>",
        "<p>",
        "<li>",
        "<ol start=\"-9\">",
        "</ol>",
        "<blockquote>",
        "</blockquote>",
        "<pre>",
        "</pre>",
        "<a href=\"https://x.test\">",
        "</a>",
        "<br>",
        "<script>",
        "</script>",
        "<img alt='\n'>",
        "&nbsp;",
        "&#x202E;",
        "&",
        "x",
        " ",
        "\n",
        "\"",
        "'",
        "=",
        "\xFF",
        "\x1B",
        "\xE2\x80",
        "\xE2\x80\x8D",
        "<o:p>",
        "</o:p>",
        "</html>",
        "<body>",
        "<select>",
        "<td colspan=2>",
    };
    buf_init(html, CEILING);
    for (int i = 0; i < 60; i++) {
        *seed = *seed * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
        buf_puts(html, pieces[(*seed >> 33) % (sizeof pieces / sizeof pieces[0])]);
    }
}

static void assert_tidy(const struct buf *out)
{
    const char *text = buf_text(out);
    assert_int_equal(strlen(text), out->len);
    assert_true(text_valid(text, out->len));
    assert_null(strstr(text, "\n\n\n"));
    assert_null(strstr(text, " \n"));
    assert_null(strpbrk(text, "\x01\x1B\t\r\x7F"));
    if (out->len)
        assert_true(text[0] != '\n' && !strchr(" \n", text[out->len - 1]));
}

static void test_garbage(void **state)
{
    (void)state;
    uint64_t seed = 7;
    FILE *messages = tmpfile();
    int standard_error = dup(STDERR_FILENO);
    assert_non_null(messages);
    fflush(stderr);
    dup2(fileno(messages), STDERR_FILENO);
    struct buf html, out;
    for (int i = 0; i < 5000; i++) {
        make_garbage(&html, &seed);
        buf_init(&out, CEILING);
        assert_int_equal(html_to_text(&out, html.data, html.len), 0);
        assert_tidy(&out);
        buf_release(&html);
        buf_release(&out);
    }
    fflush(stderr);
    dup2(standard_error, STDERR_FILENO);
    close(standard_error);
    fseek(messages, 0, SEEK_END);
    assert_int_equal(ftell(messages), 0);
    fclose(messages);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_files),
        cmocka_unit_test(test_nothing),
        cmocka_unit_test(test_plain_text),
        cmocka_unit_test(test_blanks_between_elements_stay),
        cmocka_unit_test(test_no_character_is_lost_for_its_encoding),
        cmocka_unit_test(test_control_characters_are_dropped),
        cmocka_unit_test(test_each_character),
        cmocka_unit_test(test_appends),
        cmocka_unit_test(test_a_full_buffer_is_told),
        cmocka_unit_test(test_a_long_body),
        cmocka_unit_test(test_deep_nesting),
        cmocka_unit_test(test_a_long_thread_of_replies_is_all_there),
        cmocka_unit_test(test_what_is_too_deep_is_all_there),
        cmocka_unit_test(test_what_is_cut_says_so),
        cmocka_unit_test(test_what_takes_other_readers_long),
        cmocka_unit_test(test_deep_quotes_do_not_swell),
        cmocka_unit_test(test_a_tag_with_too_many_attributes_keeps_its_text),
        cmocka_unit_test(test_unfinished_markup_is_text),
        cmocka_unit_test(test_scripts_hide_nothing_behind_them),
        cmocka_unit_test(test_entities),
        cmocka_unit_test(test_attributes),
        cmocka_unit_test(test_tags_that_are_left_out),
        cmocka_unit_test(test_siblings_without_end_tags),
        cmocka_unit_test(test_end_tags_of_what_is_too_deep),
        cmocka_unit_test(test_links_across_blocks),
        cmocka_unit_test(test_what_is_not_shown),
        cmocka_unit_test(test_an_image_is_on_one_line),
        cmocka_unit_test(test_a_cell_of_two_columns),
        cmocka_unit_test(test_rows_that_are_no_rows),
        cmocka_unit_test(test_rows_in_rows),
        cmocka_unit_test(test_garbage),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
