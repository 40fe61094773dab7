-- 008_deletions: since when deletions count towards `[sync] max_deletes`.
--
-- Runs on MySQL 8.0 and later and on MariaDB 10.6 and later, as 001_first does; every statement may find
-- its work already done. DATETIME columns hold UTC.

-- deletes_confirmed_at: until then somebody said that the deletions were intended (--max-deletes).
SET @ddl = (
    SELECT IF(COUNT(*) > 0, 'DO 0',
              'ALTER TABLE fluent_sync_state ADD COLUMN deletes_confirmed_at DATETIME NULL')
    FROM information_schema.COLUMNS
    WHERE TABLE_SCHEMA = DATABASE() AND TABLE_NAME = 'fluent_sync_state'
      AND COLUMN_NAME = 'deletes_confirmed_at');
PREPARE ddl FROM @ddl;
EXECUTE ddl;
DEALLOCATE PREPARE ddl;

-- Last of all: only now is the migration done.
INSERT IGNORE INTO fluent_schema_version (version, name) VALUES (8, '008_deletions');
