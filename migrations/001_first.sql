-- 001_first: the tables of fluent-sync; those of the service that it replaces are taken over in place.
--
-- Runs on MySQL 8.0 and later and on MariaDB 10.6 and later, by `fluent-sync migrate` or by hand:
--     mysql --database=NAME < 001_first.sql        (let no fluent-sync run meanwhile)
-- DDL commits by itself, so every statement may find the work of an earlier, interrupted run already
-- done, and the whole file can be run again at any time. What neither dialect can say as "if not
-- exists" is composed from information_schema into @ddl; `DO 0` then stands for "nothing to do".

SET NAMES utf8mb4;
-- Strict, but rows that the old service wrote with zero dates may stay.
SET SESSION sql_mode = 'STRICT_ALL_TABLES';
SET SESSION group_concat_max_len = 65536;

-- The lease is in here: from this statement on the migration runs under it.
CREATE TABLE IF NOT EXISTS fluent_sync_state (
    site_key         VARCHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL,
    lease_owner      VARCHAR(192) NULL,
    lease_epoch      BIGINT NOT NULL DEFAULT 0,
    lease_heartbeat  DATETIME(6) NULL,
    home             VARCHAR(255) NULL,
    zone             VARCHAR(64) NULL,
    url_form         TINYINT NOT NULL DEFAULT 0,
    watermark        DATETIME NULL,
    scope            TEXT NULL,
    total            BIGINT NULL,
    max_id           BIGINT NULL,
    config_hash      CHAR(32) CHARACTER SET ascii NULL,
    last_full_walk   DATETIME NULL,
    last_total_walk  DATETIME NULL,
    api_user         VARCHAR(255) NULL,
    walk_id          BIGINT NOT NULL DEFAULT 0,
    walk_started     DATETIME NULL,
    walk_watermark   DATETIME NULL,
    walk_scope       TEXT NULL,
    walk_config_hash CHAR(32) CHARACTER SET ascii NULL,
    walk_user        VARCHAR(255) NULL,
    walk_total       BIGINT NULL,
    walk_max_id      BIGINT NULL,
    PRIMARY KEY (site_key)
) ENGINE=InnoDB ROW_FORMAT=DYNAMIC DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci;

-- The tables of the replaced service, where it never ran. What we add to them follows below, the
-- same for new and for old ones.

-- `month`: DATE_FORMAT, as it used to be, is refused by MariaDB (error 1901).
CREATE TABLE IF NOT EXISTS requests (
    id              INT NOT NULL AUTO_INCREMENT,
    date            DATE NULL,
    time            TIME NULL,
    month           VARCHAR(7) GENERATED ALWAYS AS (LEFT(date, 7)) STORED,
    request_type    VARCHAR(50) NULL,
    category        VARCHAR(50) NULL DEFAULT 'Support',
    description     TEXT NULL,
    urgency         ENUM('LOW','MEDIUM','HIGH','PROMOTION') NULL DEFAULT 'MEDIUM',
    effort          ENUM('Small','Medium','Large') NULL DEFAULT 'Medium',
    status          ENUM('active','deleted','ignored') NULL DEFAULT 'active',
    source          ENUM('sms','ticket','email','phone','fluent') NULL DEFAULT 'sms',
    website_url     VARCHAR(255) NULL,
    estimated_hours DECIMAL(5,2) NULL DEFAULT 0.50,
    billing_date    DATE NULL,
    created_at      TIMESTAMP NULL DEFAULT CURRENT_TIMESTAMP,
    updated_at      TIMESTAMP NULL DEFAULT CURRENT_TIMESTAMP ON UPDATE CURRENT_TIMESTAMP,
    PRIMARY KEY (id),
    KEY idx_date (date),
    KEY idx_month (month),
    KEY idx_category (category),
    KEY idx_status (status),
    KEY idx_urgency (urgency),
    KEY idx_status_date_category (status, date, category)
) ENGINE=InnoDB ROW_FORMAT=DYNAMIC DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci;

-- request_id has the type of what it refers to. There is no foreign key where there can be none: to a
-- view, to a partitioned table, to another engine's.
SET @id_type = (
    SELECT IFNULL(MAX(COLUMN_TYPE), 'INT') FROM information_schema.COLUMNS
    WHERE TABLE_SCHEMA = DATABASE() AND TABLE_NAME = 'requests' AND COLUMN_NAME = 'id');
