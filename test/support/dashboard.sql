-- dashboard: people who edit requests while fluent-sync runs, as procedures of the database.
--
-- CALL work(PAUSE) edits, one request at a time, with PAUSE seconds in between, until a row is in
-- `closing`. Each edit is one transaction together with its row in `edits`, so that what a cluster
-- took back (error 1213) is not on record as made. A value once set is never set to another one.

CREATE TABLE edits (
    id         INT NOT NULL AUTO_INCREMENT PRIMARY KEY,
    request_id INT NOT NULL,
    field      VARCHAR(20) NOT NULL,
    value      VARCHAR(50) NOT NULL,
    KEY (request_id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci;
CREATE TABLE closing (id INT NOT NULL PRIMARY KEY) ENGINE=InnoDB;
-- The edits that lost against another transaction.
CREATE TABLE conflicts (id INT NOT NULL AUTO_INCREMENT PRIMARY KEY) ENGINE=InnoDB;

DELIMITER //

CREATE PROCEDURE edit()
BEGIN
    DECLARE request INT;
    DECLARE field VARCHAR(20) DEFAULT
        ELT(1 + FLOOR(RAND() * 6), 'urgency', 'category', 'description', 'effort', 'estimated_hours', 'own');
    DECLARE value VARCHAR(50) DEFAULT
        ELT(FIELD(field, 'urgency', 'category', 'description', 'effort', 'estimated_hours', 'own'),
            'PROMOTION', 'By hand', 'Somebody wrote this.', 'Large', '7.50', 'A mail.');
    DECLARE EXIT HANDLER FOR SQLEXCEPTION
    BEGIN
        ROLLBACK;
        INSERT INTO conflicts () VALUES ();
    END;
    IF field = 'own' THEN
        START TRANSACTION;
        INSERT INTO requests (description, source, category) VALUES (value, 'email', 'Support');
        INSERT INTO edits (request_id, field, value) VALUES (LAST_INSERT_ID(), field, value);
        COMMIT;
    ELSE
        SET request = (SELECT id FROM requests WHERE source = 'fluent' ORDER BY RAND() LIMIT 1);
        IF request IS NOT NULL THEN
            START TRANSACTION;
            CASE field
            WHEN 'urgency' THEN UPDATE requests SET urgency = value WHERE id = request;
            WHEN 'category' THEN UPDATE requests SET category = value WHERE id = request;
            WHEN 'description' THEN UPDATE requests SET description = value WHERE id = request;
            WHEN 'effort' THEN UPDATE requests SET effort = value WHERE id = request;
            ELSE UPDATE requests SET estimated_hours = value WHERE id = request;
            END CASE;
            INSERT INTO edits (request_id, field, value) VALUES (request, field, value);
            COMMIT;
        END IF;
    END IF;
END //

CREATE PROCEDURE work(pause DECIMAL(6,3))
BEGIN
    WHILE NOT EXISTS (SELECT 1 FROM closing) DO
        CALL edit();
        DO SLEEP(pause);
    END WHILE;
END //

-- Edits that are on record, but not in the tables.
CREATE PROCEDURE lost_edits()
BEGIN
    SELECT COUNT(*) FROM edits e LEFT JOIN requests r ON r.id = e.request_id
    WHERE NOT e.value <=> CASE e.field
        WHEN 'urgency' THEN r.urgency
        WHEN 'category' THEN r.category
        WHEN 'effort' THEN r.effort
        WHEN 'estimated_hours' THEN r.estimated_hours
        ELSE r.description END;
END //

-- The statements that make the same edits in other tables with the same tickets.
CREATE PROCEDURE same_edits()
BEGIN
    SELECT DISTINCT CONCAT('UPDATE requests r JOIN fluent_tickets f ON f.request_id = r.id SET r.',
                           e.field, ' = ', QUOTE(e.value), ' WHERE f.fluent_id = ',
                           QUOTE(f.fluent_id), ';')
    FROM edits e JOIN fluent_tickets f ON f.request_id = e.request_id;
END //

DELIMITER ;
