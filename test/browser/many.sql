-- many.sql: each ticket and its request 256 times more, some minutes apart: some 100,000 of them.

CREATE TEMPORARY TABLE n (i INT PRIMARY KEY);
INSERT INTO n WITH RECURSIVE c (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM c WHERE i < 256) SELECT i FROM c;

INSERT INTO requests (id, date, time, request_type, category, description, urgency, status, source, website_url)
SELECT id + i * 10000, DATE(TIMESTAMP(date, time) - INTERVAL i * 7 MINUTE),
       TIME(TIMESTAMP(date, time) - INTERVAL i * 7 MINUTE), request_type, category, description, urgency, status,
       source, website_url
FROM requests, n WHERE source = 'fluent';
INSERT INTO fluent_tickets
    (fluent_id, request_id, created_at, updated_at_fluent, ticket_status, customer_name, mailbox_id, title, priority,
     product_name, agent_name, raw_data, resolved_at, response_count)
SELECT fluent_id + i * 10000, request_id + i * 10000, created_at - INTERVAL i * 7 MINUTE, updated_at_fluent,
       ticket_status, customer_name, mailbox_id, title, priority, product_name, agent_name,
       JSON_OBJECT('mailbox', JSON_EXTRACT(raw_data, '$.mailbox'),
                   'first_response_time', JSON_EXTRACT(raw_data, '$.first_response_time')),
       resolved_at - INTERVAL i * 7 MINUTE, response_count
FROM fluent_tickets, n WHERE request_id IS NOT NULL;
ANALYZE TABLE fluent_tickets, requests;
