/* test_ids: ids that are used again: a deleted ticket's by the site, a deleted request's by the
 * dashboard. */
#include <stdlib.h>
#include <string.h>

#include "harness_mirror.h"

/* Tickets' ids that the site uses again */

static void use_again(struct harness *h, int from, int to)
{
    for (int id = from; id <= to; id++)
        harness_control(h,
                        "[{'do':'delete','id':%d},"
                        "{'do':'create','ticket':{'id':%d,"
                        "'updated_at':'2025-09-30T00:00:00+00:00'}}]",
                        id, id);
}

/* Returns the row that had this id first, and its request, without what marks them as deleted. */
static char *first_owner(struct harness *h, int id)
{
    return harness_table(
        h, harness_text(h,
                        "SELECT f.id, ticket_number, f.created_at, title, raw_data, base, r.* FROM "
                        "fluent_tickets f JOIN requests r ON r.id = f.request_id WHERE fluent_id "
                        "LIKE '%d%%' AND fluent_id IN ('%d', CONCAT('%d~', f.id)) "
                        "ORDER BY f.id LIMIT 1",
                        id, id, id));
}

static void test_used_again(void **state)
{
    struct harness *h = *state;
    mirror_import(h, 120, NULL, NULL);
    sync_edit(h, 5, "category = 'Forms', estimated_hours = 3");
    char *before = first_owner(h, 5);
    use_again(h, 5, 5);
    mirror_run(h, 0, "full", "--full");
    assert_string_equal(first_owner(h, 5), before);
    assert_string_equal(harness_table(h, "SELECT fluent_id = CONCAT('5~', id) FROM fluent_tickets "
                                         "WHERE deleted_at IS NOT NULL"),
                        "1\n");
    assert_string_equal(sync_last(h, "CONCAT_WS(' ', tickets_added, tickets_deleted, "
                                     "tickets_rejected)"),
                        "1 1 0");
    mirror_same(h);
    char *sums = mirror_sums(h);
    mirror_run(h, 0, "full", "--full");
    assert_string_equal(mirror_sums(h), sums);
    /* And once more: each keeps a row of its own. */
    harness_control(h, "[{'do':'delete','id':5},"
                       "{'do':'create','ticket':{'id':5,"
                       "'created_at':'2025-10-01T00:00:00+00:00'}}]");
    mirror_run(h, 0, "full", "--full");
    mirror_same(h);
    assert_string_equal(first_owner(h, 5), before);
    assert_int_equal(harness_count(h, "fluent_tickets WHERE fluent_id LIKE '5~%'"), 2);
}

/* The deletion was seen before the id came back; and by a head or a single run instead of a walk.
 */
static void test_used_again_later(void **state)
{
    struct harness *h = *state;
    mirror_import(h, 120, NULL, NULL);
    harness_control(h, "[{'do':'delete','id':5},{'do':'delete','id':6}]");
    mirror_run(h, 0, "full", "--full");
    char *deleted = harness_table(h, "SELECT deleted_at FROM fluent_tickets WHERE fluent_id = '5'");
    harness_control(h, "[{'do':'create','ticket':{'id':5}},{'do':'create','ticket':{'id':6}}]");
    mirror_run(h, 0, "tickets", "--ticket 5");
    assert_string_equal(sync_last(h, "CONCAT(tickets_added, tickets_deleted)"), "10");
    assert_string_equal(harness_table(h, "SELECT deleted_at FROM fluent_tickets "
                                         "WHERE fluent_id LIKE '5~%'"),
                        deleted);
    mirror_run(h, 0, NULL, NULL);
    mirror_same(h);
}

