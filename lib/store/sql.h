/* sql: every statement that fluent-sync sends, those in migrations/ apart. MySQL 8 and 9, and
 * MariaDB. */
#ifndef FLUENT_SYNC_SQL_H
#define FLUENT_SYNC_SQL_H

#include "model/counters.h"

/* Migrating; the statements of the migrations themselves are in migrations/ */
#define SQL_MIGRATE_VERSION "SELECT MAX(version) FROM fluent_schema_version"
#define SQL_MIGRATE_SITE_KEYS "SELECT '' UNION SELECT site_key FROM fluent_sync_state"
#define SQL_MIGRATE_COMPOSED "SELECT @ddl"

/* The lease */
#define SQL_LEASE_READ                                                                             \
    "SELECT lease_owner, lease_epoch, "                                                            \
    "TIMESTAMPDIFF(SECOND, lease_heartbeat, UTC_TIMESTAMP(6)), "                                   \
    "lease_heartbeat > UTC_TIMESTAMP(6) - INTERVAL ? SECOND AND "                                  \
    "lease_heartbeat < UTC_TIMESTAMP(6) + INTERVAL ? SECOND "                                      \
    "FROM fluent_sync_state WHERE site_key = ?"
#define SQL_LEASE_ROW "INSERT IGNORE INTO fluent_sync_state (site_key) VALUES (?)"
#define SQL_LEASE_TAKE                                                                             \
    "UPDATE fluent_sync_state SET lease_owner = ?, lease_epoch = lease_epoch + 1, "                \
    "lease_heartbeat = UTC_TIMESTAMP(6) WHERE site_key = ? AND lease_epoch = ?"
#define SQL_LEASE_RENEW                                                                            \
    "UPDATE fluent_sync_state SET lease_heartbeat = UTC_TIMESTAMP(6) "                             \
    "WHERE site_key = ? AND lease_owner = ? AND lease_epoch = ?"
#define SQL_LEASE_RELEASE                                                                          \
    "UPDATE fluent_sync_state SET lease_owner = NULL, lease_heartbeat = NULL "                     \
    "WHERE site_key = ? AND lease_owner = ? AND lease_epoch = ?"

/* The state row */
#define SQL_STATE_READ                                                                             \
    "SELECT home, zone, scope, api_user, config_hash, url_form, watermark, total, max_id, "        \
    "last_full_walk, last_total_walk, walk_id, walk_started, walk_watermark, walk_total, "         \
    "walk_max_id, walk_scope, walk_user, walk_config_hash, newest, compared_at, page_cap, "        \
    "address, zone_told, "                                                                         \
    "(SELECT COUNT(*) FROM fluent_rejects r WHERE r.site_key = s.site_key), "                      \
    "(SELECT last_sync_status = 'in_progress' FROM fluent_sync_status l "                          \
    "WHERE l.site_key = s.site_key ORDER BY l.id DESC LIMIT 1), "                                  \
    "(SELECT MIN(o.id) FROM fluent_sync_status o) "                                                \
    "FROM fluent_sync_state s WHERE s.site_key = ?"
/* Under which other keys may this site be? Of tickets that the replaced service left nobody knows.
 */
#define SQL_STATE_ALIASES                                                                          \
    "SELECT site_key FROM fluent_sync_state WHERE site_key <> ? AND (home = ? OR "                 \
    "(home IS NULL AND site_key = '' AND EXISTS (SELECT 1 FROM fluent_tickets t "                  \
    "WHERE t.site_key = ''))) ORDER BY home IS NULL, site_key LIMIT 1"
#define SQL_STATE_WRITE                                                                            \
    "UPDATE fluent_sync_state SET home = ?, zone = ?, scope = ?, api_user = ?, config_hash = ?, "  \
    "url_form = ?, watermark = ?, total = ?, max_id = ?, last_full_walk = ?, "                     \
    "last_total_walk = ?, newest = ?, compared_at = ?, page_cap = ?, zone_told = ? WHERE "         \
    "site_key = ?"

/* With another site nothing that was compared holds, and a walk of the other one ends. */
#define SQL_STATE_SITE                                                                             \
    "UPDATE fluent_sync_state SET home = ?, address = ?, "                                         \
    "last_full_walk = IF(?, NULL, last_full_walk), walk_started = IF(?, NULL, walk_started) "      \
    "WHERE site_key = ?"

