/* test_buf: the leaf modules: buffers, arenas, secrets, clocks and limits, hashes. */
#include "base/buf.h"

#include <malloc.h>
#include <poll.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/clock.h"
#include "base/error.h"
#include "base/hash.h"
#include "base/secret.h"
#include "base/text.h"

/* Buffers */

static void test_buf_appends(void **state)
{
    (void)state;
    struct buf b;
    buf_init(&b, 1000);
    assert_string_equal(buf_text(&b), "");
    assert_int_equal(buf_append(&b, "a\0b", 3), 0);
    assert_int_equal(buf_puts(&b, "cd"), 0);
    assert_int_equal(buf_putc(&b, 'e'), 0);
    assert_int_equal(buf_printf(&b, "%d%s", 12, "f"), 0);
    assert_int_equal(buf_append(&b, NULL, 0), 0);
    assert_int_equal(b.len, 9);
    assert_memory_equal(b.data, "a\0bcde12f", 10);
    assert_false(b.failed);
    buf_release(&b);
}

static void test_buf_empty_appends(void **state)
{
    (void)state;
    struct buf b;
    buf_init(&b, 0);
    assert_int_equal(buf_puts(&b, ""), 0);
    assert_int_equal(buf_append(&b, NULL, 0), 0);
    assert_int_equal(buf_printf(&b, "%s", ""), 0);
    assert_string_equal(buf_text(&b), "");
    assert_int_equal(b.len, 0);
    buf_release(&b);
}

static void test_buf_ceiling_is_exact(void **state)
{
    (void)state;
    struct buf b;
    for (size_t max = 0; max < 200; max++) {
        buf_init(&b, max);
        for (size_t i = 0; i < max; i++)
            assert_int_equal(buf_putc(&b, 'x'), 0);
        assert_int_equal(buf_putc(&b, 'x'), -1);
        assert_true(b.failed);
        assert_int_equal(b.len, max);
        assert_int_equal(strlen(buf_text(&b)), max);
        buf_release(&b);
    }
    buf_init(&b, 5);
    assert_int_equal(buf_printf(&b, "%s", "12345"), 0);
    assert_int_equal(buf_printf(&b, "%s", "6"), -1);
    assert_string_equal(buf_text(&b), "12345");
    buf_release(&b);
}

static void test_buf_failure_stays(void **state)
{
    (void)state;
    struct buf b;
    buf_init(&b, 5);
    assert_int_equal(buf_puts(&b, "123"), 0);
    assert_int_equal(buf_puts(&b, "456"), -1);
    assert_false(b.starved); /* it was full */
    assert_int_equal(buf_puts(&b, "4"), -1);
    assert_int_equal(buf_putc(&b, '4'), -1);
    assert_int_equal(buf_append(&b, "", 0), -1);
    assert_int_equal(buf_printf(&b, "4"), -1);
    assert_string_equal(buf_text(&b), "123");
    buf_clear(&b);
    assert_false(b.failed);
    assert_string_equal(buf_text(&b), "");
    assert_int_equal(buf_puts(&b, "12345"), 0);
    buf_release(&b);
}

static void test_buf_sizes_that_overflow(void **state)
{
    (void)state;
    struct buf b;
    volatile size_t size = SIZE_MAX; /* the compiler would warn of a copy of that size */
    buf_init(&b, SIZE_MAX);
    assert_int_equal(buf_puts(&b, "x"), 0);
    assert_int_equal(buf_append(&b, "x", size), -1);
    assert_string_equal(buf_text(&b), "x");
    buf_release(&b);
}

static void test_buf_released_keeps_its_ceiling(void **state)
{
    (void)state;
    struct buf b;
    buf_init(&b, 3);
    buf_puts(&b, "12345");
    buf_release(&b);
    assert_false(b.failed);
    assert_null(b.data);
    assert_string_equal(buf_text(&b), "");
    assert_int_equal(buf_puts(&b, "123"), 0);
    assert_int_equal(buf_puts(&b, "4"), -1);
    buf_release(&b);
}

static void test_buf_grows(void **state)
{
    (void)state;
    struct buf b;
    buf_init(&b, 1 << 20);
    for (int i = 0; i < 10000; i++)
        assert_int_equal(buf_printf(&b, "%04d", i), 0);
    assert_int_equal(b.len, 40000);
    for (int i = 0; i < 10000; i += 999) {
        char digits[12];
        snprintf(digits, sizeof digits, "%04d", i);
        assert_memory_equal(b.data + (ptrdiff_t)i * 4, digits, 4);
    }
    assert_int_equal(b.data[b.len], '\0');
    buf_clear(&b);
    assert_int_equal(b.len, 0);
    assert_string_equal(buf_text(&b), "");
    buf_release(&b);
}

