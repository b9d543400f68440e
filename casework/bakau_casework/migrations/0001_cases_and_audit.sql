-- Cases, their members, and the audit log.
CREATE TABLE "case" (
    case_id TEXT PRIMARY KEY,
    title TEXT NOT NULL,
    authority TEXT NOT NULL,
    legal_basis TEXT NOT NULL,
    purposes TEXT NOT NULL,
    status TEXT NOT NULL,
    opened_us INTEGER NOT NULL,
    opened_by TEXT NOT NULL,
    row_version INTEGER NOT NULL
) STRICT;

CREATE TABLE case_member (
    case_id TEXT NOT NULL REFERENCES "case" (case_id),
    person TEXT NOT NULL,
    added_us INTEGER NOT NULL,
    added_by TEXT NOT NULL,
    PRIMARY KEY (case_id, person)
) STRICT;

-- Append-only: body is canonical JSON, leaf is its RFC 6962 leaf hash.
CREATE TABLE audit (
    sequence INTEGER PRIMARY KEY,
    body TEXT NOT NULL,
    leaf BLOB NOT NULL
) STRICT;

CREATE TRIGGER audit_is_not_changed BEFORE UPDATE ON audit
BEGIN SELECT RAISE(ABORT, 'the audit log is append-only'); END;

CREATE TRIGGER audit_is_not_deleted BEFORE DELETE ON audit
BEGIN SELECT RAISE(ABORT, 'the audit log is append-only'); END;
