-- hostile.sql: what somebody may write into a ticket to take over whoever looks at it. Each payload
-- would call ran(), or load something, or hide the page, if it became markup.

CREATE TEMPORARY TABLE payload (id INT PRIMARY KEY AUTO_INCREMENT, text MEDIUMTEXT) CHARACTER SET utf8mb4;
INSERT INTO payload (text) VALUES
    ('<script>ran(1)</script>'),
    ('"><img src=x onerror=ran(2)>'),
    ('''><svg onload=ran(3)>'),
    ('</title></style></script><script>ran(4)</script>'),
    ('</summary></details></td></tr></table><iframe src="javascript:ran(5)"></iframe>'),
    ('--><script>ran(6)</script><!--'),
    ('<a href="javascript:ran(7)">click</a>'),
    ('&lt;script&gt;ran(8)&lt;/script&gt;'),
    ('<base href="https://evil.example/"><link rel=stylesheet href="https://evil.example/x.css">'),
    ('<style>*{display:none}</style><meta http-equiv=refresh content="0;url=https://evil.example/">'),
    ('" autofocus onfocus=ran(9) x="'),
    ('{{constructor.constructor("ran(10)")()}} ${ran(11)} `${ran(12)}`'),
    (CONCAT('abc', CHAR(0xE280AE USING utf8mb4), 'gpj.exe', CHAR(0xE281A6 USING utf8mb4), CHAR(7), CHAR(27), '[31m')),
    (CONCAT('z', REPEAT(CONVERT(0xCC81 USING utf8mb4), 80))),
    (REPEAT('W', 64000)),
    (CONCAT(REPEAT('<b>', 20000), 'ran(13)')),
    (CONVERT(0xD8AFD8A7D986D8A7 USING utf8mb4));

INSERT INTO requests (date, time, source, category, urgency, description, website_url, status)
SELECT CURRENT_DATE, '10:00:00', 'email', LEFT(text, 50), 'HIGH', LEFT(text, 65000), LEFT(text, 255), 'active'
FROM payload;

SET @first = (SELECT MIN(id) FROM fluent_tickets);
UPDATE fluent_tickets AS f JOIN payload AS p ON f.id = @first + p.id - 1
JOIN requests AS r ON r.id = f.request_id
SET f.title = LEFT(p.text, 255), f.customer_name = LEFT(p.text, 255), f.agent_name = LEFT(p.text, 255),
    f.ticket_status = LEFT(p.text, 50), f.created_at = UTC_TIMESTAMP() - INTERVAL p.id DAY,
    r.description = LEFT(p.text, 65000), r.category = LEFT(p.text, 50), r.website_url = LEFT(p.text, 255),
    r.date = CURRENT_DATE;
UPDATE fluent_tickets AS f JOIN payload AS p ON f.id = @first + p.id - 1
SET f.raw_data = JSON_SET(f.raw_data, '$.mailbox.name', LEFT(p.text, 200)), f.mailbox_id = 100 + p.id
WHERE f.raw_data IS NOT NULL;

INSERT INTO fluent_rejects (site_key, fluent_id, reason, first_seen, last_seen, next_attempt)
SELECT '', CONCAT(id, '#', LEFT(text, 60)), LEFT(text, 60000), UTC_TIMESTAMP(), UTC_TIMESTAMP(), UTC_TIMESTAMP()
FROM payload;
INSERT INTO fluent_sync_status (site_key, last_sync_at, last_sync_status, mode, exit_code, error_message, host)
SELECT '', UTC_TIMESTAMP(), 'failed', LEFT(text, 20), 1, LEFT(text, 60000), LEFT(text, 255) FROM payload;
UPDATE fluent_sync_state SET home = '"><script>ran(14)</script>';
