/* test_signature: Standard Webhooks: secrets, signatures, and what a request must be signed as. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/signing.h"
#include "web/signature.h"
#include "web/status.h"

/* The example of the specification. */
#define SECRET "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
#define BODY "{\"test\": 2432232314}"
#define ID "msg_p5jXN8AQM9LWM0D4loKWxJek"
#define SIGNATURE "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="
enum { NOW = 1614265330 };

#define OTHER_SECRET "whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYX"
#define OTHER_SIGNATURE "v1,/485aUtxlie+TIScVpHggMfqOB4so2KWb7+Gf727B44="

/* The answer's status to a request so signed, 0 when it is let in. */
static int judge(const char *secrets, const struct web_request *request, const char *body,
                 int64_t now, struct error *error)
{
    struct web_options options = {.allow = WEB_WEBHOOK};
    struct buf sent;
    buf_init(&sent, 1 << 16);
    assert_int_equal(buf_puts(&sent, body), 0);
    assert_int_equal(
        secret_set(&options.webhook_secret, secrets, strlen(secrets), SECRET_KEEP_SPACE), 0);
    error_clear(error);
    int done = web_signature_judge(request, &sent, &options, now, error);
    secret_release(&options.webhook_secret);
    buf_release(&sent);
    return done == 0 ? 0 : error->cause;
}

static struct web_request signed_with(const char *signature)
{
    return (struct web_request){
        .webhook_id = ID, .webhook_timestamp = "1614265330", .webhook_signature = signature};
}

static void assert_judged(const char *secrets, const char *signature, int status)
{
    struct error error = ERROR_INIT;
    struct web_request request = signed_with(signature);
    int found = judge(secrets, &request, BODY, NOW, &error);
    if (found != status)
        fail_msg("%s, %s: %d", secrets, signature, found);
}

static void test_secrets(void **state)
{
    static const struct {
        const char *text;
        int count;
    } cases[] = {
        {SECRET, 1},
        {"MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", 1},
        {SECRET " " OTHER_SECRET, 2},
        {"\n" SECRET "\r\n" OTHER_SECRET "\n", 2},
        {SECRET " " SECRET " " SECRET, -1},
        {"", -1},
        {" ", -1},
        {"whsec_", -1},
        {"whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaS", -1},    /* no base64 */
        {"whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw==", -1}, /* padded for nothing */
        {"whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2La-_Sw", -1},   /* of URLs */
        {"whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLSw=", -1},   /* 23 bytes */
        {"whsec_"
         "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
         "AAAAAAA=",
         -1}, /* 65 */
        {SECRET " x", -1},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct signing_keys keys;
        int count = signing_keys_read(&keys, cases[i].text) < 0 ? -1 : (int)keys.count;
        if (count != cases[i].count)
            fail_msg("%s: %d", cases[i].text, count);
    }
}

static void test_the_specification(void **state)
{
    struct signing_keys keys;
    char signature[SIGNATURE_SIZE];
    struct signed_message message = {ID, "1614265330", BODY, sizeof BODY - 1};
    (void)state;
    assert_int_equal(signing_keys_read(&keys, SECRET), 0);
    signing_sign(&keys.keys[0], &message, signature);
    assert_string_equal(signature, &SIGNATURE[3]); /* behind "v1," */
}

static void test_signatures(void **state)
{
    (void)state;
    assert_judged(SECRET, SIGNATURE, 0);
    assert_judged(OTHER_SECRET " " SECRET, SIGNATURE, 0);
    assert_judged(SECRET " " OTHER_SECRET, OTHER_SIGNATURE, 0);
    assert_judged(SECRET, OTHER_SIGNATURE " " SIGNATURE, 0);
    assert_judged(SECRET, "v1a,x v2,y  " SIGNATURE " v1,", 0);
    assert_judged(OTHER_SECRET, SIGNATURE, 401);
    static const char *const wrong[] = {"",
                                        "v1",
                                        "v1,",
                                        SIGNATURE "=",
                                        "v2,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
                                        "V1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
                                        "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE",
                                        "v1, g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
                                        "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OF=",
                                        "v1,\xff"};
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
        assert_judged(SECRET, wrong[i], 401);
}

