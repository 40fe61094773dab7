-- busy.sql: rows beside what the sample site gives, for looking at the page: 199 earlier runs, ten
-- minutes apart and now and then not well, requests of other sources, and people's edits.

SET @now = UTC_TIMESTAMP();
UPDATE fluent_sync_status SET last_sync_at = @now - INTERVAL 1 MINUTE;
SET @last = (SELECT MAX(id) FROM fluent_sync_status);
UPDATE fluent_sync_status SET id = id + 1000 ORDER BY id DESC;

INSERT INTO fluent_sync_status
    (id, site_key, last_sync_at, last_sync_status, mode, exit_code, complete, sync_duration_ms,
     tickets_fetched, tickets_added, tickets_updated, error_message, host, pid, version)
WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 199)
SELECT 1000 - i, '', @now - INTERVAL i * 10 MINUTE,
       CASE WHEN i IN (28, 29, 30, 31) THEN 'partial' WHEN i IN (95, 96, 97, 134) THEN 'failed'
            ELSE 'success' END,
       IF(i = 70, 'full', 'incremental'),
       CASE WHEN i IN (28, 29, 30, 31) THEN 3 WHEN i IN (95, 96, 97) THEN 5 WHEN i = 134 THEN 6
            ELSE 0 END,
       i NOT IN (28, 29, 30, 31, 95, 96, 97, 134),
       CASE WHEN i = 70 THEN 4600 WHEN i IN (95, 96, 97) THEN 65000 WHEN i = 134 THEN 3100
            ELSE 380 + i * 7919 % 400 END,
       100, IF(i % 9 = 0, 1, 0), i * 31 % 4,
       CASE WHEN i IN (28, 29, 30, 31) THEN '1 ticket cannot be stored: see `fluent-sync rejects`'
            WHEN i IN (95, 96, 97) THEN 'the site is in maintenance, or overloaded (status 503)'
            WHEN i = 134 THEN 'database: the server has too many connections' END,
       'web1', 4000 + i, '0.1.0'
FROM n;

INSERT INTO requests (date, time, source, category, urgency, description, website_url, status)
WITH RECURSIVE n (i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < 39)
SELECT DATE(@now) - INTERVAL i * 2 + 1 DAY, SEC_TO_TIME(32400 + i * 431),
       ELT(i % 4 + 1, 'sms', 'email', 'phone', 'ticket'),
       ELT(i % 3 + 1, 'Website', 'Hosting', 'Email'), ELT(i % 5 + 1, 'MEDIUM', 'MEDIUM', 'LOW', 'HIGH', 'MEDIUM'),
       ELT(i % 8 + 1, 'Can we move the call to Friday?', 'Logo as SVG?',
           'Rang about the invoice, wants to be called back after 15:00',
           'Old ticket system: move the FAQ to the new site\n\nThe pages are in the attachment.',
           'pls call me back re newsletter', 'Texts for the page "Courses", third version',
           'Voicemail: home page shows a warning about the certificate',
           'Old ticket system: mail forwarding for the shop'),
       IF(i % 2, ELT(i % 3 + 1, 'https://featherstonehaugh.example/shop?x=1', 'https://aasboats.example',
                     'https://lefortvins.example'), NULL), 'active'
FROM n;

-- Edits of people.
SET @newest = (SELECT MAX(CAST(fluent_id AS UNSIGNED)) FROM fluent_tickets);
UPDATE requests AS r JOIN fluent_tickets AS f ON f.request_id = r.id
SET r.category = IF(f.fluent_id % 2, IF(r.category = 'Hosting', 'Email', 'Hosting'), r.category), r.urgency = IF(f.fluent_id % 2, r.urgency, 'HIGH'),
    f.edits_kept = 1
WHERE f.fluent_id IN (@newest - 2, @newest - 7, @newest - 31, @newest - 90);
UPDATE fluent_tickets SET deleted_at = @now - INTERVAL 2 DAY WHERE fluent_id = @newest - 9;
