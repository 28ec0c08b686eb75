-- Incidents (rulebook 9.5), and tasks that belong to no case: those of an
-- incident, and those that come back every year (rulebook 9.4).

-- A message may belong to no case.
ALTER TABLE outbox ALTER COLUMN case_id DROP NOT NULL;
ALTER TABLE outbox ADD COLUMN incident_id TEXT COLLATE "C";

-- A municipality is covered by the Cybersecurity Act; a company says so here.
ALTER TABLE units ADD COLUMN csl_covered BOOLEAN NOT NULL DEFAULT FALSE;

CREATE TABLE incidents (
    org_id            TEXT COLLATE "C"      NOT NULL,
    id                TEXT COLLATE "C"      NOT NULL,
    state             TEXT COLLATE "C"      NOT NULL,
    seq               BIGINT    NOT NULL,
    version           BIGINT    NOT NULL,
    last_hash         TEXT COLLATE "C"      NOT NULL,
    rulebook_digest   TEXT COLLATE "C"      NOT NULL,
    severity          TEXT COLLATE "C"      NOT NULL,
    category          TEXT COLLATE "C"      NOT NULL,
    facts             TEXT COLLATE "C"      NOT NULL,
    times             TEXT COLLATE "C"      NOT NULL,
    reporter_id       TEXT COLLATE "C"      NOT NULL,
    lead_id           TEXT COLLATE "C",
    case_id           TEXT COLLATE "C",
    register_entry_id TEXT COLLATE "C"      NOT NULL,
    tool_name         TEXT COLLATE "C"      NOT NULL,
    description       TEXT COLLATE "C"      NOT NULL,
    external_ref      TEXT COLLATE "C"      NOT NULL,
    occurred_at       TIMESTAMPTZ,
    reported_at       TIMESTAMPTZ NOT NULL,
    lessons           TEXT COLLATE "C"      NOT NULL,
    updated_at        TIMESTAMPTZ NOT NULL,
    closed_at         TIMESTAMPTZ,
    CONSTRAINT incidents_pk PRIMARY KEY (org_id, id),
    CONSTRAINT incidents_reporter_fk FOREIGN KEY (org_id, reporter_id) REFERENCES people (org_id, id),
    CONSTRAINT incidents_case_fk FOREIGN KEY (org_id, case_id) REFERENCES cases (org_id, id)
);

CREATE INDEX incidents_reported_idx ON incidents (org_id, reported_at, id);
CREATE INDEX incidents_case_idx ON incidents (org_id, case_id) WHERE case_id IS NOT NULL;
CREATE INDEX incidents_open_idx ON incidents (updated_at) WHERE state = 'open';

-- Each incident has a chain of events of its own, in the form of the cases'.
CREATE TABLE incident_events (
    org_id          TEXT COLLATE "C"      NOT NULL,
    incident_id     TEXT COLLATE "C"      NOT NULL,
    seq             BIGINT    NOT NULL,
    kind            TEXT COLLATE "C"      NOT NULL,
    actor_id        TEXT COLLATE "C"      NOT NULL,
    command_id      TEXT COLLATE "C"      NOT NULL,
    at              TIMESTAMPTZ NOT NULL,
    rulebook_digest TEXT COLLATE "C"      NOT NULL,
    data            TEXT COLLATE "C"      NOT NULL,
    commitments     TEXT COLLATE "C"      NOT NULL,
    prev_hash       TEXT COLLATE "C"      NOT NULL,
    hash            TEXT COLLATE "C"      NOT NULL,
    CONSTRAINT incident_events_pk PRIMARY KEY (org_id, incident_id, seq),
    CONSTRAINT incident_events_incident_fk FOREIGN KEY (org_id, incident_id) REFERENCES incidents (org_id, id)
);

CREATE TABLE incident_event_salts (
    org_id      TEXT COLLATE "C"   NOT NULL,
    incident_id TEXT COLLATE "C"   NOT NULL,
    seq         BIGINT NOT NULL,
    field       TEXT COLLATE "C"   NOT NULL,
    salt        TEXT COLLATE "C"   NOT NULL,
    CONSTRAINT incident_event_salts_pk PRIMARY KEY (org_id, incident_id, seq, field),
    CONSTRAINT incident_event_salts_event_fk FOREIGN KEY (org_id, incident_id, seq)
        REFERENCES incident_events (org_id, incident_id, seq)
);