/* The run row */
#define SQL_RUN_INTERRUPTED                                                                        \
    "UPDATE fluent_sync_status SET last_sync_status = 'failed', complete = 0, "                    \
    "error_message = 'interrupted: the run was killed or lost its machine' "                       \
    "WHERE site_key = ? AND last_sync_status = 'in_progress'"
#define SQL_RUN_RETRACT                                                                            \
    "DELETE FROM fluent_sync_status WHERE site_key = ? AND last_sync_status = 'in_progress' "      \
    "AND host = ? AND pid = ? AND EXISTS (SELECT 1 FROM fluent_sync_state s "                      \
    "WHERE s.site_key = ? AND s.lease_owner = ? AND s.lease_epoch = ?)"
#define SQL_RUN_START                                                                              \
    "INSERT INTO fluent_sync_status (site_key, last_sync_at, last_sync_status, date_filter, "      \
    "host, pid, version) SELECT s.site_key, UTC_TIMESTAMP(), 'in_progress', ?, ?, ?, ? "           \
    "FROM fluent_sync_state s WHERE s.site_key = ? AND s.lease_owner = ? AND s.lease_epoch = ?"
#define SQL_COUNTER_ASSIGNED(member, column, ...) column " = ?, "
#define SQL_RUN_COUNTERS                                                                           \
    COUNTER_LIST(SQL_COUNTER_ASSIGNED) "sync_duration_ms = ?, mode = ?, sees_all = ?"
#define SQL_RUN_PROGRESS "UPDATE fluent_sync_status SET " SQL_RUN_COUNTERS " WHERE id = ?"
#define SQL_RUN_FINISH                                                                             \
    "UPDATE fluent_sync_status SET " SQL_RUN_COUNTERS                                              \
    ", last_sync_status = ?, complete = ?, exit_code = ?, error_message = ? WHERE id = ?"
#define SQL_RUN_TRIM                                                                               \
    "DELETE FROM fluent_sync_status WHERE site_key = ? AND id <= ("                                \
    "SELECT id FROM (SELECT id FROM fluent_sync_status WHERE site_key = ? "                        \
    "ORDER BY id DESC LIMIT ?, 1) AS kept) ORDER BY id LIMIT 100"

/* The tables as they are */
/* A table without an engine is a view. */
#define SQL_REQUESTS_TABLE                                                                         \
    "SELECT t.table_type, t.engine, e.transactions, t.create_options, "                            \
    "(SELECT c.column_type FROM information_schema.columns c WHERE "                               \
    "c.table_schema = DATABASE() AND c.table_name = 'requests' AND c.column_name = 'source') "     \
    "FROM information_schema.tables t LEFT JOIN information_schema.engines e "                     \
    "ON e.engine = t.engine WHERE t.table_schema = DATABASE() AND t.table_name = 'requests'"
#define SQL_REQUEST_COLUMNS                                                                        \
    "SELECT column_name, data_type, column_type, character_maximum_length, "                       \
    "character_octet_length, numeric_precision, numeric_scale, datetime_precision, "               \
    "column_default, extra, table_name FROM information_schema.columns "                           \
    "WHERE table_schema = DATABASE() AND (table_name = 'requests' OR "                             \
    "(table_name = 'fluent_tickets' AND column_name IN ('mailbox_id', 'response_count')))"

/* Checking. EXPLAIN asks for the rights of the statement behind it, and runs nothing. */
#define SQL_CHECK_SERVER                                                                           \
    "SELECT @@version_comment, @@global.sql_mode, @@global.time_zone, @@system_time_zone, "        \
    "@@auto_increment_increment, CURRENT_USER(), UNIX_TIMESTAMP()"
#define SQL_CHECK_CLUSTER                                                                          \
    "SHOW GLOBAL VARIABLES WHERE Variable_name IN ('wsrep_on', 'wsrep_cluster_name', "             \
    "'group_replication_group_name', 'group_replication_enforce_update_everywhere_checks')"
#define SQL_CHECK_CASCADES                                                                         \
    "SELECT constraint_name FROM information_schema.referential_constraints "                      \
    "WHERE constraint_schema = DATABASE() AND table_name = 'fluent_tickets' "                      \
    "AND (delete_rule IN ('SET NULL', 'CASCADE') OR update_rule IN ('SET NULL', 'CASCADE'))"
