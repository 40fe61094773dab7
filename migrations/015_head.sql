-- 015_head: how many of the newest changes the next run is to ask for first.
--
-- Runs on MySQL 8.0 and later and on MariaDB 10.6 and later, as 001_first does; every statement may find
-- its work already done.

-- head_rows: 20, and two for each ticket that the last run's head had to have, but not more than 100; NULL: that is
-- not known.
SET @ddl = (
    SELECT IF(COUNT(*) > 0, 'DO 0', 'ALTER TABLE fluent_sync_state ADD COLUMN head_rows INT NULL')
    FROM information_schema.COLUMNS
    WHERE TABLE_SCHEMA = DATABASE() AND TABLE_NAME = 'fluent_sync_state' AND COLUMN_NAME = 'head_rows');
PREPARE ddl FROM @ddl;
EXECUTE ddl;
DEALLOCATE PREPARE ddl;

-- Last of all: only now is the migration done.
INSERT IGNORE INTO fluent_schema_version (version, name) VALUES (15, '015_head');
