-- Holders who are one and the same, or kin, both ways. Columns: one, other.
SELECT party_key AS one, party_key AS other FROM holding
UNION
SELECT one, other FROM kin
