-- One account of a person is closed, and the person whom it paid abroad is soon paid from the person's account at another institution.
WITH ending (state) AS (VALUES {states}),
used AS (
    SELECT src_person, dst_person, src, src_institution, min(ts_us) AS first_us, max(ts_us) AS last_us
    FROM sent_abroad WHERE src_institution IS NOT NULL GROUP BY src_person, dst_person, src, src_institution
),
ended AS (
    SELECT u.src_person, u.dst_person, u.src_institution, u.last_us FROM used u JOIN account a ON u.src = a.account_key JOIN ending e ON a.status = e.state
),
moved AS (
    SELECT DISTINCT n.src, n.dst_person
    FROM ended e JOIN used n ON e.src_person = n.src_person AND e.dst_person = n.dst_person AND e.src_institution <> n.src_institution
    WHERE n.first_us > e.last_us AND n.first_us - e.last_us <= {window_us}
),
wide AS (SELECT src, count(*) AS payees FROM moved GROUP BY src HAVING count(*) >= {min_payees})
SELECT f.src AS account_key, f.transfer_id, f.ts_us, CAST(w.payees AS BIGINT) AS observed
FROM sent_abroad f JOIN moved m ON f.src = m.src AND f.dst_person = m.dst_person JOIN wide w ON f.src = w.src
