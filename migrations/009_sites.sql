-- 009_sites: many sites in one database: what is asked about one of them is found without reading the others.
--
-- Runs on MySQL 8.0 and later and on MariaDB 10.6 and later, as 001_first does; every statement may find
-- its work already done.

-- A site's tickets in the order of their rows, and the newest first. idx_left_scope begins with the columns of
-- the index that goes; nothing ever looked for a ticket_number.
SET @ddl = (
    SELECT IFNULL(CONCAT('ALTER TABLE fluent_tickets ', GROUP_CONCAT(change_ ORDER BY n SEPARATOR ', ')), 'DO 0')
    FROM (SELECT want.n AS n, CONCAT('ADD KEY ', want.name, ' ', want.columns) AS change_
          FROM (SELECT 1 AS n, 'idx_site_key_id' AS name, '(site_key,id)' AS columns
                UNION ALL SELECT 2, 'idx_site_key_created_at', '(site_key,created_at)') AS want
          LEFT JOIN information_schema.STATISTICS AS have
            ON have.TABLE_SCHEMA = DATABASE() AND have.TABLE_NAME = 'fluent_tickets'
           AND CONVERT(have.INDEX_NAME USING utf8mb4) = want.name COLLATE utf8mb4_general_ci
          WHERE have.INDEX_NAME IS NULL
          UNION ALL
          SELECT DISTINCT 3, CONCAT('DROP KEY ', INDEX_NAME)
          FROM information_schema.STATISTICS
          WHERE TABLE_SCHEMA = DATABASE() AND TABLE_NAME = 'fluent_tickets'
            AND INDEX_NAME IN ('idx_site_key_deleted_at', 'idx_ticket_number')) AS changes);
PREPARE ddl FROM @ddl;
EXECUTE ddl;
DEALLOCATE PREPARE ddl;

-- The newest run of a site that was a success, or that is in progress.
SET @ddl = (
    SELECT IF(COUNT(*) > 0, 'DO 0', CONCAT('ALTER TABLE fluent_sync_status ADD KEY ',
        'idx_site_key_last_sync_status (site_key,last_sync_status,id)'))
    FROM information_schema.STATISTICS
    WHERE TABLE_SCHEMA = DATABASE() AND TABLE_NAME = 'fluent_sync_status'
      AND INDEX_NAME = 'idx_site_key_last_sync_status');
PREPARE ddl FROM @ddl;
EXECUTE ddl;
DEALLOCATE PREPARE ddl;

-- Last of all: only now is the migration done.
INSERT IGNORE INTO fluent_schema_version (version, name) VALUES (9, '009_sites');
