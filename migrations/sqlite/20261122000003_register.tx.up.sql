-- The register of approved AI tools. Every version of an entry is a row: the one
-- that holds has no end. An entry may be older than its case, for a tool that was
-- in use before there was one.

CREATE TABLE register_entries (
    org_id       TEXT      NOT NULL,
    id           TEXT      NOT NULL,
    version      INTEGER   NOT NULL,
    case_id      TEXT,
    status       TEXT      NOT NULL,
    public       BOOLEAN   NOT NULL,
    tool         TEXT      NOT NULL,
    supplier     TEXT      NOT NULL,
    product      TEXT      NOT NULL,
    kind         TEXT      NOT NULL,
    unit_ids     TEXT      NOT NULL,
    ai_act_class TEXT      NOT NULL,
    max_ipl      INTEGER   NOT NULL,
    valid_until  TEXT      NOT NULL,
    search       TEXT      NOT NULL,
    entry        TEXT      NOT NULL,
    since        TIMESTAMP NOT NULL,
    until        TIMESTAMP,
    CONSTRAINT register_entries_pk PRIMARY KEY (org_id, id, version),
    CONSTRAINT register_entries_org_fk FOREIGN KEY (org_id) REFERENCES organisations (id),
    CONSTRAINT register_entries_case_fk FOREIGN KEY (org_id, case_id) REFERENCES cases (org_id, id)
);

-- An entry has one version that holds, and a case one entry.
CREATE UNIQUE INDEX register_entries_id_key ON register_entries (org_id, id) WHERE until IS NULL;
CREATE UNIQUE INDEX register_entries_case_key ON register_entries (org_id, case_id) WHERE until IS NULL AND case_id IS NOT NULL;
CREATE INDEX register_entries_tool_idx ON register_entries (org_id, tool, id) WHERE until IS NULL;