SET @foreign_key = (
    SELECT IF(COUNT(*) = 0, '',
              ', FOREIGN KEY (request_id) REFERENCES requests (id) ON DELETE SET NULL')
    FROM information_schema.TABLES AS t
    JOIN information_schema.STATISTICS AS s
      ON s.TABLE_SCHEMA = t.TABLE_SCHEMA AND s.TABLE_NAME = t.TABLE_NAME
    WHERE t.TABLE_SCHEMA = DATABASE() AND t.TABLE_NAME = 'requests' AND t.ENGINE = 'InnoDB'
      AND t.TABLE_TYPE = 'BASE TABLE' AND t.CREATE_OPTIONS NOT LIKE '%partitioned%'
      AND s.COLUMN_NAME = 'id' AND s.SEQ_IN_INDEX = 1 AND s.NON_UNIQUE = 0);
SET @ddl = CONCAT('CREATE TABLE IF NOT EXISTS fluent_tickets (
    id                INT NOT NULL AUTO_INCREMENT,
    fluent_id         VARCHAR(100) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL,
    ticket_number     VARCHAR(50) NULL,
    created_at        DATETIME NOT NULL,
    updated_at_fluent DATETIME NULL,
    ticket_status     VARCHAR(50) NULL,
    customer_id       VARCHAR(100) NULL,
    customer_name     VARCHAR(255) NULL,
    customer_email    VARCHAR(255) NULL,
    mailbox_id        INT NULL,
    title             VARCHAR(255) NULL,
    customer_message  MEDIUMTEXT NULL,
    priority          VARCHAR(20) NULL,
    product_id        VARCHAR(100) NULL,
    product_name      VARCHAR(255) NULL,
    agent_id          VARCHAR(100) NULL,
    agent_name        VARCHAR(255) NULL,
    raw_data          JSON NULL,
    request_id        ', @id_type, ' NULL,
    last_synced_at    TIMESTAMP NULL,
    created_at_local  TIMESTAMP NULL DEFAULT CURRENT_TIMESTAMP,
    updated_at_local  TIMESTAMP NULL DEFAULT CURRENT_TIMESTAMP ON UPDATE CURRENT_TIMESTAMP,
    PRIMARY KEY (id),
    UNIQUE KEY fluent_id (fluent_id),
    KEY idx_created_at (created_at),
    KEY idx_ticket_number (ticket_number),
    KEY idx_request_id (request_id),
    KEY idx_customer_email (customer_email)', @foreign_key, '
) ENGINE=InnoDB ROW_FORMAT=DYNAMIC DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci');
PREPARE ddl FROM @ddl;
EXECUTE ddl;
DEALLOCATE PREPARE ddl;

CREATE TABLE IF NOT EXISTS fluent_sync_status (
    id               INT NOT NULL AUTO_INCREMENT,
    last_sync_at     TIMESTAMP NULL,
    last_sync_status ENUM('success','failed','in_progress','partial') NULL,
    tickets_fetched  INT NULL DEFAULT 0,
    tickets_added    INT NULL DEFAULT 0,
    tickets_updated  INT NULL DEFAULT 0,
    tickets_skipped  INT NULL DEFAULT 0,
    error_message    TEXT NULL,
    sync_duration_ms INT NULL,
    date_filter      DATE NULL,
    created_at       TIMESTAMP NULL DEFAULT CURRENT_TIMESTAMP,
    updated_at       TIMESTAMP NULL DEFAULT CURRENT_TIMESTAMP ON UPDATE CURRENT_TIMESTAMP,
    PRIMARY KEY (id),
    KEY idx_last_sync_at (last_sync_at)
) ENGINE=InnoDB ROW_FORMAT=DYNAMIC DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci;