/* Everything that is signed counts: no byte of it may change. */
static void test_what_is_signed(void **state)
{
    struct error error = ERROR_INIT;
    struct web_request request = signed_with(SIGNATURE);
    (void)state;
    assert_int_equal(judge(SECRET, &request, BODY " ", NOW, &error), 401);
    assert_int_equal(judge(SECRET, &request, "", NOW, &error), 401);
    request.webhook_id = ID "x";
    assert_int_equal(judge(SECRET, &request, BODY, NOW, &error), 401);
    request = signed_with(SIGNATURE);
    request.webhook_timestamp = "1614265331";
    assert_int_equal(judge(SECRET, &request, BODY, NOW, &error), 401);
    const char **const needed[] = {&request.webhook_id, &request.webhook_timestamp,
                                   &request.webhook_signature};
    for (size_t i = 0; i < sizeof needed / sizeof *needed; i++) {
        request = signed_with(SIGNATURE);
        *needed[i] = NULL;
        assert_int_equal(judge(SECRET, &request, BODY, NOW, &error), 401);
    }
}

static void test_no_secret(void **state)
{
    struct error error = ERROR_INIT;
    struct web_request request = signed_with(SIGNATURE);
    struct web_options none = {.allow = WEB_WEBHOOK};
    struct buf body;
    (void)state;
    buf_init(&body, 100);
    assert_int_equal(web_signature_judge(&request, &body, &none, NOW, &error), -1);
    assert_int_equal(error.cause, 401);
}

/* How far the clocks are apart is told to whoever knows the secret, and to nobody else. */
static void test_time(void **state)
{
    static const struct {
        int64_t now;
        const char *says; /* NULL: it is let in */
    } cases[] = {{NOW + 300, NULL},
                 {NOW - 300, NULL},
                 {NOW + 301, "301 s behind"},
                 {NOW - 301, "301 s ahead of"},
                 {0, "ahead of"}};
    struct error error = ERROR_INIT;
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct web_request request = signed_with(SIGNATURE);
        assert_int_equal(judge(SECRET, &request, BODY, cases[i].now, &error),
                         cases[i].says ? 401 : 0);
        if (cases[i].says)
            assert_non_null(strstr(error.message, cases[i].says));
        request.webhook_signature = OTHER_SIGNATURE;
        assert_int_equal(judge(SECRET, &request, BODY, cases[i].now, &error), 401);
        assert_null(strstr(error.message, "clock"));
    }
}

/* Signed, and no time. */
static void test_odd_times(void **state)
{
    static const char *const odd[] = {"",    "-1",          "1614265330.0",
                                      "1e9", " 1614265330", "9999999999999999999999"};
    struct error error = ERROR_INIT;
    struct signing_keys keys;
    (void)state;
    assert_int_equal(signing_keys_read(&keys, SECRET), 0);
    for (size_t i = 0; i < sizeof odd / sizeof *odd; i++) {
        char signature[SIGNATURE_SIZE + 3] = "v1,";
        struct signed_message message = {ID, odd[i], BODY, sizeof BODY - 1};
        struct web_request request = signed_with(signature);
        signing_sign(&keys.keys[0], &message, signature + 3);
        request.webhook_timestamp = odd[i];
        assert_int_equal(judge(SECRET, &request, BODY, NOW, &error), 401);
        assert_non_null(strstr(error.message, "webhook-timestamp"));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_secrets),    cmocka_unit_test(test_the_specification),
        cmocka_unit_test(test_signatures), cmocka_unit_test(test_what_is_signed),
        cmocka_unit_test(test_no_secret),  cmocka_unit_test(test_time),
        cmocka_unit_test(test_odd_times),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