/* With `hide` the first one's request goes as that of any deleted ticket. */
static void test_used_again_hides(void **state)
{
    struct harness *h = *state;
    mirror_import(h, 120, NULL, "deleted_tickets = hide\n");
    use_again(h, 5, 5);
    mirror_run(h, 0, "full", "--full");
    assert_string_equal(
        harness_table(h, "SELECT deleted_at IS NULL, hidden, r.status FROM fluent_tickets f JOIN "
                         "requests r ON r.id = f.request_id WHERE fluent_id LIKE '5~%' OR "
                         "fluent_id = '5' ORDER BY f.id"),
        "0\t1\tdeleted\n1\t0\tactive\n");
}

/* A reject of an earlier version, accepted even, becomes a stored ticket. */
static void test_reject_of_before(void **state)
{
    struct harness *h = *state;
    mirror_import(h, 120, NULL, NULL);
    use_again(h, 5, 5);
    harness_sql(h, "INSERT INTO fluent_rejects (site_key, fluent_id, reason, first_seen, "
                   "last_seen, next_attempt, accepted) VALUES ('', '5', 'its id belonged to "
                   "another ticket before', UTC_TIMESTAMP(), UTC_TIMESTAMP(), UTC_TIMESTAMP(), 1)");
    mirror_turn_back(h, "last_total_walk", 0);
    mirror_run(h, 0, NULL, NULL);
    mirror_same(h);
    assert_int_equal(harness_count(h, "fluent_rejects"), 0);
}

/* As many deletions as max_deletes does not believe are not believed in this form either. */
static void test_used_again_in_bulk(void **state)
{
    struct harness *h = *state;
    mirror_import(h, 200, NULL, NULL);
    use_again(h, 1, 49);
    mirror_run(h, 3, "full", "--full");
    sync_says(harness_value(h, "SELECT MAX(reason) FROM fluent_rejects"), "max_deletes");
    assert_true(harness_number(h, "SELECT COUNT(deleted_at) FROM fluent_tickets") <= 20);
    harness_sql(h, "DELETE FROM fluent_sync_state");
    mirror_run(h, 0, "full", "--full --max-deletes 100%");
    mirror_same(h);
    assert_int_equal(harness_number(h, "SELECT COUNT(deleted_at) FROM fluent_tickets"), 49);
    assert_int_equal(harness_count(h, "fluent_rejects"), 0);
}

/* What was asked for by name and cannot be stored is no success, accepted or not. */
static void test_named_reject(void **state)
{
    struct harness *h = *state;
    mirror_import(h, 120, NULL, NULL);
    harness_control(h, "{'do':'update','id':5,'set':{'created_at':null}}");
    mirror_run(h, 3, "tickets", "--ticket 5");
    sync_expect(harness_sync(h, "rejects", "--accept", "5", NULL), 0);
    mirror_run(h, 3, "tickets", "--ticket 5");
    mirror_run(h, 3, "tickets", "--ticket 6 --ticket 5");
    mirror_run(h, 0, "tickets", "--ticket 6");
    mirror_run(h, 0, NULL, NULL);
}

/* Requests' ids that the dashboard uses again, where no foreign key stands */

#define REQUEST_OF(id) "(SELECT request_id FROM fluent_tickets WHERE fluent_id = '" id "')"

/* A phone note in the place of ticket 5's request. */
static void take_its_place(struct harness *h, const char *status)
{
    harness_sql(
        h, harness_text(h,
                        "SET FOREIGN_KEY_CHECKS = 0; SET @id = " REQUEST_OF(
                            "5") ";"
                                 "DELETE FROM requests WHERE id = @id; INSERT INTO requests (id, "
                                 "source, status, category, urgency, description) VALUES (@id, "
                                 "'phone', '%s', 'Support', 'MEDIUM', 'Call back')",
                        status));
}

static char *note(struct harness *h)
{
    return harness_table(h, "SELECT * FROM requests WHERE id = " REQUEST_OF("5"));
}

