-- 004_inbox: the tickets that the site has called for (`POST /webhook`) and that no run has fetched yet.
--
-- Runs on MySQL 8.0 and later and on MariaDB 10.6 and later, as 001_first does; every statement may find
-- its work already done. DATETIME columns hold UTC.

-- seq: raised by each call, so that a run removes only what it read before it asked the site;
-- run_id: the run that asked for the ticket in vain since the last call.
CREATE TABLE IF NOT EXISTS fluent_inbox (
    site_key     VARCHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL,
    fluent_id    VARCHAR(100) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL,
    seq          BIGINT NOT NULL DEFAULT 1,
    first_called DATETIME NOT NULL DEFAULT CURRENT_TIMESTAMP,
    last_called  DATETIME NOT NULL DEFAULT CURRENT_TIMESTAMP,
    run_id       INT NULL,
    PRIMARY KEY (site_key, fluent_id)
) ENGINE=InnoDB ROW_FORMAT=DYNAMIC DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci;

-- Last of all: only now is the migration done.
INSERT IGNORE INTO fluent_schema_version (version, name) VALUES (4, '004_inbox');
