-- Programs that ask the register whether a tool may be used, such as a gateway in
-- front of AI tools, have an account among the people, of another kind and with a
-- limit of their own. What they are answered follows the register: its changes are
-- counted for each organisation, in the order in which they are committed.

ALTER TABLE people ADD COLUMN kind TEXT NOT NULL DEFAULT 'person';
ALTER TABLE people ADD COLUMN per_minute INTEGER NOT NULL DEFAULT 0;

CREATE TABLE register_changes (
    org_id TEXT    NOT NULL,
    last   INTEGER NOT NULL,
    CONSTRAINT register_changes_pk PRIMARY KEY (org_id),
    CONSTRAINT register_changes_org_fk FOREIGN KEY (org_id) REFERENCES organisations (id)
);

-- The change that wrote the version; 0 is from before they were counted.
ALTER TABLE register_entries ADD COLUMN change INTEGER NOT NULL DEFAULT 0;
CREATE INDEX register_entries_change_idx ON register_entries (org_id, change) WHERE until IS NULL;