static void test_anothers_request(void **state)
{
    struct harness *h = *state;
    static const char *const sync[] = {NULL, "local_edits = overwrite\n",
                                       "deleted_tickets = hide\n"};
    for (size_t i = 0; i < 3; i++) {
        if (i == 0)
            mirror_import(h, 120, NULL, NULL);
        mirror_configure(h, NULL, sync[i], NULL);
        take_its_place(h, "active");
        char *before = note(h);
        harness_control(h,
                        "{'do':'update','id':5,'set':{'priority':'critical',"
                        "'title':'Changed %zu'}}",
                        i);
        mirror_run(h, 0, NULL, NULL);
        mirror_run(h, 0, "full", "--full");
        mirror_run(h, 0, "full", "--full --adopt");
        assert_string_equal(note(h), before);
        assert_int_equal(harness_number(h, "SELECT edits_kept FROM fluent_tickets "
                                           "WHERE fluent_id = '5'"),
                         0);
        sync_says_not(harness_sync(h, "tickets", "--json", "--limit", "500", NULL).out,
                      "Call back");
    }
    harness_control(h, "{'do':'delete','id':5}");
    mirror_run(h, 0, "full", "--full");
    assert_string_equal(harness_value(h, "SELECT status FROM requests WHERE source = 'phone'"),
                        "active");
}

/* Hidden with its ticket, removed, and the place taken by a note that somebody deleted. */
static void test_anothers_deleted_request(void **state)
{
    struct harness *h = *state;
    mirror_import(h, 120, NULL, "deleted_tickets = hide\n");
    harness_sql(h, "UPDATE fluent_tickets SET deleted_at = UTC_TIMESTAMP(), hidden = 1 "
                   "WHERE fluent_id = '5'");
    take_its_place(h, "deleted");
    char *before = note(h);
    mirror_run(h, 0, "full", "--full");
    assert_string_equal(note(h), before);
    assert_int_equal(harness_number(h, "SELECT COUNT(deleted_at) FROM fluent_tickets"), 0);
}

/* The id went to the request of a ticket that came later: it is that one's alone. */
static void test_a_later_tickets_request(void **state)
{
    struct harness *h = *state;
    mirror_import(h, 120, NULL, NULL);
    harness_control(h, "{'do':'update','id':5,'set':{'priority':'normal'}}");
    mirror_run(h, 0, NULL, NULL);
    harness_sql(h, "SET FOREIGN_KEY_CHECKS = 0; SET @id = (SELECT MAX(id) FROM requests);"
                   "UPDATE fluent_tickets f JOIN fluent_tickets g ON g.request_id = @id "
                   "SET f.request_id = @id, g.request_id = NULL WHERE f.fluent_id = '5';"
                   "DELETE FROM requests WHERE id = @id; INSERT INTO requests (id, source) VALUES "
                   "(@id - 1, 'fluent') ON DUPLICATE KEY UPDATE id = VALUES(id);"
                   "ALTER TABLE requests AUTO_INCREMENT = 1");
    harness_control(h, "{'do':'create','ticket':{'priority':'normal'}}");
    mirror_run(h, 0, NULL, NULL);
    static const char newest[] = "SELECT * FROM requests ORDER BY id DESC LIMIT 1";
    char *before = harness_table(h, newest);
    assert_int_equal(
        harness_count(h, "fluent_tickets WHERE request_id = (SELECT MAX(id) FROM requests)"), 2);
    harness_control(h, "{'do':'update','id':5,'set':{'priority':'critical'}}");
    mirror_run(h, 0, NULL, NULL);
    assert_string_equal(harness_table(h, newest), before);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        SYNC_TEST(test_used_again),
        SYNC_TEST(test_used_again_later),
        SYNC_TEST(test_used_again_hides),
        SYNC_TEST(test_reject_of_before),
        SYNC_TEST(test_used_again_in_bulk),
        SYNC_TEST(test_named_reject),
        SYNC_TEST(test_anothers_request),
        SYNC_TEST(test_anothers_deleted_request),
        SYNC_TEST(test_a_later_tickets_request),
    };
    return cmocka_run_group_tests(tests, harness_setup, harness_teardown);
}
