-- What lists of cases are narrowed by, what is kept beside a case during its
-- life, and what statistics are counted from.

-- Values of a case as its answers and decisions say them, by where they were said:
-- intake, a stage, a task of a stage or a record. Whatever is said there again takes
-- the place of what was said before.
CREATE TABLE case_facts (
    org_id  TEXT COLLATE "C" NOT NULL,
    case_id TEXT COLLATE "C" NOT NULL,
    source  TEXT COLLATE "C" NOT NULL,
    name    TEXT COLLATE "C" NOT NULL,
    value   TEXT COLLATE "C" NOT NULL,
    CONSTRAINT case_facts_pk PRIMARY KEY (org_id, case_id, source, name, value),
    CONSTRAINT case_facts_case_fk FOREIGN KEY (org_id, case_id) REFERENCES cases (org_id, id)
);

CREATE INDEX case_facts_value_idx ON case_facts (org_id, name, value, case_id);

-- A record is kept beside a case, or for the organisation when it has none. Every
-- version of it is a row: the one that holds has no end.
CREATE TABLE records (
    org_id   TEXT COLLATE "C" NOT NULL,
    id       TEXT COLLATE "C" NOT NULL,
    version  INTEGER          NOT NULL,
    kind     TEXT COLLATE "C" NOT NULL,
    case_id  TEXT COLLATE "C",
    name     TEXT COLLATE "C" NOT NULL,
    due      TEXT COLLATE "C" NOT NULL,
    answers  TEXT COLLATE "C" NOT NULL,
    saved_by TEXT COLLATE "C" NOT NULL,
    saved_at TIMESTAMPTZ      NOT NULL,
    until    TIMESTAMPTZ,
    CONSTRAINT records_pk PRIMARY KEY (org_id, id, version),
    CONSTRAINT records_org_fk FOREIGN KEY (org_id) REFERENCES organisations (id),
    CONSTRAINT records_case_fk FOREIGN KEY (org_id, case_id) REFERENCES cases (org_id, id)
);

CREATE UNIQUE INDEX records_id_key ON records (org_id, id) WHERE until IS NULL;
CREATE INDEX records_case_idx ON records (org_id, case_id, kind, name, id) WHERE until IS NULL;
CREATE INDEX records_kind_idx ON records (org_id, kind, name, id) WHERE until IS NULL;

ALTER TABLE register_entries ADD COLUMN ropa_missing BOOLEAN          NOT NULL DEFAULT FALSE;
ALTER TABLE register_entries ADD COLUMN kwh_year     DOUBLE PRECISION NOT NULL DEFAULT 0;
ALTER TABLE register_entries ADD COLUMN co2e_kg_year DOUBLE PRECISION NOT NULL DEFAULT 0;

UPDATE register_entries SET
    kwh_year = COALESCE((entry::jsonb ->> 'kwh_year')::double precision, 0),
    co2e_kg_year = COALESCE((entry::jsonb ->> 'co2e_kg_year')::double precision, 0),
    ropa_missing = entry::jsonb ->> 'personal_data' <> 'not_approved' AND EXISTS (
        SELECT 1 FROM jsonb_array_elements(entry::jsonb -> 'units') u WHERE COALESCE(u ->> 'ropa_ref', '') = '');

CREATE INDEX register_entries_status_idx ON register_entries (org_id, status, valid_until, case_id, kwh_year, co2e_kg_year)
    WHERE until IS NULL;
CREATE INDEX cases_unit_idx ON cases (org_id, unit_id, id);
CREATE INDEX cases_tier_idx ON cases (org_id, tier, id);
CREATE INDEX cases_class_idx ON cases (org_id, ai_act_class, id);
CREATE INDEX cases_stopped_idx ON cases (org_id, id, hard_stops) WHERE hard_stops <> '';
CREATE INDEX stages_stage_idx ON stages (org_id, stage, status, result, case_id);
CREATE INDEX conditions_due_idx ON conditions (org_id, due_date, case_id) WHERE due_date <> '';
CREATE INDEX decisions_rejected_idx ON decisions (org_id, decided_at) WHERE outcome = 'reject';
