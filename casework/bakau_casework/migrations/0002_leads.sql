-- Lead lists: what hit, by surrogate, until the list expires; standing watches, by keyed hash, until their day; what was asked, counted.
-- A lead that hit nothing and is not watched is nowhere.
CREATE TABLE lead_list (
    list_id TEXT PRIMARY KEY,
    giver TEXT NOT NULL,
    terms TEXT NOT NULL,
    expires_on TEXT NOT NULL,
    watch_until TEXT,
    case_id TEXT REFERENCES "case" (case_id),
    purpose TEXT NOT NULL,
    person TEXT NOT NULL,
    made_us INTEGER NOT NULL
) STRICT;

CREATE TABLE lead_hit (
    list_id TEXT NOT NULL REFERENCES lead_list (list_id) ON DELETE CASCADE,
    line INTEGER NOT NULL,
    kind TEXT NOT NULL,
    how TEXT NOT NULL,
    is_exact INTEGER NOT NULL,
    account_key INTEGER,
    party_key INTEGER
) STRICT;

CREATE INDEX lead_hit_of_list ON lead_hit (list_id);

CREATE TABLE lead_watch (
    list_id TEXT NOT NULL REFERENCES lead_list (list_id) ON DELETE CASCADE,
    line INTEGER NOT NULL,
    kind TEXT NOT NULL,
    place TEXT NOT NULL,
    key INTEGER NOT NULL,
    PRIMARY KEY (list_id, line, place, key)
) STRICT;

CREATE TABLE lead_budget (
    what TEXT NOT NULL,
    scope TEXT NOT NULL,
    day TEXT NOT NULL,
    used INTEGER NOT NULL,
    PRIMARY KEY (what, scope, day)
) STRICT;
