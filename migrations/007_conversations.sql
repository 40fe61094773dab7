-- 007_conversations: the conversations of the tickets, for `[sync] conversations`.
--
-- Runs on MySQL 8.0 and later and on MariaDB 10.6 and later, as 001_first does; every statement may find
-- its work already done. DATETIME columns hold UTC, but for those of the site in fluent_responses.

-- listed: what the ticket list last showed of the conversation; asked: what it showed before the stored one was
-- asked for. changed_at: when listed last changed; looked_at: when the conversation was last asked for.
CREATE TABLE IF NOT EXISTS fluent_conversations (
    site_key   VARCHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL,
    fluent_id  VARCHAR(100) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL,
    listed     VARCHAR(48) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    asked      VARCHAR(48) CHARACTER SET ascii COLLATE ascii_bin NULL,
    behind     TINYINT(1) GENERATED ALWAYS AS (NOT (listed <=> asked)) STORED,
    changed_at DATETIME NOT NULL,
    looked_at  DATETIME NULL,
    PRIMARY KEY (site_key, fluent_id),
    KEY idx_behind (site_key, behind, changed_at),
    KEY idx_looked (site_key, looked_at)
) ENGINE=InnoDB ROW_FORMAT=DYNAMIC DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci;

-- content: as received; text: readable; attachments: an array of objects with title, type and size.
CREATE TABLE IF NOT EXISTS fluent_responses (
    site_key     VARCHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL,
    response_id  BIGINT NOT NULL,
    fluent_id    VARCHAR(100) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL,
    type         VARCHAR(50) NOT NULL,
    person_type  VARCHAR(50) NULL,
    person_name  VARCHAR(255) NULL,
    person_email VARCHAR(255) NULL,
    content      MEDIUMTEXT NULL,
    text         MEDIUMTEXT NULL,
    attachments  JSON NULL,
    created_at   DATETIME NULL,
    updated_at   DATETIME NULL,
    deleted_at   DATETIME NULL,
    fingerprint  CHAR(32) CHARACTER SET ascii NOT NULL,
    PRIMARY KEY (site_key, response_id),
    KEY idx_ticket (site_key, fluent_id, response_id),
    KEY idx_type (site_key, type)
) ENGINE=InnoDB ROW_FORMAT=DYNAMIC DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci;

-- Last of all: only now is the migration done.
INSERT IGNORE INTO fluent_schema_version (version, name) VALUES (7, '007_conversations');