/* Arenas */

enum { PIECES = 3000 };

static void test_arena_pieces(void **state)
{
    (void)state;
    static unsigned char *pieces[PIECES];
    struct arena arena = ARENA_INIT;
    for (size_t i = 0; i < PIECES; i++) {
        size_t n = i % 97;
        pieces[i] = arena_alloc(&arena, n);
        assert_non_null(pieces[i]);
        assert_int_equal((uintptr_t)pieces[i] % _Alignof(int64_t), 0);
        for (size_t k = 0; k < n; k++)
            assert_int_equal(pieces[i][k], 0);
        memset(pieces[i], (int)(i % 251), n);
    }
    for (size_t i = 0; i < PIECES; i++)
        for (size_t k = 0; k < i % 97; k++)
            if (pieces[i][k] != i % 251)
                fail_msg("piece %zu has changed", i);
    arena_release(&arena);
}

/* What comes before goes, as far as it is in chunks of its own; the rest stays, and can grow. */
static void test_arena_release_before(void **state)
{
    (void)state;
    enum { SIZE = 100 * 1000 };
    struct arena arena = ARENA_INIT;
    for (int i = 0; i < 50; i++) {
        char *piece = arena_alloc(&arena, SIZE), *small = arena_copy(&arena, "small", 5);
        assert_non_null(piece);
        memset(piece, i, SIZE);
        size_t before = mallinfo2().uordblks; /* 0 under a sanitizer */
        arena_release_before(&arena, piece);
        if (i > 0 && before)
            assert_true(mallinfo2().uordblks + SIZE < before);
        assert_int_equal(piece[0], i);
        assert_int_equal(piece[SIZE - 1], i);
        assert_string_equal(small, "small");
    }
    char elsewhere;
    arena_release_before(&arena, &elsewhere); /* nothing of it: nothing happens */
    assert_non_null(arena_copy(&arena, "more", 4));
    arena_release(&arena);
}

/* Room that is expected is there: what is appended does not move. */
static void test_buf_expect(void **state)
{
    (void)state;
    struct buf b;
    buf_init(&b, 1000);
    buf_expect(&b, 500);
    const char *data = b.data;
    assert_string_equal(buf_text(&b), "");
    for (int i = 0; i < 500; i++)
        assert_int_equal(buf_putc(&b, 'x'), 0);
    assert_ptr_equal(b.data, data);
    assert_int_equal(b.size, 501);
    buf_expect(&b, 10);
    buf_expect(&b, SIZE_MAX); /* no more than `max` allows */
    assert_int_equal(b.size, 1001);
    assert_int_equal(b.len, 500);
    assert_int_equal(strlen(buf_text(&b)), 500);
    buf_release(&b);
    buf_expect(&b, 0);
    assert_string_equal(buf_text(&b), "");
    buf_release(&b);
}

static void test_arena_large_pieces(void **state)
{
    (void)state;
    struct arena arena = ARENA_INIT;
    static const size_t sizes[] = {65535, 65536, 65537, 1 << 20, 1};
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        char *piece = arena_alloc(&arena, sizes[i]);
        assert_non_null(piece);
        assert_int_equal(piece[sizes[i] - 1], 0);
        memset(piece, 'x', sizes[i]);
    }
    arena_release(&arena);
}

static void test_arena_failure_stays(void **state)
{
    (void)state;
    static const size_t sizes[] = {SIZE_MAX, SIZE_MAX - 5, SIZE_MAX / 2};
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        struct arena arena = ARENA_INIT;
        char *before = arena_copy(&arena, "before", 6);
        assert_false(arena.failed);
        assert_null(arena_alloc(&arena, sizes[i]));
        assert_true(arena.failed);
        assert_null(arena_alloc(&arena, 1));
        assert_null(arena_copy(&arena, "x", 1));
        assert_null(arena_printf(&arena, "x"));
        assert_string_equal(before, "before");
        arena_release(&arena);
        assert_false(arena.failed);
        assert_non_null(arena_alloc(&arena, 1));
        arena_release(&arena);
    }
}