#define SQL_CHECK_SELECT "EXPLAIN SELECT 1 FROM %s LIMIT 1"
#define SQL_CHECK_INSERT "EXPLAIN INSERT INTO %s () VALUES ()"
#define SQL_CHECK_UPDATE "EXPLAIN UPDATE %s SET %s = 1 WHERE 1 = 0"
#define SQL_CHECK_DELETE "EXPLAIN DELETE FROM %s WHERE 1 = 0"
#define SQL_CHECK_COLUMNS                                                                          \
    "SELECT column_name, column_type, character_set_name, character_maximum_length, "              \
    "character_octet_length, is_nullable, column_default, extra FROM information_schema.columns "  \
    "WHERE table_schema = DATABASE() AND table_name = 'requests' ORDER BY ordinal_position"

/* A page */
#define SQL_SAVEPOINT "SAVEPOINT ticket"
#define SQL_ROLLBACK_TO_SAVEPOINT "ROLLBACK TO SAVEPOINT ticket"
/* A row that stands under another key is this site's by its fluent_id: it is to be written anew. */
#define SQL_LOOKUP_COLUMNS                                                                         \
    "SELECT id, fluent_id, IF(site_key = ?, fingerprint, NULL), request_id, "                      \
    "deleted_at IS NOT NULL, invisible_since IS NOT NULL, hidden, edits_kept FROM fluent_tickets"
#define SQL_LOOKUP_WHERE " WHERE fluent_id IN (?*)"
/* The index holds all these columns, which the optimizer holds for no better than the rows. */
#define SQL_LOOKUP SQL_LOOKUP_COLUMNS " FORCE INDEX (idx_unchanged)" SQL_LOOKUP_WHERE
#define SQL_LOOKUP_WITHOUT_INDEX SQL_LOOKUP_COLUMNS SQL_LOOKUP_WHERE
/* Between head and tail: the mapped columns of r. Where no foreign key stands, an id may have gone
 * to another request: ours has our source, and no ticket stored later refers to it. */
#define SQL_LOOKUP_REQUESTS_HEAD                                                                   \
    "SELECT f.id, r.id, r.status, f.base, f.ticket_number, f.created_at, f.updated_at_fluent, "    \
    "r.source = 'fluent' AND NOT EXISTS (SELECT 1 FROM fluent_tickets o "                          \
    "WHERE o.request_id = f.request_id AND o.id > f.id), f.hidden_as"
#define SQL_LOOKUP_REQUESTS_TAIL                                                                   \
    " FROM fluent_tickets f LEFT JOIN requests r ON r.id = f.request_id WHERE f.id IN (?*)"
#define SQL_FOR_UPDATE " FOR UPDATE"
/* Before and behind the mapped columns. */
#define SQL_REQUESTS_INSERT_HEAD "INSERT INTO requests ("
#define SQL_REQUESTS_INSERT_TAIL ", request_type, source, status) VALUES"
/* Between head and tail: the mapped columns, each as SQL_REQUESTS_INSERTED_COLUMN. From the first
 * id to the last, in steps. */
#define SQL_REQUESTS_INSERTED_HEAD "SELECT COUNT(*), SUM(CRC32(CONCAT(id"
#define SQL_REQUESTS_INSERTED_COLUMN                                                               \
    ", 0x1F, COALESCE(CAST(CONVERT(`%s` USING utf8mb4) AS BINARY), 0x00)"
#define SQL_REQUESTS_INSERTED_TAIL                                                                 \
    "))) FROM requests WHERE source = 'fluent' AND id BETWEEN ? AND ? AND MOD(id - ?, ?) = 0"
#define SQL_REQUESTS_READ_HEAD "SELECT r.id"
#define SQL_REQUESTS_READ_TAIL " FROM requests r WHERE r.id IN (?*)"
#define SQL_TICKET_COLUMNS                                                                         \
    "fluent_id, site_key, ticket_number, created_at, updated_at_fluent, ticket_status, "           \
    "customer_id, customer_name, customer_email, mailbox_id, title, customer_message, priority, "  \
    "product_id, product_name, agent_id, agent_name, resolved_at, response_count, raw_data, "      \
    "fingerprint, base, request_id, edits_kept, hidden, last_synced_at"
