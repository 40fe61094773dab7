/* test_record: the ids of all tickets on the list, and their ranks. */
#include "core/record.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

static const int64_t HIGHEST = INT64_C(1) << 53;

static struct record record_of(const int64_t *ids, size_t count)
{
    struct record record = {0};
    for (size_t i = 0; i < count; i++)
        assert_int_equal(record_insert(&record, ids[i]), 0);
    return record;
}
#define RECORD_OF(...)                                                                             \
    record_of((const int64_t[]){__VA_ARGS__}, sizeof(int64_t[]){__VA_ARGS__} / sizeof(int64_t))

static void test_empty(void **state)
{
    (void)state;
    struct record record = {0};
    assert_int_equal(record.count, 0);
    assert_false(record_has(&record, 1));
    assert_int_equal(record_rank(&record, HIGHEST), 0);
    assert_int_equal(record_next(&record, 1), 0);
    assert_int_equal(record_max(&record), 0);
    record_remove(&record, 1);
    assert_int_equal(record.used, 0);
    record_release(&record);
    record_release(&record);
}

static void test_insert_and_remove(void **state)
{
    (void)state;
    struct record record = RECORD_OF(7, 511, 512, 513, 7, HIGHEST, 1);
    assert_int_equal(record.count, 6);
    assert_true(record_has(&record, 7) && record_has(&record, 512) && record_has(&record, HIGHEST));
    assert_false(record_has(&record, 8) || record_has(&record, HIGHEST - 1));
    record_remove(&record, 512);
    record_remove(&record, 8);
    assert_false(record_has(&record, 512));
    assert_int_equal(record.count, 5);
    record_release(&record);
}

static void test_ranks(void **state)
{
    (void)state;
    struct record record = RECORD_OF(7, 511, 512, 1030, HIGHEST);
    const struct {
        int64_t id, rank, next;
    } cases[] = {{1, 0, 7},          {7, 0, 7},
                 {8, 1, 511},        {511, 1, 511},
                 {512, 2, 512},      {513, 3, 1030},
                 {1024, 3, 1030},    {1031, 4, HIGHEST},
                 {5000, 4, HIGHEST}, {HIGHEST, 4, HIGHEST},
                 {HIGHEST + 1, 5, 0}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        assert_int_equal(record_rank(&record, cases[i].id), cases[i].rank);
        assert_int_equal(record_next(&record, cases[i].id), cases[i].next);
    }
    assert_int_equal(record_rank(&record, INT64_MAX), 5);
    assert_int_equal(record_max(&record), HIGHEST);
    record_remove(&record, HIGHEST);
    assert_int_equal(record_max(&record), 1030);
    assert_int_equal(record_next(&record, 1031), 0);
    record_release(&record);
}

static size_t changed(const struct record *record)
{
    size_t count = 0;
    for (size_t i = 0; i < record->used; i++)
        count += record->chunks[i].changed;
    return count;
}

static void test_loaded_as_saved(void **state)
{
    (void)state;
    struct record record = RECORD_OF(3, 511, 512, 9000), loaded = {0};
    assert_int_equal(changed(&record), 3);
    for (size_t i = record.used; i > 0; i--)
        assert_int_equal(record_load(&loaded, record.chunks[i - 1].number, record.chunks[i - 1].ids,
                                     RECORD_CHUNK_BYTES),
                         0);
    assert_int_equal(loaded.count, 4);
    assert_int_equal(changed(&loaded), 0);
    assert_true(record_has(&loaded, 9000) && record_has(&loaded, 3));
    assert_int_equal(record_insert(&loaded, 3), 0);
    record_remove(&loaded, 4);
    assert_int_equal(changed(&loaded), 0);
    record_remove(&loaded, 9000);
    assert_int_equal(changed(&loaded), 1);
    record_release(&record);
    record_release(&loaded);
}

/* What stands in the table may have been cut, or be from elsewhere. */
static void test_odd_chunks(void **state)
{
    (void)state;
    struct record record = {0};
    static const unsigned char all[2 * RECORD_CHUNK_BYTES] = {[0 ... 127] = 0xff};
    assert_int_equal(record_load(&record, 2, "\x81", 1), 0);
    assert_true(record_has(&record, 1024) && record_has(&record, 1031));
    assert_int_equal(record.count, 2);
    assert_int_equal(record_load(&record, 2, all, sizeof all), 0);
    assert_int_equal(record.count, RECORD_CHUNK_IDS);
    assert_int_equal(record_load(&record, -1, all, sizeof all), 0);
    assert_int_equal(record.used, 1);
    record_release(&record);
}

static void test_become(void **state)
{
    (void)state;
    struct record record = RECORD_OF(1, 2, 600, 5000), other = RECORD_OF(1, 2, 601, 9000);
    for (size_t i = 0; i < record.used; i++)
        record.chunks[i].changed = false;
    assert_int_equal(record_become(&record, &other), 0);
    assert_int_equal(record.count, 4);
    for (int64_t id = 1; id <= 10000; id++)
        assert_int_equal(record_has(&record, id), record_has(&other, id));
    assert_int_equal(changed(&record), 3); /* the first chunk holds what it held */
    assert_false(record.chunks[0].changed);
    record_release(&record);
    record_release(&other);
}

static void test_against_a_plain_list(void **state)
{
    (void)state;
    enum { IDS = 4000, STEPS = 20000 };
    static bool has[IDS + 1];
    struct record record = {0};
    uint32_t random = 1;
    for (int step = 0; step < STEPS; step++) {
        random = random * 1664525 + 1013904223;
        int64_t id = 1 + (random >> 8) % IDS;
        has[id] = random % 3 > 0;
        if (has[id])
            assert_int_equal(record_insert(&record, id), 0);
        else
            record_remove(&record, id);
    }
    int64_t below = 0;
    for (int64_t id = 1; id <= IDS; id++) {
        assert_int_equal(record_rank(&record, id), below);
        assert_int_equal(record_has(&record, id), has[id]);
        below += has[id];
    }
    assert_int_equal(record.count, below);
    record_release(&record);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_empty),
        cmocka_unit_test(test_insert_and_remove),
        cmocka_unit_test(test_ranks),
        cmocka_unit_test(test_loaded_as_saved),
        cmocka_unit_test(test_odd_chunks),
        cmocka_unit_test(test_become),
        cmocka_unit_test(test_against_a_plain_list),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
