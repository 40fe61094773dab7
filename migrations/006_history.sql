-- 006_history: what changed of the stored tickets, for `[sync] history`.
--
-- Runs on MySQL 8.0 and later and on MariaDB 10.6 and later, as 001_first does; every statement may find
-- its work already done. DATETIME columns hold UTC.

-- ticket_row: the row of fluent_tickets; column_name: '' where a history begins: new_value is then an object
-- with what its columns held.
CREATE TABLE IF NOT EXISTS fluent_ticket_changes (
    id          BIGINT NOT NULL AUTO_INCREMENT,
    site_key    VARCHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL,
    ticket_row  INT NOT NULL,
    fluent_id   VARCHAR(100) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL,
    run_id      INT NOT NULL,
    seen_at     DATETIME NOT NULL,
    column_name VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    old_value   TEXT NULL,
    new_value   TEXT NULL,
    cause       ENUM('site','config','adopt') NOT NULL,
    PRIMARY KEY (id),
    KEY idx_ticket (ticket_row, column_name, id),
    KEY idx_seen (site_key, seen_at)
) ENGINE=InnoDB ROW_FORMAT=DYNAMIC DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci;

-- Last of all: only now is the migration done.
INSERT IGNORE INTO fluent_schema_version (version, name) VALUES (6, '006_history');
