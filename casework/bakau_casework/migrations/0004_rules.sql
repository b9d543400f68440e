-- Rules that a workspace proposes, how far each came, by whom and why; keys whose signatures on packs are trusted; emerging methods.
CREATE TABLE rule_proposal (
    rule_id TEXT PRIMARY KEY,
    state TEXT NOT NULL,
    body TEXT NOT NULL,
    proposed_by TEXT NOT NULL,
    proposed_login TEXT NOT NULL,
    row_version INTEGER NOT NULL
) STRICT;

CREATE TABLE rule_step (
    rule_id TEXT NOT NULL,
    rule_version TEXT NOT NULL,
    state TEXT NOT NULL,
    why TEXT NOT NULL,
    person TEXT NOT NULL,
    login TEXT NOT NULL,
    alone INTEGER NOT NULL,
    stepped_us INTEGER NOT NULL
) STRICT;

CREATE INDEX rule_step_of ON rule_step (rule_id);

CREATE TABLE trusted_key (
    key TEXT PRIMARY KEY,
    label TEXT NOT NULL,
    person TEXT NOT NULL,
    trusted_us INTEGER NOT NULL
) STRICT;

CREATE TABLE method (
    method_id TEXT PRIMARY KEY,
    first_seen TEXT NOT NULL,
    says TEXT NOT NULL,
    source TEXT NOT NULL,
    address TEXT NOT NULL,
    channels TEXT NOT NULL,
    tokens TEXT NOT NULL,
    rule_id TEXT,
    person TEXT NOT NULL,
    added_us INTEGER NOT NULL
) STRICT;
