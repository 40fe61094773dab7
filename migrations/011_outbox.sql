-- 011_outbox: what is to be changed on the site, for `[push]`.
--
-- Runs on MySQL 8.0 and later and on MariaDB 10.6 and later, as 001_first does; every statement may find
-- its work already done. DATETIME columns hold UTC.

-- Whoever wants something gives fluent_id, action, what the action needs, and requested_by; the rest is the
-- program's. site_key: what stands before the colon in fluent_id, so that nobody has to give it. created_at: a
-- TIMESTAMP, as its default is made in the zone of whoever inserts. wanted: what the column of requests held that
-- a person edited; value_before: what the site showed when the row was sent last; sent_at_site: by its clock.
CREATE TABLE IF NOT EXISTS fluent_outbox (
    id           BIGINT NOT NULL AUTO_INCREMENT,
    site_key     VARCHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin
                 GENERATED ALWAYS AS (LEFT(fluent_id, GREATEST(LOCATE(':', fluent_id), 1) - 1)) STORED,
    fluent_id    VARCHAR(100) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL,
    action       ENUM('close','reopen','reply','note','set') NOT NULL,
    field        ENUM('priority','product_id','title') NULL,
    value        VARCHAR(255) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NULL,
    content      MEDIUMTEXT NULL,
    requested_by VARCHAR(100) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NULL,
    created_at   TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP,
    retried_at   DATETIME NULL,
    state        ENUM('pending','sending','done','failed','held','cancelled') NOT NULL DEFAULT 'pending',
    answered     TINYINT(1) NOT NULL DEFAULT 0,
    attempts     INT NOT NULL DEFAULT 0,
    remote_id    BIGINT NULL,
    wanted       VARCHAR(255) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NULL,
    value_before VARCHAR(255) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NULL,
    error        TEXT NULL,
    sent_at      DATETIME NULL,
    sent_at_site DATETIME NULL,
    ended_at     DATETIME NULL,
    PRIMARY KEY (id),
    KEY idx_state (site_key, state, id),
    KEY idx_ticket (site_key, fluent_id, id)
) ENGINE=InnoDB ROW_FORMAT=DYNAMIC DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci;

-- pushed_from: the server and database of the last push, so that a copy of them sends nothing; edits_looked,
-- edits_looked_all: when requests that changed, and all of them, were last looked through for edits.
SET @ddl = (
    SELECT IFNULL(CONCAT('ALTER TABLE fluent_sync_state ', GROUP_CONCAT(
        'ADD COLUMN ', want.name, ' ', want.definition ORDER BY want.n SEPARATOR ', ')), 'DO 0')
    FROM (SELECT 1 AS n, 'pushed_from' AS name, 'VARCHAR(512) NULL' AS definition
          UNION ALL SELECT 2, 'edits_looked', 'DATETIME NULL'
          UNION ALL SELECT 3, 'edits_looked_all', 'DATETIME NULL') AS want
    LEFT JOIN information_schema.COLUMNS AS have
      ON have.TABLE_SCHEMA = DATABASE() AND have.TABLE_NAME = 'fluent_sync_state'
     AND CONVERT(have.COLUMN_NAME USING utf8mb4) = want.name COLLATE utf8mb4_general_ci
    WHERE have.COLUMN_NAME IS NULL);
PREPARE ddl FROM @ddl;
EXECUTE ddl;
DEALLOCATE PREPARE ddl;

-- When a ticket's row was made: tables of some old services have no such column.
SET @ddl = (
    SELECT IF(COUNT(*) > 0, 'DO 0', CONCAT('ALTER TABLE fluent_tickets ADD COLUMN ',
        'created_at_local TIMESTAMP NULL DEFAULT CURRENT_TIMESTAMP'))
    FROM information_schema.COLUMNS
    WHERE TABLE_SCHEMA = DATABASE() AND TABLE_NAME = 'fluent_tickets'
      AND COLUMN_NAME = 'created_at_local');
PREPARE ddl FROM @ddl;
EXECUTE ddl;
DEALLOCATE PREPARE ddl;

-- The counters of a run: changes that it sent, and that had failed or were held when it ended.
SET @ddl = (
    SELECT IFNULL(CONCAT('ALTER TABLE fluent_sync_status ', GROUP_CONCAT(
        'ADD COLUMN ', want.name, ' ', want.definition ORDER BY want.n SEPARATOR ', ')), 'DO 0')
    FROM (SELECT 1 AS n, 'changes_pushed' AS name, 'INT NOT NULL DEFAULT 0' AS definition
          UNION ALL SELECT 2, 'changes_failed', 'INT NOT NULL DEFAULT 0') AS want
    LEFT JOIN information_schema.COLUMNS AS have
      ON have.TABLE_SCHEMA = DATABASE() AND have.TABLE_NAME = 'fluent_sync_status'
     AND CONVERT(have.COLUMN_NAME USING utf8mb4) = want.name COLLATE utf8mb4_general_ci
    WHERE have.COLUMN_NAME IS NULL);
PREPARE ddl FROM @ddl;
EXECUTE ddl;
DEALLOCATE PREPARE ddl;

-- Last of all: only now is the migration done.
INSERT IGNORE INTO fluent_schema_version (version, name) VALUES (11, '011_outbox');
