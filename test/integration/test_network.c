/* test_network: where the password may travel: to the site that is configured, over TLS that proves
 * who it is, and nowhere else. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "harness_raw.h"
#include "harness_sync.h"
#include "harness_tls.h"

static bool reply_page(const struct raw_call *call)
{
    bool tunnel = strncmp(call->request, "CONNECT ", 8) == 0;
    return raw_answer(call->fd, tunnel ? 403 : 200, "Content-Type: text/html\r\n", "<html></html>");
}

static void migrate(struct harness *h)
{
    harness_config(h, NULL, NULL, NULL);
    sync_migrate(h);
}

/* Certificates and versions of TLS */

static struct outcome sync_at(struct harness *h, int port, const char *ca)
{
    tls_configure(h, port, ca);
    return harness_sync(h, "-v", NULL);
}

/* The certificate must be refused with these words, or accepted if `says` is NULL. */
static void meets(struct harness *h, const char *name, const char *ca, const char *says)
{
    struct outcome outcome = sync_at(h, tls_server(h, name, NULL, NULL), ca);
    if (!says) {
        sync_says(outcome.err, "HTML");
        return;
    }
    sync_expect(outcome, 4);
    sync_says(outcome.err, says);
    sync_says_not(outcome.err, "HTML");
}

static void test_certificates(void **state)
{
    struct harness *h = *state;
    migrate(h);
    tls_authority(h, "ours");
    tls_certificate(h, "good", "IP:127.0.0.1", "ours");
    tls_certificate(h, "other", "DNS:other.test", "ours");
    tls_expired(h, "old", "IP:127.0.0.1", "ours");
    tls_self_signed(h, "self", "IP:127.0.0.1", 2);
    meets(h, "good", "ours", NULL);
    meets(h, "good", NULL, "certificate");
    meets(h, "other", "ours", "127.0.0.1");
    meets(h, "old", "ours", "expired");
    meets(h, "self", NULL, "certificate");
    meets(h, "self", "ours", "certificate");
}

/* A system that would still take them, as old appliances do. */
static const char WEAK[] = "openssl_conf = o\n[o]\nssl_conf = s\n[s]\nsystem_default = d\n"
                           "[d]\nMinProtocol = TLSv1\nCipherString = DEFAULT@SECLEVEL=0\n";

static void test_versions(void **state)
{
    struct harness *h = *state;
    static const char *const versions[] = {"-tls1", "-tls1_1", "-tls1_2", "-tls1_3"};
    migrate(h);
    tls_authority(h, "ours");
    tls_certificate(h, "good", "IP:127.0.0.1", "ours");
    harness_environment(h, harness_text(h, "OPENSSL_CONF=%s", harness_file(h, "weak.cnf", WEAK)));
    for (int i = 0; i < 4; i++) {
        int port = tls_server(h, "good", versions[i], NULL);
        const char *const curl[] = {"curl",
                                    "--silent",
                                    "--tlsv1.0",
                                    "--cacert",
                                    harness_text(h, "%s/ours.pem", h->dir),
                                    harness_text(h, "https://127.0.0.1:%d/", port),
                                    NULL};
        sync_expect(harness_run(h, curl, NULL), 0);
        struct outcome outcome = sync_at(h, port, "ours");
        if (i < 2)
            sync_says_not(outcome.err, "HTML");
        else
            sync_says(outcome.err, "HTML");
        assert_int_not_equal(outcome.code, 0);
    }
}

