-- The register of approved AI tools. Every version of an entry is a row: the one
-- that holds has no end. An entry may be older than its case, for a tool that was
-- in use before there was one.

CREATE TABLE register_entries (
    org_id       TEXT COLLATE "C" NOT NULL,
    id           TEXT COLLATE "C" NOT NULL,
    version      INTEGER          NOT NULL,
    case_id      TEXT COLLATE "C",
    status       TEXT COLLATE "C" NOT NULL,
    public       BOOLEAN          NOT NULL,
    tool         TEXT COLLATE "C" NOT NULL,
    supplier     TEXT COLLATE "C" NOT NULL,
    product      TEXT COLLATE "C" NOT NULL,
    kind         TEXT COLLATE "C" NOT NULL,
    unit_ids     TEXT COLLATE "C" NOT NULL,
    ai_act_class TEXT COLLATE "C" NOT NULL,
    max_ipl      INTEGER          NOT NULL,
    valid_until  TEXT COLLATE "C" NOT NULL,
    search       TEXT COLLATE "C" NOT NULL,
    entry        TEXT COLLATE "C" NOT NULL,
    since        TIMESTAMPTZ      NOT NULL,
    until        TIMESTAMPTZ,
    CONSTRAINT register_entries_pk PRIMARY KEY (org_id, id, version),
    CONSTRAINT register_entries_org_fk FOREIGN KEY (org_id) REFERENCES organisations (id),
    CONSTRAINT register_entries_case_fk FOREIGN KEY (org_id, case_id) REFERENCES cases (org_id, id)
);

-- An entry has one version that holds, and a case one entry.
CREATE UNIQUE INDEX register_entries_id_key ON register_entries (org_id, id) WHERE until IS NULL;
CREATE UNIQUE INDEX register_entries_case_key ON register_entries (org_id, case_id) WHERE until IS NULL AND case_id IS NOT NULL;
CREATE INDEX register_entries_tool_idx ON register_entries (org_id, tool, id) WHERE until IS NULL;
