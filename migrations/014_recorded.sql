-- 014_recorded: whether every ticket that was stored is among the ids of fluent_record.
--
-- Runs on MySQL 8.0 and later and on MariaDB 10.6 and later, as 001_first does; every statement may find
-- its work already done.

-- recorded_epoch: the lease_epoch of the last run at whose end this was so. Whoever takes the lease next gets
-- another epoch, and may store a ticket that no list has shown. NULL: it is not known of any run.
SET @ddl = (
    SELECT IF(COUNT(*) > 0, 'DO 0', 'ALTER TABLE fluent_sync_state ADD COLUMN recorded_epoch BIGINT NULL')
    FROM information_schema.COLUMNS
    WHERE TABLE_SCHEMA = DATABASE() AND TABLE_NAME = 'fluent_sync_state' AND COLUMN_NAME = 'recorded_epoch');
PREPARE ddl FROM @ddl;
EXECUTE ddl;
DEALLOCATE PREPARE ddl;

-- Last of all: only now is the migration done.
INSERT IGNORE INTO fluent_schema_version (version, name) VALUES (14, '014_recorded');