static void test_arena_texts(void **state)
{
    (void)state;
    struct arena arena = ARENA_INIT;
    char *copy = arena_copy(&arena, "a\0bX", 3);
    assert_memory_equal(copy, "a\0b", 4);
    assert_string_equal(arena_copy(&arena, NULL, 0), "");
    assert_string_equal(arena_printf(&arena, "%d-%s", 5, "x"), "5-x");
    assert_string_equal(arena_printf(&arena, "%s", ""), "");
    assert_memory_equal(copy, "a\0b", 4);
    arena_release(&arena);
    assert_null(arena.chunks);
    arena_release(&arena);
    assert_string_equal(arena_copy(&arena, "again", 5), "again");
    arena_release(&arena);
}

/* Secrets */

static void test_secret(void **state)
{
    (void)state;
    struct secret s = {0};
    assert_false(secret_is_set(&s));
    assert_string_equal(secret_reveal(&s), "");
    assert_int_equal(secret_set(&s, "ab cd\n", 6, SECRET_KEEP_SPACE), 0);
    assert_true(secret_is_set(&s));
    assert_string_equal(secret_reveal(&s), "ab cd\n");
    assert_int_equal(secret_set(&s, " \t\n\v\f\r", 6, SECRET_STRIP_SPACE), 0);
    assert_true(secret_is_set(&s));
    assert_string_equal(secret_reveal(&s), "");
    assert_int_equal(secret_set(&s, "a b\tc\r\nd\ve\ff\xC2\xA0g", 15, SECRET_STRIP_SPACE), 0);
    assert_string_equal(secret_reveal(&s), "abcdef\xC2\xA0g");
    assert_int_equal(secret_set(&s, "12345", 3, SECRET_KEEP_SPACE), 0);
    assert_string_equal(secret_reveal(&s), "123");
    secret_release(&s);
    assert_false(secret_is_set(&s));
    assert_string_equal(secret_reveal(&s), "");
    secret_release(&s);
}

/* Clocks and limits */

static void test_clocks(void **state)
{
    (void)state;
    int64_t before = clock_monotonic_ms();
    assert_true(clock_monotonic_ms() >= before);
    assert_true(clock_wall_ms() > INT64_C(1700000000000)); /* not seconds, not since boot */
}

static void assert_limit(const struct limits *limits, enum error_code code, const char *says)
{
    struct error e = ERROR_INIT;
    assert_int_equal(limits_check(limits, &e), code == ERR_NONE ? 0 : -1);
    assert_int_equal(e.code, code);
    assert_non_null(strstr(e.message, says));
}

static void test_limits(void **state)
{
    (void)state;
    struct limits_signal signal = {.readable = -1};
    struct limits limits = {.deadline_ms = INT64_MAX, .signal = NULL};
    assert_limit(&limits, ERR_NONE, "");
    limits.signal = &signal;
    assert_limit(&limits, ERR_NONE, "");
    signal.number = SIGINT;
    assert_limit(&limits, ERR_SIGINT, "SIGINT");
    signal.number = SIGTERM;
    assert_limit(&limits, ERR_SIGTERM, "SIGTERM");
    limits.deadline_ms = 0;
    assert_limit(&limits, ERR_SIGTERM, "SIGTERM"); /* a signal counts first */
    signal.number = 0;
    assert_limit(&limits, ERR_DEADLINE, "deadline");
    limits.deadline_ms = clock_monotonic_ms();
    assert_limit(&limits, ERR_DEADLINE, "deadline");
    limits.deadline_ms = clock_monotonic_ms() + 3600 * 1000;
    assert_limit(&limits, ERR_NONE, "");
}

static void test_limits_left(void **state)
{
    (void)state;
    struct limits limits = {.deadline_ms = INT64_MAX};
    assert_int_equal(limits_left_ms(&limits, 5000), 5000);
    limits.deadline_ms = 0;
    assert_int_equal(limits_left_ms(&limits, 5000), 0);
    limits.deadline_ms = clock_monotonic_ms() + 3600 * 1000;
    assert_int_equal(limits_left_ms(&limits, 5000), 5000);
    assert_in_range(limits_left_ms(&limits, INT64_MAX), 1800 * 1000, 3600 * 1000);
}

/* Each of these would else wait for an hour. */
static void test_limits_await(void **state)
{
    (void)state;
    enum { HOUR_MS = 3600 * 1000 };
    struct limits_signal signal;
    struct error e = ERROR_INIT;
    struct limits limits = {.deadline_ms = INT64_MAX, .signal = &signal};
    int ends[2];
    assert_int_equal(pipe(ends), 0);
    limits_signal_open(&signal);
    assert_false(limits_await(&limits, ends[0], POLLIN, 0));
    assert_false(limits_await(&limits, ends[0], POLLIN, -1));
    limits.deadline_ms = 0;
    assert_false(limits_await(&limits, ends[0], POLLIN, HOUR_MS));
    limits.deadline_ms = INT64_MAX;
    limits_signal_note(&signal, SIGINT);
    assert_false(limits_await(&limits, ends[0], POLLIN, HOUR_MS));
    assert_limit(&limits, ERR_SIGINT, "SIGINT");
    assert_int_equal(limits_sleep_ms(&limits, HOUR_MS, &e), -1);
    assert_int_equal(write(ends[1], "", 1), 1);
    assert_true(limits_await(&limits, ends[0], POLLIN, HOUR_MS));
    close(signal.readable);
    close(ends[0]);
    close(ends[1]);
}

