/* test_url: an address taken apart, and what names this machine. */
#include "base/url.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static void assert_part(const char *text, struct url_part part, const char *expected)
{
    if (part.length != strlen(expected) || memcmp(part.at, expected, part.length) != 0)
        fail_msg("%s: \"%.*s\" instead of \"%s\"", text, (int)part.length, part.at, expected);
}

static void test_parts(void **state)
{
    (void)state;
    static const struct {
        const char *text, *scheme, *user, *host, *port, *path, *tail;
    } cases[] = {
        {"https://a.example", "https", "", "a.example", "", "", ""},
        {"https://a.example/", "https", "", "a.example", "", "/", ""},
        {"HTTP://u:p@a.example:8080/x/y?q=/#f", "HTTP", "u:p", "a.example", ":8080", "/x/y",
         "?q=/#f"},
        {"https://a.example?q@b", "https", "", "a.example", "", "", "?q@b"},
        {"https://a.example#f", "https", "", "a.example", "", "", "#f"},
        {"https://a@b@c/", "https", "a@b", "c", "", "/", ""},
        {"http://[::1]:80/x", "http", "", "[::1]", ":80", "/x", ""},
        {"http://[::1]", "http", "", "[::1]", "", "", ""},
        {"http://[::1]x", "http", "", "[::1]", "x", "", ""},
        {"http://[::1", "http", "", "[", "::1", "", ""},
        {"u:p@proxy.example:3128", "", "u:p", "proxy.example", ":3128", "", ""},
        {"a.example/?u=http://b", "", "", "a.example", "", "/", "?u=http://b"},
        {"://a", "", "", "", ":", "//a", ""},
        {"http://", "http", "", "", "", "", ""},
        {"", "", "", "", "", "", ""},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const char *text = cases[i].text;
        struct url url = url_split(text);
        assert_part(text, url.scheme, cases[i].scheme);
        assert_part(text, url.user, cases[i].user);
        assert_part(text, url.host, cases[i].host);
        assert_part(text, url.port, cases[i].port);
        assert_part(text, url.path, cases[i].path);
        assert_part(text, url.tail, cases[i].tail);
    }
}

static void test_host(void **state)
{
    char host[16];
    (void)state;
    url_host(host, sizeof host, "HTTP://u:p@a.example:80/x/y?q=/#f");
    assert_string_equal(host, "a.example:80");
    url_host(host, sizeof host, "https://[::1]/");
    assert_string_equal(host, "[::1]");
    url_host(host, sizeof host, "https://a.long.name.example:8080");
    assert_string_equal(host, "a.long.name.exa");
    url_host(host, sizeof host, "");
    assert_string_equal(host, "");
}

static void test_schemes(void **state)
{
    (void)state;
    struct url url = url_split("HTTPS://a"), none = url_split("https:/a");
    assert_true(url_has_scheme(&url, "https"));
    assert_false(url_has_scheme(&url, "http"));
    assert_false(url_has_scheme(&none, "https"));
}

static void test_up_to_the_path(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        size_t length;
    } cases[] = {
        {"https://a/b?c", 11}, {"https://a/b//?c", 11}, {"https://a/", 9}, {"https://a#x/", 9}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct url url = url_split(cases[i].text);
        assert_int_equal(url_length_to_path(cases[i].text, &url), cases[i].length);
    }
}

static void test_this_machine(void **state)
{
    (void)state;
    static const char *const ours[] = {"127.0.0.1", "127.255.0.9", "::1", "[::1]",
                                       "0:0:0:0:0:0:0:1"};
    static const char *const others[] = {"",         "127.0.0.1.example.com", "128.0.0.1", "::2",
                                         "[::1",     "::ffff:127.0.0.1",      "127.1",     "[]",
                                         "localhost"};
    for (size_t i = 0; i < sizeof ours / sizeof *ours; i++)
        if (!url_is_loopback((struct url_part){ours[i], strlen(ours[i])}))
            fail_msg("%s is another machine", ours[i]);
    for (size_t i = 0; i < sizeof others / sizeof *others; i++)
        if (url_is_loopback((struct url_part){others[i], strlen(others[i])}))
            fail_msg("%s is this machine", others[i]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_parts),        cmocka_unit_test(test_host),
        cmocka_unit_test(test_schemes),      cmocka_unit_test(test_up_to_the_path),
        cmocka_unit_test(test_this_machine),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
