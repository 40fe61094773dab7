-- demo.sql: what is in the demo's dashboard before the first run.

SET @today = CURRENT_DATE;
INSERT INTO requests (date, time, source, category, urgency, description, website_url) VALUES
    (@today, '07:05', 'sms', 'Website', 'MEDIUM', 'Can we move the call to Friday?', NULL),
    (@today - INTERVAL 1 DAY, '15:20', 'phone', 'General', 'LOW',
     'Rang about the invoice, wants to be called back after 15:00', 'https://lefortvins.example'),
    (@today - INTERVAL 1 DAY, '10:41', 'email', 'Website', 'MEDIUM', 'Logo as SVG?',
     'https://aasboats.example');