-- What an incident asks of the case that it concerns: to stop the use, or to be
-- assessed again. It is asked for until the case has answered.
CREATE TABLE incident_case_acts (
    org_id      TEXT COLLATE "C"      NOT NULL,
    incident_id TEXT COLLATE "C"      NOT NULL,
    kind        TEXT COLLATE "C"      NOT NULL,
    case_id     TEXT COLLATE "C"      NOT NULL,
    person_id   TEXT COLLATE "C"      NOT NULL,
    request_key TEXT COLLATE "C"      NOT NULL,
    reason      TEXT COLLATE "C"      NOT NULL,
    triggers    TEXT COLLATE "C"      NOT NULL,
    stages      TEXT COLLATE "C"      NOT NULL,
    outcome     TEXT COLLATE "C"      NOT NULL,
    asked_at    TIMESTAMPTZ NOT NULL,
    done_at     TIMESTAMPTZ,
    CONSTRAINT incident_case_acts_pk PRIMARY KEY (org_id, incident_id, kind),
    CONSTRAINT incident_case_acts_incident_fk FOREIGN KEY (org_id, incident_id) REFERENCES incidents (org_id, id),
    CONSTRAINT incident_case_acts_case_fk FOREIGN KEY (org_id, case_id) REFERENCES cases (org_id, id)
);

CREATE INDEX incident_case_acts_waiting_idx ON incident_case_acts (asked_at) WHERE done_at IS NULL;

-- Tasks without a case. The round of a task that comes back every year is the
-- year.
ALTER TABLE tasks ALTER COLUMN case_id DROP NOT NULL;
ALTER TABLE tasks ADD COLUMN incident_id   TEXT COLLATE "C";
ALTER TABLE tasks ADD COLUMN unit_id       TEXT COLLATE "C";
ALTER TABLE tasks ADD COLUMN about_case_id TEXT COLLATE "C";
ALTER TABLE tasks ADD CONSTRAINT tasks_incident_fk FOREIGN KEY (org_id, incident_id) REFERENCES incidents (org_id, id);
ALTER TABLE tasks ADD CONSTRAINT tasks_unit_fk FOREIGN KEY (org_id, unit_id) REFERENCES units (org_id, id);
ALTER TABLE tasks ADD CONSTRAINT tasks_about_case_fk FOREIGN KEY (org_id, about_case_id) REFERENCES cases (org_id, id);

CREATE INDEX tasks_incident_idx ON tasks (org_id, incident_id) WHERE incident_id IS NOT NULL;
CREATE UNIQUE INDEX tasks_elsewhere_key ON tasks (org_id, COALESCE(incident_id, ''), stage, kind, round,
    COALESCE(unit_id, ''), COALESCE(about_case_id, '')) WHERE case_id IS NULL;

CREATE TABLE task_deadlines (
    org_id       TEXT COLLATE "C"      NOT NULL,
    id           TEXT COLLATE "C"      NOT NULL,
    task_id      TEXT COLLATE "C"      NOT NULL,
    incident_id  TEXT COLLATE "C",
    kind         TEXT COLLATE "C"      NOT NULL,
    since        TIMESTAMPTZ NOT NULL,
    due_at       TIMESTAMPTZ NOT NULL,
    fired_at     TIMESTAMPTZ,
    cancelled_at TIMESTAMPTZ,
    late         BOOLEAN   NOT NULL,
    CONSTRAINT task_deadlines_pk PRIMARY KEY (org_id, id),
    CONSTRAINT task_deadlines_task_fk FOREIGN KEY (org_id, task_id) REFERENCES tasks (org_id, id),
    CONSTRAINT task_deadlines_incident_fk FOREIGN KEY (org_id, incident_id) REFERENCES incidents (org_id, id)
);

CREATE INDEX task_deadlines_task_idx ON task_deadlines (org_id, task_id);
CREATE INDEX task_deadlines_incident_idx ON task_deadlines (org_id, incident_id, due_at, id) WHERE incident_id IS NOT NULL;
CREATE INDEX task_deadlines_due_idx ON task_deadlines (due_at) WHERE fired_at IS NULL AND cancelled_at IS NULL;

CREATE TABLE task_decisions (
    org_id             TEXT COLLATE "C"      NOT NULL,
    id                 TEXT COLLATE "C"      NOT NULL,
    task_id            TEXT COLLATE "C"      NOT NULL,
    incident_id        TEXT COLLATE "C",
    outcome            TEXT COLLATE "C"      NOT NULL,
    decider_id         TEXT COLLATE "C"      NOT NULL,
    role               TEXT COLLATE "C"      NOT NULL,
    motivation         TEXT COLLATE "C"      NOT NULL,
    decision_authority TEXT COLLATE "C"      NOT NULL,
    answers            TEXT COLLATE "C"      NOT NULL,
    command_id         TEXT COLLATE "C"      NOT NULL,
    decided_at         TIMESTAMPTZ NOT NULL,
    CONSTRAINT task_decisions_pk PRIMARY KEY (org_id, id),
    CONSTRAINT task_decisions_task_key UNIQUE (org_id, task_id),
    CONSTRAINT task_decisions_task_fk FOREIGN KEY (org_id, task_id) REFERENCES tasks (org_id, id),
    CONSTRAINT task_decisions_incident_fk FOREIGN KEY (org_id, incident_id) REFERENCES incidents (org_id, id)
);

CREATE INDEX task_decisions_incident_idx ON task_decisions (org_id, incident_id, decided_at);