#define SQL_TICKETS_INSERT "INSERT INTO fluent_tickets (" SQL_TICKET_COLUMNS ") VALUES"
/* The ids are those of existing rows, so no automatic id is used up. */
#define SQL_TICKETS_UPDATE_HEAD "INSERT INTO fluent_tickets (id, " SQL_TICKET_COLUMNS ") VALUES"
#define SQL_TICKETS_UPDATE_TAIL                                                                    \
    "ON DUPLICATE KEY UPDATE site_key = VALUES(site_key), "                                        \
    "ticket_number = VALUES(ticket_number), created_at = VALUES(created_at), "                     \
    "updated_at_fluent = VALUES(updated_at_fluent), ticket_status = VALUES(ticket_status), "       \
    "customer_id = VALUES(customer_id), customer_name = VALUES(customer_name), "                   \
    "customer_email = VALUES(customer_email), mailbox_id = VALUES(mailbox_id), "                   \
    "title = VALUES(title), customer_message = VALUES(customer_message), "                         \
    "priority = VALUES(priority), product_id = VALUES(product_id), "                               \
    "product_name = VALUES(product_name), agent_id = VALUES(agent_id), "                           \
    "agent_name = VALUES(agent_name), resolved_at = VALUES(resolved_at), "                         \
    "response_count = VALUES(response_count), raw_data = VALUES(raw_data), "                       \
    "fingerprint = VALUES(fingerprint), base = VALUES(base), request_id = VALUES(request_id), "    \
    "edits_kept = VALUES(edits_kept), hidden = VALUES(hidden), "                                   \
    "last_synced_at = VALUES(last_synced_at)"
#define SQL_TICKETS_THERE ", deleted_at = NULL, invisible_since = NULL"
/* Between head and tail: the assignments; behind the tail: one condition per assignment. */
#define SQL_REQUEST_UPDATE_HEAD "UPDATE requests SET "
#define SQL_REQUEST_UPDATE_TAIL " WHERE id = ? AND source = 'fluent'"
#define SQL_REQUEST_UPDATE_ACTIVE " AND (status IS NULL OR status NOT IN ('deleted', 'ignored'))"
/* So that it counts as changed by nobody. */
#define SQL_REQUEST_UPDATE_VERSION ", updated_at = updated_at"
#define SQL_REQUEST_UPDATE_IF                                                                      \
    " AND CAST(CONVERT(`%s` USING utf8mb4) AS BINARY) <=> CAST(? AS BINARY)"
#define SQL_REQUEST_HIDE                                                                           \
    "UPDATE requests SET status = 'deleted' "                                                      \
    "WHERE id = ? AND source = 'fluent' AND status = 'active'"
/* Behind it SQL_REQUEST_SHOW_IF, where a row says when it was changed last. */
#define SQL_REQUEST_SHOW                                                                           \
    "UPDATE requests SET status = 'active' "                                                       \
    "WHERE id = ? AND source = 'fluent' AND status = 'deleted'"
#define SQL_REQUEST_SHOW_IF " AND updated_at <=> ?"
#define SQL_REQUEST_VERSION "SELECT updated_at FROM requests WHERE id = ?"
#define SQL_REQUEST_WHOLE "SELECT * FROM requests WHERE id = ? FOR UPDATE"

/* The walk in progress */
#define SQL_WALK_START                                                                             \
    "UPDATE fluent_sync_state SET walk_id = ?, walk_started = ?, walk_watermark = ?, "             \
    "walk_total = ?, walk_max_id = ?, walk_scope = ?, walk_user = ?, walk_config_hash = ? "        \
    "WHERE site_key = ?"
#define SQL_WALK_WATERMARK "UPDATE fluent_sync_state SET walk_watermark = ? WHERE site_key = ?"
#define SQL_WALK_TOP                                                                               \
    "UPDATE fluent_sync_state SET walk_total = ?, walk_max_id = ? WHERE site_key = ?"
#define SQL_WALK_DONE "UPDATE fluent_sync_state SET walk_started = NULL WHERE site_key = ?"
#define SQL_WALK_PAGE                                                                              \
    "INSERT INTO fluent_walk_pages (site_key, walk_id, low, high, row_count, ids, position, "      \
    "run_id) "                                                                                     \
    "VALUES"
#define SQL_WALK_PAGE_AGAIN                                                                        \
    "ON DUPLICATE KEY UPDATE row_count = VALUES(row_count), ids = VALUES(ids), "                   \
    "position = VALUES(position), run_id = VALUES(run_id)"
#define SQL_WALK_PAGES                                                                             \
    "SELECT low, high, row_count, ids, position FROM fluent_walk_pages "                           \
    "WHERE site_key = ? AND walk_id = ? ORDER BY run_id, low, high"
