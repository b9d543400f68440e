-- Parties whom a source calls kin, both ways. Columns: one, other.
SELECT subject_key AS one, object_key AS other FROM relation WHERE kind = 'kin'
UNION
SELECT object_key AS one, subject_key AS other FROM relation WHERE kind = 'kin'
