-- What a release may do to the record while programs of the one before it go on: it adds,
-- and nothing that is there changes its meaning.
ALTER TABLE cases ADD COLUMN next_note TEXT NOT NULL DEFAULT '';

CREATE TABLE next_notes (
    org_id  TEXT NOT NULL,
    id      TEXT NOT NULL,
    case_id TEXT NOT NULL,
    note    TEXT NOT NULL,
    PRIMARY KEY (org_id, id)
);

CREATE INDEX next_notes_case_idx ON next_notes (org_id, case_id);
