-- 003_overview: what the page of `fluent-sync report` sums up is read from an index alone.
--
-- Runs on MySQL 8.0 and later and on MariaDB 10.6 and later, as 001_first does; every statement may find
-- its work already done.

-- A row is as long as its ticket: with 100,000 of them, reading each for a sum takes a second.
SET @ddl = (
    SELECT IF(COUNT(*) > 0, 'DO 0', CONCAT('ALTER TABLE fluent_tickets ADD KEY idx_overview ',
        '(site_key,deleted_at,created_at,ticket_status,resolved_at,updated_at_fluent,mailbox_id,edits_kept)'))
    FROM information_schema.STATISTICS
    WHERE TABLE_SCHEMA = DATABASE() AND TABLE_NAME = 'fluent_tickets'
      AND INDEX_NAME = 'idx_overview');
PREPARE ddl FROM @ddl;
EXECUTE ddl;
DEALLOCATE PREPARE ddl;

-- Last of all: only now is the migration done.
INSERT IGNORE INTO fluent_schema_version (version, name) VALUES (3, '003_overview');