#define SQL_WALK_CLEAR "DELETE FROM fluent_walk_pages WHERE site_key = ?"

/* Vanished tickets */
#define SQL_PRESENT                                                                                \
    "SELECT id, fluent_id, mailbox_id, request_id, invisible_since IS NOT NULL, created_at "       \
    "FROM fluent_tickets WHERE site_key = ? AND deleted_at IS NULL AND id > ? ORDER BY id LIMIT ?"
#define SQL_COUNT_PRESENT                                                                          \
    "SELECT COUNT(*) FROM fluent_tickets WHERE site_key = ? AND deleted_at IS NULL"
#define SQL_MARK_DELETED                                                                           \
    "UPDATE fluent_tickets SET deleted_at = UTC_TIMESTAMP(), hidden = ?, hidden_as = ? "           \
    "WHERE id = ? AND deleted_at IS NULL"
/* Its id belongs to another ticket now: no id of a ticket has a '~'. */
#define SQL_SET_ASIDE                                                                              \
    "UPDATE fluent_tickets SET fluent_id = CONCAT(fluent_id, '~', id) WHERE id = ?"
#define SQL_MARK_INVISIBLE                                                                         \
    "UPDATE fluent_tickets SET invisible_since = UTC_TIMESTAMP() "                                 \
    "WHERE id = ? AND invisible_since IS NULL"

/* What no walk shows anew: rows that the last one did not write, and requests put away */
#define SQL_ASIDE                                                                                  \
    "SELECT f.id, f.fluent_id, f.fingerprint, f.request_id, f.hidden, f.edits_kept, f.raw_data "   \
    "FROM fluent_tickets f LEFT JOIN requests r ON r.id = f.request_id "                           \
    "WHERE f.site_key = ? AND f.id > ? AND (f.last_synced_at IS NULL OR f.last_synced_at < ? "     \
    "OR f.deleted_at IS NOT NULL OR f.invisible_since IS NOT NULL "                                \
    "OR r.status IN ('deleted', 'ignored') "                                                       \
    "OR EXISTS (SELECT 1 FROM fluent_rejects j WHERE j.site_key = f.site_key "                     \
    "AND j.fluent_id = f.fluent_id)) ORDER BY f.id LIMIT ?"
#define SQL_FORGET_RAW "UPDATE fluent_tickets SET raw_data = NULL WHERE id = ?"
#define SQL_FORGET_COLUMN                                                                          \
    "UPDATE fluent_tickets SET %s = NULL WHERE site_key = ? AND raw_data IS NULL "                 \
    "AND (deleted_at IS NOT NULL OR invisible_since IS NOT NULL OR last_synced_at < ?)"
#define SQL_FORGET_REJECTS                                                                         \
    "UPDATE fluent_rejects SET raw_data = NULL WHERE site_key = ? AND last_seen < "                \
    "(SELECT last_sync_at FROM fluent_sync_status WHERE id = ?)"

/* Rejects */
#define SQL_REJECTS_LOOKUP                                                                         \
    "SELECT fluent_id, reason, fingerprint, accepted, attempts FROM fluent_rejects "               \
    "WHERE site_key = ? AND fluent_id IN (?*)"
#define SQL_REJECT_WRITE                                                                           \
    "INSERT INTO fluent_rejects (site_key, fluent_id, reason, raw_data, fingerprint, attempts, "   \
    "first_seen, last_seen, next_attempt) VALUES (?, ?, ?, ?, ?, 1, UTC_TIMESTAMP(), "             \
    "UTC_TIMESTAMP(), UTC_TIMESTAMP() + INTERVAL 10 MINUTE) ON DUPLICATE KEY UPDATE "              \
    "accepted = IF(fingerprint <=> VALUES(fingerprint), accepted, 0), "                            \
    "attempts = IF(fingerprint <=> VALUES(fingerprint), attempts + 1, 1), "                        \
    "raw_data = IF(fingerprint <=> VALUES(fingerprint), COALESCE(VALUES(raw_data), raw_data), "    \
    "VALUES(raw_data)), reason = VALUES(reason), fingerprint = VALUES(fingerprint), "              \
    "last_seen = UTC_TIMESTAMP(), "                                                                \
    "next_attempt = UTC_TIMESTAMP() + INTERVAL LEAST(1440, 10 << LEAST(attempts, 8)) MINUTE"
