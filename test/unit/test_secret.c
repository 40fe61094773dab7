/* test_secret: what held a password is wiped before it is freed. free and realloc are watched: the
 * linker puts those of this file in their place. */
#include <fcntl.h>
#include <malloc.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/secret.h"
#include "config/config.h"

/* Long enough that no freed block's list pointers hide it. */
#define PASSWORD "hush-hush-hush-hush-hush-hush-hush"
#define TRACE "sh-hush-hush"

static bool watching;
static int frees, traces;

void __real_free(void *block);
void __wrap_free(void *block);
void *__real_realloc(void *block, size_t size);
void *__wrap_realloc(void *block, size_t size);

static void look(void *block)
{
    if (!watching || !block)
        return;
    frees++;
    traces += memmem(block, malloc_usable_size(block), TRACE, strlen(TRACE)) != NULL;
}

void __wrap_free(void *block)
{
    look(block);
    __real_free(block);
}

/* Always to another place: what the old one held stays there. */
void *__wrap_realloc(void *block, size_t size)
{
    if (!watching || !block)
        return __real_realloc(block, size);
    size_t had = malloc_usable_size(block);
    void *copy = malloc(size);
    if (!copy)
        return NULL;
    memcpy(copy, block, had < size ? had : size);
    __wrap_free(block);
    return copy;
}

static void test_a_secret_is_wiped(void **state)
{
    (void)state;
    struct secret secret = {0};
    watching = true;
    secret_set(&secret, PASSWORD, strlen(PASSWORD), SECRET_KEEP_SPACE);
    assert_string_equal(secret_reveal(&secret), PASSWORD);
    secret_set(&secret, "another", 7, SECRET_KEEP_SPACE);
    secret_set(&secret, PASSWORD " " PASSWORD, 2 * strlen(PASSWORD) + 1, SECRET_STRIP_SPACE);
    assert_string_equal(secret_reveal(&secret), PASSWORD PASSWORD);
    secret_release(&secret);
    watching = false;
    assert_false(secret_is_set(&secret));
    assert_string_equal(secret_reveal(&secret), "");
    assert_int_equal(frees, 3);
    assert_int_equal(traces, 0);
}

/* Without stdio, whose buffer would be taken for one of those watched. */
static void write_file(const char *path, const char *text)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    assert_int_equal(write(fd, text, strlen(text)), strlen(text));
    close(fd);
}

/* Reads a configuration and releases it; how many freed blocks held the password. */
static int load(const char *ini, const char *const *environment, int expected)
{
    struct config config;
    struct error error = ERROR_INIT;
    struct config_source source = {.file = ini, .environment = environment, .need_site = true};
    frees = traces = 0;
    watching = true;
    int done = config_load(&config, &source, &error);
    if (done == 0)
        config_release(&config);
    watching = false;
    assert_int_equal(done, expected);
    assert_null(strstr(error.message, TRACE));
    assert_true(frees > 0);
    return traces;
}

#define SITE "[fluent]\napi_url = https://a.test\napi_username = u\n"
#define DATABASE "[mysql]\ndatabase = d\n"

static void test_a_configuration_is_wiped(void **state)
{
    (void)state;
    char directory[] = "/tmp/test_secret.XXXXXX", ini[64], password[64], text[512];
    const char *const none[] = {"PATH=/usr/bin:/bin", NULL};
    const char *const variables[] = {"FLUENT_API_PASSWORD=" PASSWORD, "DB_PASSWORD=" PASSWORD,
                                     NULL};
    assert_non_null(mkdtemp(directory));
    snprintf(ini, sizeof ini, "%s/ini", directory);
    snprintf(password, sizeof password, "%s/password", directory);
    write_file(password, PASSWORD "\n");
    write_file(ini, SITE "api_password = " PASSWORD "\n" DATABASE "password = " PASSWORD "\n");
    assert_int_equal(load(ini, none, 0), 0);
    snprintf(text, sizeof text,
             SITE "api_password_file = %s\n" DATABASE "password_command = cat %s\n", password,
             password);
    write_file(ini, text);
    assert_int_equal(load(ini, none, 0), 0);
    write_file(ini, SITE DATABASE);
    assert_int_equal(load(ini, variables, 0), 0);
    /* Nor when something else is wrong. */
    write_file(ini, SITE "api_password = " PASSWORD "\nnonsense = 1\n" DATABASE
                         "password = " PASSWORD "\nport = x\n");
    assert_int_equal(load(ini, none, -1), 0);
    unlink(ini);
    unlink(password);
    rmdir(directory);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_secret_is_wiped),
        cmocka_unit_test(test_a_configuration_is_wiped),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