/* No redirect is followed, wherever it leads. */
static void test_redirects(void **state)
{
    struct harness *h = *state;
    static const char *const codes[] = {"301", "302", "303", "307", "308"};
    struct raw raw = {0};
    raw_start(&raw, reply_page);
    sync_prepare(h, 10, "retries = 0\n", NULL, NULL);
    const char *const places[] = {
        harness_text(h, "http://127.0.0.1:%d/", raw.port),
        harness_text(h, "https://127.0.0.1:%d/", raw.port),
        harness_text(h, "http://localhost:%d/latest/meta-data/", raw.port),
        harness_text(h, "//127.0.0.1:%d/", raw.port),
        harness_text(h, "http://api:abcd@127.0.0.1:%d/", raw.port),
        "file:///etc/passwd",
        "gopher://127.0.0.1:25/_MAIL",
    };
    enum { PLACES = sizeof places / sizeof *places };
    for (int i = 0; i < PLACES; i++) {
        for (int match = 0; match < 2; match++)
            harness_fault(h, "'kind':'status','match':'%s','status':%s,'headers':{'Location':'%s'}",
                          match ? "_fields" : "tickets", codes[(i + match) % 5], places[i]);
        struct outcome outcome = harness_sync(h, "-vv", NULL);
        harness_end_faults(h);
        sync_expect(outcome, 4);
        sync_says(outcome.err, "redirect");
        sync_says_not(outcome.err, "abcd");
        sync_says_not(outcome.err, "root:");
    }
    int connections = raw.seen->connections;
    raw_stop(&raw);
    assert_int_equal(connections, 0);
    assert_int_equal(harness_count(h, "fluent_tickets"), 0);
    sync_expect(harness_sync(h, NULL), 0);
}

/* Proxies */

static void by_proxy(struct harness *h, const char *url, const char *key, const char *variable,
                     const char *first, bool authenticated)
{
    struct raw proxy = {0};
    raw_start(&proxy, reply_page);
    const char *address = harness_text(h, "http://127.0.0.1:%d", proxy.port);
    harness_config(h,
                   harness_text(h, "api_url = %s\nretries = 0\ntimeout = 5\n%s", url,
                                key ? harness_text(h, "%s = %s\n", key, address) : ""),
                   NULL, NULL);
    if (variable)
        harness_environment(h, harness_text(h, "%s=%s", variable, address));
    struct outcome outcome = harness_sync(h, "-vv", NULL);
    int requests = proxy.seen->requests;
    bool asked = false, password = false;
    for (int i = 0; i < requests && i < RAW_REQUESTS; i++) {
        asked |= strncmp(proxy.seen->request[i], first, strlen(first)) == 0;
        password |= strcasestr(proxy.seen->request[i], "\nAuthorization:") != NULL;
    }
    raw_stop(&proxy);
    assert_int_not_equal(outcome.code, 0);
    if (!asked)
        fail_msg("the proxy was not asked for %s: %s", first, outcome.err);
    assert_int_equal(password, authenticated);
}

static void test_proxy(void **state)
{
    struct harness *h = *state;
    migrate(h);
    by_proxy(h, "http://a.invalid\nallow_http = yes", "proxy", NULL, "GET http://a.invalid/", true);
    /* What goes to an https site the proxy cannot read. */
    by_proxy(h, "https://b.invalid", "proxy", NULL, "CONNECT b.invalid:443 ", false);
    by_proxy(h, "https://c.invalid", NULL, "https_proxy", "CONNECT c.invalid:443 ", false);
}

static void test_proxy_password(void **state)
{
    struct harness *h = *state;
    migrate(h);
    struct raw proxy = {0};
    raw_start(&proxy, reply_page);
    harness_config(h,
                   harness_text(h,
                                "api_url = https://a.invalid\nretries = 0\nproxy = "
                                "http://me:pr0xysecret@127.0.0.1:%d\n",
                                proxy.port),
                   NULL, NULL);
    struct outcome outcome = harness_sync(h, "-vv", NULL);
    bool sent = strcasestr(proxy.seen->request[0], "Proxy-Authorization: Basic ") != NULL;
    raw_stop(&proxy);
    struct outcome gone = harness_sync(h, "-vv", NULL);
    assert_true(sent);
    sync_says_not(outcome.err, "pr0xysecret");
    sync_says_not(gone.err, "pr0xysecret");
    sync_says_not(sync_dump(h), "pr0xysecret");
}

static void test_url_with_password(void **state)
{
    struct harness *h = *state;
    harness_config(h, "api_url = https://me:topsecret@site.test\n", NULL, NULL);
    struct outcome outcome = harness_sync(h, NULL);
    sync_expect(outcome, 2);
    sync_says(outcome.err, "api_username");
    sync_says_not(outcome.err, "topsecret");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        SYNC_TEST(test_certificates),   SYNC_TEST(test_versions),
        SYNC_TEST(test_redirects),      SYNC_TEST(test_proxy),
        SYNC_TEST(test_proxy_password), SYNC_TEST(test_url_with_password),
    };
    return cmocka_run_group_tests(tests, harness_setup, harness_teardown);
}