-- requests: 'fluent' becomes one more source. All else about the column stays as its owner has it:
-- the other values, character set, NULL or not, default (which MariaDB reports quoted, MySQL bare,
-- and an absent one as the word NULL or as NULL), comment.
SET @ddl = (
    SELECT IFNULL(MAX(CONCAT(
        'ALTER TABLE requests MODIFY COLUMN source ',
        LEFT(COLUMN_TYPE, CHAR_LENGTH(COLUMN_TYPE) - 1), ',''fluent'')',
        ' CHARACTER SET ', CHARACTER_SET_NAME, ' COLLATE ', COLLATION_NAME,
        IF(IS_NULLABLE = 'YES', ' NULL', ' NOT NULL'),
        CASE
            WHEN COLUMN_DEFAULT IS NULL OR COLUMN_DEFAULT = 'NULL' THEN ''
            WHEN LEFT(COLUMN_DEFAULT, 1) = '''' THEN CONCAT(' DEFAULT ', COLUMN_DEFAULT)
            ELSE CONCAT(' DEFAULT ', QUOTE(COLUMN_DEFAULT))
        END,
        IF(COLUMN_COMMENT = '', '', CONCAT(' COMMENT ', QUOTE(COLUMN_COMMENT))))), 'DO 0')
    FROM information_schema.COLUMNS AS c
    JOIN information_schema.TABLES AS t USING (TABLE_SCHEMA, TABLE_NAME)
    WHERE TABLE_SCHEMA = DATABASE() AND TABLE_NAME = 'requests' AND COLUMN_NAME = 'source'
      AND DATA_TYPE = 'enum' AND COLUMN_TYPE NOT LIKE '%''fluent''%' AND TABLE_TYPE <> 'VIEW');
PREPARE ddl FROM @ddl;
EXECUTE ddl;
DEALLOCATE PREPARE ddl;

-- fluent_tickets: every text in utf8mb4, and the engine that has transactions. DYNAMIC rows: the
-- index on customer_email is too long for the older formats.
SET @ddl = (
    SELECT IF(COUNT(*) = 0, 'DO 0', CONCAT('ALTER TABLE fluent_tickets ENGINE=InnoDB, ',
        'ROW_FORMAT=DYNAMIC, CONVERT TO CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_ci'))
    FROM information_schema.TABLES AS t
    JOIN information_schema.COLUMNS AS c
      ON c.TABLE_SCHEMA = t.TABLE_SCHEMA AND c.TABLE_NAME = t.TABLE_NAME
    WHERE t.TABLE_SCHEMA = DATABASE() AND t.TABLE_NAME = 'fluent_tickets'
      AND (t.ENGINE <> 'InnoDB' OR t.TABLE_COLLATION NOT LIKE 'utf8mb4%'
           OR (c.CHARACTER_SET_NAME <> 'utf8mb4' AND c.COLUMN_NAME <> 'fingerprint')));
PREPARE ddl FROM @ddl;
EXECUTE ddl;
DEALLOCATE PREPARE ddl;

-- Ids compare exactly; bodies of 169,000 characters were seen.
SET @ddl = (
    SELECT IFNULL(CONCAT('ALTER TABLE fluent_tickets ', GROUP_CONCAT(
        IF(COLUMN_NAME = 'fluent_id',
           CONCAT('MODIFY COLUMN fluent_id ', COLUMN_TYPE,
                  ' CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL'),
           'MODIFY COLUMN customer_message MEDIUMTEXT NULL')
        SEPARATOR ', ')), 'DO 0')
    FROM information_schema.COLUMNS
    WHERE TABLE_SCHEMA = DATABASE() AND TABLE_NAME = 'fluent_tickets'
      AND ((COLUMN_NAME = 'fluent_id' AND COLLATION_NAME <> 'utf8mb4_bin')
           OR (COLUMN_NAME = 'customer_message' AND DATA_TYPE NOT IN ('mediumtext', 'longtext'))));
PREPARE ddl FROM @ddl;
EXECUTE ddl;
DEALLOCATE PREPARE ddl;

-- Some versions of the old service had added resolved_at and response_count themselves. Names out of
-- information_schema are utf8mb3 on MySQL, which does not compare them with utf8mb4 (error 1267).
SET @ddl = (
    SELECT IFNULL(CONCAT('ALTER TABLE fluent_tickets ', GROUP_CONCAT(
        'ADD COLUMN ', want.name, ' ', want.definition ORDER BY want.n SEPARATOR ', ')), 'DO 0')
    FROM (SELECT 1 AS n, 'fingerprint' AS name, 'CHAR(32) CHARACTER SET ascii NULL' AS definition
          UNION ALL SELECT 2, 'base', 'LONGTEXT NULL'
          UNION ALL SELECT 3, 'resolved_at', 'DATETIME NULL'
          UNION ALL SELECT 4, 'response_count', 'INT NULL'
          UNION ALL SELECT 5, 'deleted_at', 'TIMESTAMP NULL'
          UNION ALL SELECT 6, 'invisible_since', 'TIMESTAMP NULL'
          UNION ALL SELECT 7, 'edits_kept', 'SMALLINT NOT NULL DEFAULT 0'
          UNION ALL SELECT 8, 'hidden', 'TINYINT(1) NOT NULL DEFAULT 0'
          UNION ALL SELECT 9, 'site_key', 'VARCHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL DEFAULT ''''') AS want
    LEFT JOIN information_schema.COLUMNS AS have
      ON have.TABLE_SCHEMA = DATABASE() AND have.TABLE_NAME = 'fluent_tickets'
     AND CONVERT(have.COLUMN_NAME USING utf8mb4) = want.name COLLATE utf8mb4_general_ci
    WHERE have.COLUMN_NAME IS NULL);
PREPARE ddl FROM @ddl;
EXECUTE ddl;
DEALLOCATE PREPARE ddl;

-- An index is missing when none, by whatever name, begins with its column.
SET @ddl = (
    SELECT IFNULL(CONCAT('ALTER TABLE fluent_tickets ', GROUP_CONCAT(
        'ADD ', want.definition ORDER BY want.n SEPARATOR ', ')), 'DO 0')
    FROM (SELECT 1 AS n, 'fluent_id' AS name, 0 AS duplicates, 'UNIQUE KEY fluent_id (fluent_id)' AS definition
          UNION ALL SELECT 2, 'created_at', 1, 'KEY idx_created_at (created_at)'
          UNION ALL SELECT 3, 'ticket_number', 1, 'KEY idx_ticket_number (ticket_number)'
          UNION ALL SELECT 4, 'request_id', 1, 'KEY idx_request_id (request_id)'
          UNION ALL SELECT 5, 'customer_email', 1, 'KEY idx_customer_email (customer_email)'
          UNION ALL SELECT 6, 'site_key', 1, 'KEY idx_site_key_deleted_at (site_key, deleted_at)') AS want
    LEFT JOIN information_schema.STATISTICS AS have
      ON have.TABLE_SCHEMA = DATABASE() AND have.TABLE_NAME = 'fluent_tickets'
     AND have.SEQ_IN_INDEX = 1 AND have.NON_UNIQUE <= want.duplicates
     AND CONVERT(have.COLUMN_NAME USING utf8mb4) = want.name COLLATE utf8mb4_general_ci
    WHERE have.COLUMN_NAME IS NULL);
PREPARE ddl FROM @ddl;
EXECUTE ddl;
DEALLOCATE PREPARE ddl;

-- Whether a ticket is unchanged is read from this index alone: a row is as long as its ticket.
SET @ddl = (
    SELECT IF(COUNT(*) > 0, 'DO 0', CONCAT('ALTER TABLE fluent_tickets ADD KEY idx_unchanged ',
        '(fluent_id,fingerprint,site_key,deleted_at,invisible_since,hidden,edits_kept,request_id)'))
    FROM information_schema.STATISTICS
    WHERE TABLE_SCHEMA = DATABASE() AND TABLE_NAME = 'fluent_tickets'
      AND INDEX_NAME = 'idx_unchanged');
PREPARE ddl FROM @ddl;
EXECUTE ddl;
DEALLOCATE PREPARE ddl;

-- fluent_sync_status, in the same steps.
SET @ddl = (
    SELECT IF(COUNT(*) = 0, 'DO 0', CONCAT('ALTER TABLE fluent_sync_status ENGINE=InnoDB, ',
        'ROW_FORMAT=DYNAMIC, CONVERT TO CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_ci'))
    FROM information_schema.TABLES AS t
    JOIN information_schema.COLUMNS AS c
      ON c.TABLE_SCHEMA = t.TABLE_SCHEMA AND c.TABLE_NAME = t.TABLE_NAME
    WHERE t.TABLE_SCHEMA = DATABASE() AND t.TABLE_NAME = 'fluent_sync_status'
      AND (t.ENGINE <> 'InnoDB' OR t.TABLE_COLLATION NOT LIKE 'utf8mb4%'
           OR c.CHARACTER_SET_NAME <> 'utf8mb4'));
PREPARE ddl FROM @ddl;
EXECUTE ddl;
DEALLOCATE PREPARE ddl;

SET @ddl = (
    SELECT IFNULL(MAX(CONCAT('ALTER TABLE fluent_sync_status MODIFY COLUMN last_sync_status ',
        LEFT(COLUMN_TYPE, CHAR_LENGTH(COLUMN_TYPE) - 1), ',''partial'') NULL')), 'DO 0')
    FROM information_schema.COLUMNS
    WHERE TABLE_SCHEMA = DATABASE() AND TABLE_NAME = 'fluent_sync_status'
      AND COLUMN_NAME = 'last_sync_status' AND COLUMN_TYPE NOT LIKE '%''partial''%');
PREPARE ddl FROM @ddl;
EXECUTE ddl;
DEALLOCATE PREPARE ddl;

SET @ddl = (
    SELECT IFNULL(CONCAT('ALTER TABLE fluent_sync_status ', GROUP_CONCAT(
        'ADD COLUMN ', want.name, ' ', want.definition ORDER BY want.n SEPARATOR ', ')), 'DO 0')
    FROM (SELECT 1 AS n, 'site_key' AS name, 'VARCHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL DEFAULT ''''' AS definition
          UNION ALL SELECT 2, 'mode', 'VARCHAR(20) NULL'
          UNION ALL SELECT 3, 'tickets_unchanged', 'INT NOT NULL DEFAULT 0'
          UNION ALL SELECT 4, 'tickets_rejected', 'INT NOT NULL DEFAULT 0'
          UNION ALL SELECT 5, 'tickets_deleted', 'INT NOT NULL DEFAULT 0'
          UNION ALL SELECT 6, 'tickets_invisible', 'INT NOT NULL DEFAULT 0'
          UNION ALL SELECT 7, 'edits_kept', 'INT NOT NULL DEFAULT 0'
          UNION ALL SELECT 8, 'api_requests', 'INT NOT NULL DEFAULT 0'
          UNION ALL SELECT 9, 'api_bytes', 'BIGINT NOT NULL DEFAULT 0'
          UNION ALL SELECT 10, 'host', 'VARCHAR(255) NULL'
          UNION ALL SELECT 11, 'pid', 'INT NULL'
          UNION ALL SELECT 12, 'complete', 'TINYINT(1) NULL'
          UNION ALL SELECT 13, 'exit_code', 'SMALLINT NULL'
          UNION ALL SELECT 14, 'version', 'VARCHAR(32) NULL'
          UNION ALL SELECT 15, 'sees_all', 'TINYINT(1) NULL') AS want
    LEFT JOIN information_schema.COLUMNS AS have
      ON have.TABLE_SCHEMA = DATABASE() AND have.TABLE_NAME = 'fluent_sync_status'
     AND CONVERT(have.COLUMN_NAME USING utf8mb4) = want.name COLLATE utf8mb4_general_ci
    WHERE have.COLUMN_NAME IS NULL);
PREPARE ddl FROM @ddl;
EXECUTE ddl;
DEALLOCATE PREPARE ddl;

SET @ddl = (
    SELECT IFNULL(CONCAT('ALTER TABLE fluent_sync_status ', GROUP_CONCAT(
        'ADD ', want.definition ORDER BY want.n SEPARATOR ', ')), 'DO 0')
    FROM (SELECT 1 AS n, 'last_sync_at' AS name, 'KEY idx_last_sync_at (last_sync_at)' AS definition
          UNION ALL SELECT 2, 'site_key', 'KEY idx_site_key_id (site_key, id)') AS want
    LEFT JOIN information_schema.STATISTICS AS have
      ON have.TABLE_SCHEMA = DATABASE() AND have.TABLE_NAME = 'fluent_sync_status'
     AND have.SEQ_IN_INDEX = 1
     AND CONVERT(have.COLUMN_NAME USING utf8mb4) = want.name COLLATE utf8mb4_general_ci
    WHERE have.COLUMN_NAME IS NULL);
PREPARE ddl FROM @ddl;
EXECUTE ddl;
DEALLOCATE PREPARE ddl;

-- What a walk in progress has proven: a row per page, `ids` the ticket ids on it.
CREATE TABLE IF NOT EXISTS fluent_walk_pages (
    site_key  VARCHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL,
    walk_id   BIGINT NOT NULL,
    low       BIGINT NOT NULL,
    high      BIGINT NOT NULL,
    row_count INT NOT NULL,
    ids       MEDIUMBLOB NOT NULL,
    PRIMARY KEY (site_key, walk_id, low, high)
) ENGINE=InnoDB ROW_FORMAT=DYNAMIC DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci;

-- Tickets that could not be decoded or stored.
CREATE TABLE IF NOT EXISTS fluent_rejects (
    site_key     VARCHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL,
    fluent_id    VARCHAR(100) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL,
    reason       TEXT NOT NULL,
    raw_data     LONGTEXT NULL,
    fingerprint  CHAR(32) CHARACTER SET ascii NULL,
    attempts     INT NOT NULL DEFAULT 1,
    first_seen   DATETIME NOT NULL,
    last_seen    DATETIME NOT NULL,
    next_attempt DATETIME NULL,
    accepted     TINYINT(1) NOT NULL DEFAULT 0,
    PRIMARY KEY (site_key, fluent_id)
) ENGINE=InnoDB ROW_FORMAT=DYNAMIC DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci;

CREATE TABLE IF NOT EXISTS fluent_schema_version (
    version    INT NOT NULL,
    name       VARCHAR(100) NOT NULL,
    applied_at TIMESTAMP NULL DEFAULT CURRENT_TIMESTAMP,
    PRIMARY KEY (version)
) ENGINE=InnoDB ROW_FORMAT=DYNAMIC DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci;

-- Last of all: only now is the migration done.
INSERT IGNORE INTO fluent_schema_version (version, name) VALUES (1, '001_first');
