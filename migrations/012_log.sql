-- 012_log: since when the site's activity log has been of no use.
--
-- Runs on MySQL 8.0 and later and on MariaDB 10.6 and later, as 001_first does; every statement may find
-- its work already done. DATETIME columns hold UTC.

-- log_in_vain: then the log was refused, off, or named no deletion.
SET @ddl = (
    SELECT IF(COUNT(*) > 0, 'DO 0', 'ALTER TABLE fluent_sync_state ADD COLUMN log_in_vain DATETIME NULL')
    FROM information_schema.COLUMNS
    WHERE TABLE_SCHEMA = DATABASE() AND TABLE_NAME = 'fluent_sync_state' AND COLUMN_NAME = 'log_in_vain');
PREPARE ddl FROM @ddl;
EXECUTE ddl;
DEALLOCATE PREPARE ddl;

-- Last of all: only now is the migration done.
INSERT IGNORE INTO fluent_schema_version (version, name) VALUES (12, '012_log');
