-- 010_record: the ids of all tickets that the site listed when it was last compared.
--
-- Runs on MySQL 8.0 and later and on MariaDB 10.6 and later, as 001_first does; every statement may find
-- its work already done.

-- ids: a bit for each of the 512 ids from 512 * chunk on, the lowest bit of the first byte first.
CREATE TABLE IF NOT EXISTS fluent_record (
    site_key VARCHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL,
    chunk    BIGINT NOT NULL,
    ids      VARBINARY(64) NOT NULL,
    PRIMARY KEY (site_key, chunk)
) ENGINE=InnoDB ROW_FORMAT=DYNAMIC DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci;

-- Last of all: only now is the migration done.
INSERT IGNORE INTO fluent_schema_version (version, name) VALUES (10, '010_record');