#define SQL_REJECT_CLEAR "DELETE FROM fluent_rejects WHERE site_key = ? AND fluent_id = ?"
#define SQL_REJECTS_NAMELESS                                                                       \
    "DELETE FROM fluent_rejects WHERE site_key = ? AND (fluent_id LIKE '%#position %' OR "         \
    "(fluent_id LIKE '%#%' AND last_seen < "                                                       \
    "(SELECT last_sync_at FROM fluent_sync_status WHERE id = ?)))"
/* An attempt that lies further ahead than any is put off was planned by a clock that was wrong. */
#define SQL_REJECTS_DUE                                                                            \
    "SELECT fluent_id FROM fluent_rejects WHERE site_key = ? AND "                                 \
    "(next_attempt <= UTC_TIMESTAMP() OR next_attempt > UTC_TIMESTAMP() + INTERVAL 1440 MINUTE) "  \
    "AND fluent_id NOT LIKE '%#%' ORDER BY next_attempt LIMIT ?"
#define SQL_REJECTS_COUNT                                                                          \
    "SELECT COUNT(*), COALESCE(SUM(accepted = 0), 0) FROM fluent_rejects WHERE site_key = ?"
#define SQL_REJECTS_LIST                                                                           \
    "SELECT fluent_id, reason, accepted, attempts, first_seen, last_seen, next_attempt "           \
    "FROM fluent_rejects WHERE site_key = ? ORDER BY first_seen, fluent_id"
#define SQL_REJECT_ACCEPT                                                                          \
    "UPDATE fluent_rejects SET accepted = 1 WHERE site_key = ? AND fluent_id = ?"

/* Reports */
#define SQL_COUNTER_NAMED(member, column, ...) column ", "
#define SQL_REPORT_RUNS                                                                            \
    "SELECT id, last_sync_at, last_sync_status, mode, " COUNTER_LIST(                              \
        SQL_COUNTER_NAMED) "complete, sees_all, exit_code, error_message, sync_duration_ms, "      \
                           "date_filter, host, pid, "                                              \
                           "version, created_at, updated_at "                                      \
                           "FROM fluent_sync_status WHERE site_key = ? ORDER BY id DESC LIMIT ?"
#define SQL_REPORT_BREAKDOWN                                                                       \
    "SELECT MIN(ticket_status) AS ticket_status, COUNT(*) AS count FROM fluent_tickets "           \
    "WHERE site_key = ? AND deleted_at IS NULL GROUP BY CAST(ticket_status AS BINARY) "            \
    "ORDER BY 2 DESC, CAST(ticket_status AS BINARY)"
#define SQL_REPORT_LAST_COMPLETE                                                                   \
    "SELECT last_sync_at FROM fluent_sync_status "                                                 \
    "WHERE site_key = ? AND last_sync_status = 'success' AND (mode IS NULL OR mode <> 'tickets') " \
    "ORDER BY id DESC LIMIT 1"
#define SQL_REPORT_TICKETS                                                                         \
    "SELECT f.id, f.fluent_id, f.ticket_number, f.created_at, f.updated_at_fluent, "               \
    "f.ticket_status, f.customer_id, f.customer_name, f.customer_email, f.mailbox_id, f.title, "   \
    "f.customer_message, f.priority, f.product_id, f.product_name, f.agent_id, f.agent_name, "     \
    "f.resolved_at, f.response_count, f.request_id, f.edits_kept, f.deleted_at, "                  \
    "f.invisible_since, f.last_synced_at, f.created_at_local, f.updated_at_local, "                \
    "r.date, r.time, r.category, r.urgency, r.status, r.source, r.description "                    \
    "FROM fluent_tickets f LEFT JOIN requests r ON r.id = f.request_id AND r.source = 'fluent' "   \
    "WHERE f.site_key = ?"
#define SQL_REPORT_WITH_STATUS                                                                     \
    " AND CAST(CONVERT(f.ticket_status USING utf8mb4) AS BINARY) = CAST(? AS BINARY)"
#define SQL_REPORT_WITH_MAILBOX " AND f.mailbox_id = ?"
#define SQL_REPORT_PAGE " ORDER BY f.created_at DESC, f.id DESC LIMIT ? OFFSET ?"
#define SQL_REPORT_BASES                                                                           \
    "SELECT f.id, f.fluent_id FROM fluent_tickets f "                                              \
    "WHERE f.site_key = ? AND f.request_id IS NOT NULL AND f.id > ? ORDER BY f.id LIMIT ?"

#endif
