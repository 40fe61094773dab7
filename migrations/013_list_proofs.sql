-- 013_list_proofs: when which part of the list was read last, so that each run reads a part of it.
--
-- Runs on MySQL 8.0 and later and on MariaDB 10.6 and later, as 001_first does; every statement may find
-- its work already done. DATETIME columns hold UTC.

-- The tickets with ids from `low` up to the next row's were all read at proven_at; NULL: never. No rows: all of
-- them at fluent_sync_state.last_full_walk.
CREATE TABLE IF NOT EXISTS fluent_list_proofs (
    site_key  VARCHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL,
    low       BIGINT NOT NULL,
    proven_at DATETIME NULL,
    PRIMARY KEY (site_key, low)
) ENGINE=InnoDB ROW_FORMAT=DYNAMIC DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci;

-- Last of all: only now is the migration done.
INSERT IGNORE INTO fluent_schema_version (version, name) VALUES (13, '013_list_proofs');
