-- Assessments: what a stage waits for, and what was handed in; conditions that
-- the rules add, that come back and that two people may waive together.

ALTER TABLE stages ADD COLUMN assess        BOOLEAN NOT NULL DEFAULT FALSE;
ALTER TABLE stages ADD COLUMN part_hash     TEXT COLLATE "C"    NOT NULL DEFAULT '';
ALTER TABLE stages ADD COLUMN part_revision INTEGER NOT NULL DEFAULT 0;
ALTER TABLE stages ADD COLUMN advice        TEXT COLLATE "C"    NOT NULL DEFAULT '';

ALTER TABLE decisions ADD COLUMN deviates        BOOLEAN NOT NULL DEFAULT FALSE;
ALTER TABLE decisions ADD COLUMN report_to_board BOOLEAN NOT NULL DEFAULT FALSE;

ALTER TABLE conditions ADD COLUMN task_kind TEXT COLLATE "C"    NOT NULL DEFAULT '';
ALTER TABLE conditions ADD COLUMN template  BOOLEAN NOT NULL DEFAULT FALSE;
ALTER TABLE conditions ADD COLUMN months    INTEGER NOT NULL DEFAULT 0;

-- A condition is waived by the CISO and the information owner together.
CREATE TABLE waivers (
    org_id             TEXT COLLATE "C"      NOT NULL,
    case_id            TEXT COLLATE "C"      NOT NULL,
    condition_id       TEXT COLLATE "C"      NOT NULL,
    role               TEXT COLLATE "C"      NOT NULL,
    person_id          TEXT COLLATE "C"      NOT NULL,
    reason             TEXT COLLATE "C"      NOT NULL,
    decision_authority TEXT COLLATE "C"      NOT NULL,
    waived_at          TIMESTAMPTZ NOT NULL,
    CONSTRAINT waivers_pk PRIMARY KEY (org_id, condition_id, role),
    CONSTRAINT waivers_condition_fk FOREIGN KEY (org_id, condition_id) REFERENCES conditions (org_id, id)
);

-- Advice that the DPO gives once for a described class of cases (AD-03).
CREATE TABLE standing_advice (
    org_id         TEXT COLLATE "C"      NOT NULL,
    id             TEXT COLLATE "C"      NOT NULL,
    given_by       TEXT COLLATE "C"      NOT NULL,
    title          TEXT COLLATE "C"      NOT NULL,
    text           TEXT COLLATE "C"      NOT NULL,
    value          TEXT COLLATE "C"      NOT NULL,
    scope          TEXT COLLATE "C"      NOT NULL,
    valid_until    TEXT COLLATE "C"      NOT NULL,
    given_at       TIMESTAMPTZ NOT NULL,
    withdrawn_at   TIMESTAMPTZ,
    CONSTRAINT standing_advice_pk PRIMARY KEY (org_id, id),
    CONSTRAINT standing_advice_person_fk FOREIGN KEY (org_id, given_by) REFERENCES people (org_id, id)
);