static void *note_interrupt(void *context)
{
    limits_signal_note(context, SIGINT);
    return NULL;
}

/* Where there is no descriptor for it. */
static void test_limits_await_blindly(void **state)
{
    (void)state;
    struct limits_signal signal = {.readable = -1};
    const struct limits limits = {.deadline_ms = INT64_MAX, .signal = &signal};
    struct error e = ERROR_INIT;
    pthread_t thread;
    assert_int_equal(pthread_create(&thread, NULL, note_interrupt, &signal), 0);
    assert_int_equal(limits_sleep_ms(&limits, INT64_C(3600) * 1000, &e), -1);
    assert_int_equal(pthread_join(thread, NULL), 0);
}

/* Hashes */

static void test_hashes_do_not_change(void **state)
{
    (void)state;
    char digits[HASH_SIZE]; /* fingerprints in databases depend on these */
    hash_bytes("", 0, digits);
    assert_string_equal(digits, "99aa06d3014798d86001c324468d497f");
    hash_bytes("a", 1, digits);
    assert_string_equal(digits, "a96faf705af16834e6c632b61e964e1f");
}

static void test_hashes_of_pieces(void **state)
{
    (void)state;
    char text[2000], whole[HASH_SIZE], pieces[HASH_SIZE];
    for (size_t i = 0; i < sizeof text; i++)
        text[i] = (char)(i * 7);
    hash_bytes(text, sizeof text, whole);
    assert_int_equal(strspn(whole, "0123456789abcdef"), HASH_SIZE - 1);
    for (size_t step = 1; step < 700; step += 111) {
        struct hash *hash = hash_new();
        assert_non_null(hash);
        for (size_t i = 0; i < sizeof text; i += step)
            hash_add(hash, text + i, sizeof text - i < step ? sizeof text - i : step);
        hash_finish(hash, pieces);
        assert_string_equal(pieces, whole);
    }
    text[1999]++;
    hash_bytes(text, sizeof text, pieces);
    assert_string_not_equal(pieces, whole);
}

/* The check value of this CRC, in one piece and in two. */
static void test_crc32(void **state)
{
    (void)state;
    assert_int_equal(hash_crc32(0, "", 0), 0);
    assert_int_equal(hash_crc32(0, "123456789", 9), 0xCBF43926);
    assert_int_equal(hash_crc32(hash_crc32(0, "1234", 4), "56789", 5), 0xCBF43926);
    assert_int_equal(hash_crc32(0, "The quick brown fox jumps over the lazy dog", 43), 0x414FA339);
    static const char zeros[32], ones[] = {"\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF"};
    assert_int_equal(hash_crc32(0, zeros, 32), 0x190A55AD);
    assert_int_equal(hash_crc32(0, ones, 13), 0xF2D6F3C1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_buf_appends),
        cmocka_unit_test(test_buf_empty_appends),
        cmocka_unit_test(test_buf_ceiling_is_exact),
        cmocka_unit_test(test_buf_failure_stays),
        cmocka_unit_test(test_buf_sizes_that_overflow),
        cmocka_unit_test(test_buf_released_keeps_its_ceiling),
        cmocka_unit_test(test_buf_grows),
        cmocka_unit_test(test_arena_pieces),
        cmocka_unit_test(test_buf_expect),
        cmocka_unit_test(test_arena_release_before),
        cmocka_unit_test(test_arena_large_pieces),
        cmocka_unit_test(test_arena_failure_stays),
        cmocka_unit_test(test_arena_texts),
        cmocka_unit_test(test_secret),
        cmocka_unit_test(test_clocks),
        cmocka_unit_test(test_limits),
        cmocka_unit_test(test_limits_left),
        cmocka_unit_test(test_limits_await),
        cmocka_unit_test(test_limits_await_blindly),
        cmocka_unit_test(test_hashes_do_not_change),
        cmocka_unit_test(test_hashes_of_pieces),
        cmocka_unit_test(test_crc32),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
