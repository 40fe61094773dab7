-- 002_trust: what a run remembers so that the next one can tell whether it may trust what it sees.
--
-- Runs on MySQL 8.0 and later and on MariaDB 10.6 and later, as 001_first does; every statement may find
-- its work already done. DATETIME columns hold UTC.

-- newest: the newest updated_at of the last comparison; compared_at: when that was by the program's own
-- clock (watermark: by the site's); page_cap: the site gives so many tickets a page at most; address: the
-- api_url of the last run, by which a site is known that does not tell its home; zone_told: the zone is what
-- the site itself told.
SET @ddl = (
    SELECT IFNULL(CONCAT('ALTER TABLE fluent_sync_state ', GROUP_CONCAT(
        'ADD COLUMN ', want.name, ' ', want.definition ORDER BY want.n SEPARATOR ', ')), 'DO 0')
    FROM (SELECT 1 AS n, 'newest' AS name, 'DATETIME NULL' AS definition
          UNION ALL SELECT 2, 'compared_at', 'DATETIME NULL'
          UNION ALL SELECT 3, 'page_cap', 'INT NULL'
          UNION ALL SELECT 4, 'address', 'VARCHAR(2048) NULL'
          UNION ALL SELECT 5, 'zone_told', 'TINYINT NULL') AS want
    LEFT JOIN information_schema.COLUMNS AS have
      ON have.TABLE_SCHEMA = DATABASE() AND have.TABLE_NAME = 'fluent_sync_state'
     AND CONVERT(have.COLUMN_NAME USING utf8mb4) = want.name COLLATE utf8mb4_general_ci
    WHERE have.COLUMN_NAME IS NULL);
PREPARE ddl FROM @ddl;
EXECUTE ddl;
DEALLOCATE PREPARE ddl;

-- position: where in the list the page's first ticket stood; run_id: of the run that read the page.
SET @ddl = (
    SELECT IFNULL(CONCAT('ALTER TABLE fluent_walk_pages ', GROUP_CONCAT(
        'ADD COLUMN ', want.name, ' ', want.definition ORDER BY want.n SEPARATOR ', ')), 'DO 0')
    FROM (SELECT 1 AS n, 'position' AS name, 'BIGINT NOT NULL DEFAULT 0' AS definition
          UNION ALL SELECT 2, 'run_id', 'INT NOT NULL DEFAULT 0') AS want
    LEFT JOIN information_schema.COLUMNS AS have
      ON have.TABLE_SCHEMA = DATABASE() AND have.TABLE_NAME = 'fluent_walk_pages'
     AND CONVERT(have.COLUMN_NAME USING utf8mb4) = want.name COLLATE utf8mb4_general_ci
    WHERE have.COLUMN_NAME IS NULL);
PREPARE ddl FROM @ddl;
EXECUTE ddl;
DEALLOCATE PREPARE ddl;

-- hidden_as: what requests.updated_at was when the ticket's request was hidden with it. Who changed
-- the request later has the last word.
SET @ddl = (
    SELECT IF(COUNT(*) > 0, 'DO 0',
              'ALTER TABLE fluent_tickets ADD COLUMN hidden_as VARCHAR(31) NULL')
    FROM information_schema.COLUMNS
    WHERE TABLE_SCHEMA = DATABASE() AND TABLE_NAME = 'fluent_tickets'
      AND COLUMN_NAME = 'hidden_as');
PREPARE ddl FROM @ddl;
EXECUTE ddl;
DEALLOCATE PREPARE ddl;

-- An installation without the foreign key: request_id takes the type of requests.id.
SET @ddl = (
    SELECT IFNULL(MAX(CONCAT('ALTER TABLE fluent_tickets MODIFY COLUMN request_id ',
                             theirs.COLUMN_TYPE, ' NULL')), 'DO 0')
    FROM information_schema.COLUMNS AS theirs
    JOIN information_schema.COLUMNS AS ours
      ON ours.TABLE_SCHEMA = theirs.TABLE_SCHEMA AND ours.TABLE_NAME = 'fluent_tickets'
     AND ours.COLUMN_NAME = 'request_id'
    WHERE theirs.TABLE_SCHEMA = DATABASE() AND theirs.TABLE_NAME = 'requests'
      AND theirs.COLUMN_NAME = 'id'
      AND (ours.DATA_TYPE <> theirs.DATA_TYPE OR
           (ours.COLUMN_TYPE LIKE '%unsigned%') <> (theirs.COLUMN_TYPE LIKE '%unsigned%')));
PREPARE ddl FROM @ddl;
EXECUTE ddl;
DEALLOCATE PREPARE ddl;

-- Last of all: only now is the migration done.
INSERT IGNORE INTO fluent_schema_version (version, name) VALUES (2, '002_trust');
