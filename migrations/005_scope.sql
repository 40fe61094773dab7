-- 005_scope: tickets that leave the scope because they are no longer closed, and a counter of those that
-- are closed without a date.
--
-- Runs on MySQL 8.0 and later and on MariaDB 10.6 and later, as 001_first does; every statement may find
-- its work already done.

SET NAMES utf8mb4;

-- left_scope_at: when a run first saw that the ticket is not closed, while `[scope] tickets = closed`.
SET @ddl = (
    SELECT IF(COUNT(*) > 0, 'DO 0',
              'ALTER TABLE fluent_tickets ADD COLUMN left_scope_at TIMESTAMP NULL')
    FROM information_schema.COLUMNS
    WHERE TABLE_SCHEMA = DATABASE() AND TABLE_NAME = 'fluent_tickets'
      AND COLUMN_NAME = 'left_scope_at');
PREPARE ddl FROM @ddl;
EXECUTE ddl;
DEALLOCATE PREPARE ddl;

-- What a page of tickets is compared with, and what the page of `report` sums up, is read from an index
-- alone: both need the new column. By the third one every run finds the rows whose mark is wrong.
SET @ddl = (
    SELECT IFNULL(CONCAT('ALTER TABLE fluent_tickets ', GROUP_CONCAT(
        IF(EXISTS (SELECT 1 FROM information_schema.STATISTICS AS old
                   WHERE old.TABLE_SCHEMA = DATABASE() AND old.TABLE_NAME = 'fluent_tickets'
                     AND CONVERT(old.INDEX_NAME USING utf8mb4) = want.name COLLATE utf8mb4_general_ci),
           CONCAT('DROP KEY ', want.name, ', '), ''),
        'ADD KEY ', want.name, ' ', want.columns ORDER BY want.n SEPARATOR ', ')), 'DO 0')
    FROM (SELECT 1 AS n, 'idx_unchanged' AS name, '(fluent_id,fingerprint,site_key,deleted_at,invisible_since,hidden,edits_kept,request_id,left_scope_at)' AS columns
          UNION ALL SELECT 2, 'idx_overview', '(site_key,deleted_at,created_at,ticket_status,resolved_at,updated_at_fluent,mailbox_id,edits_kept,left_scope_at)'
          UNION ALL SELECT 3, 'idx_left_scope', '(site_key,deleted_at,left_scope_at,ticket_status)') AS want
    LEFT JOIN information_schema.STATISTICS AS have
      ON have.TABLE_SCHEMA = DATABASE() AND have.TABLE_NAME = 'fluent_tickets'
     AND CONVERT(have.INDEX_NAME USING utf8mb4) = want.name COLLATE utf8mb4_general_ci
     AND have.COLUMN_NAME = 'left_scope_at'
    WHERE have.COLUMN_NAME IS NULL);
PREPARE ddl FROM @ddl;
EXECUTE ddl;
DEALLOCATE PREPARE ddl;

-- tickets_undated: of the skipped tickets those that are closed, but have no resolved_at, which
-- `[scope] date_of = resolved_at` asks for.
SET @ddl = (
    SELECT IF(COUNT(*) > 0, 'DO 0',
              'ALTER TABLE fluent_sync_status ADD COLUMN tickets_undated INT NOT NULL DEFAULT 0')
    FROM information_schema.COLUMNS
    WHERE TABLE_SCHEMA = DATABASE() AND TABLE_NAME = 'fluent_sync_status'
      AND COLUMN_NAME = 'tickets_undated');
PREPARE ddl FROM @ddl;
EXECUTE ddl;
DEALLOCATE PREPARE ddl;

-- Last of all: only now is the migration done.
INSERT IGNORE INTO fluent_schema_version (version, name) VALUES (5, '005_scope');
