-- Incidents (rulebook 9.5), and tasks that belong to no case: those of an
-- incident, and those that come back every year (rulebook 9.4).

-- A message may belong to no case. SQLite cannot drop NOT NULL from a column;
-- this is the way that its documentation gives for a change that no stored row
-- minds (https://www.sqlite.org/lang_altertable.html, section 7).
PRAGMA writable_schema = ON;
UPDATE sqlite_schema SET sql = replace(sql, '    case_id    TEXT      NOT NULL,', '    case_id    TEXT,')
    WHERE type = 'table' AND name = 'outbox';
PRAGMA writable_schema = RESET;

ALTER TABLE outbox ADD COLUMN incident_id TEXT;

-- A municipality is covered by the Cybersecurity Act; a company says so here.
ALTER TABLE units ADD COLUMN csl_covered BOOLEAN NOT NULL DEFAULT FALSE;

CREATE TABLE incidents (
    org_id            TEXT      NOT NULL,
    id                TEXT      NOT NULL,
    state             TEXT      NOT NULL,
    seq               BIGINT    NOT NULL,
    version           BIGINT    NOT NULL,
    last_hash         TEXT      NOT NULL,
    rulebook_digest   TEXT      NOT NULL,
    severity          TEXT      NOT NULL,
    category          TEXT      NOT NULL,
    facts             TEXT      NOT NULL,
    times             TEXT      NOT NULL,
    reporter_id       TEXT      NOT NULL,
    lead_id           TEXT,
    case_id           TEXT,
    register_entry_id TEXT      NOT NULL,
    tool_name         TEXT      NOT NULL,
    description       TEXT      NOT NULL,
    external_ref      TEXT      NOT NULL,
    occurred_at       TIMESTAMP,
    reported_at       TIMESTAMP NOT NULL,
    lessons           TEXT      NOT NULL,
    updated_at        TIMESTAMP NOT NULL,
    closed_at         TIMESTAMP,
    CONSTRAINT incidents_pk PRIMARY KEY (org_id, id),
    CONSTRAINT incidents_reporter_fk FOREIGN KEY (org_id, reporter_id) REFERENCES people (org_id, id),
    CONSTRAINT incidents_case_fk FOREIGN KEY (org_id, case_id) REFERENCES cases (org_id, id)
);

CREATE INDEX incidents_reported_idx ON incidents (org_id, reported_at, id);
CREATE INDEX incidents_case_idx ON incidents (org_id, case_id) WHERE case_id IS NOT NULL;
CREATE INDEX incidents_open_idx ON incidents (updated_at) WHERE state = 'open';

-- Each incident has a chain of events of its own, in the form of the cases'.
CREATE TABLE incident_events (
    org_id          TEXT      NOT NULL,
    incident_id     TEXT      NOT NULL,
    seq             BIGINT    NOT NULL,
    kind            TEXT      NOT NULL,
    actor_id        TEXT      NOT NULL,
    command_id      TEXT      NOT NULL,
    at              TIMESTAMP NOT NULL,
    rulebook_digest TEXT      NOT NULL,
    data            TEXT      NOT NULL,
    commitments     TEXT      NOT NULL,
    prev_hash       TEXT      NOT NULL,
    hash            TEXT      NOT NULL,
    CONSTRAINT incident_events_pk PRIMARY KEY (org_id, incident_id, seq),
    CONSTRAINT incident_events_incident_fk FOREIGN KEY (org_id, incident_id) REFERENCES incidents (org_id, id)
);

CREATE TABLE incident_event_salts (
    org_id      TEXT   NOT NULL,
    incident_id TEXT   NOT NULL,
    seq         BIGINT NOT NULL,
    field       TEXT   NOT NULL,
    salt        TEXT   NOT NULL,
    CONSTRAINT incident_event_salts_pk PRIMARY KEY (org_id, incident_id, seq, field),
    CONSTRAINT incident_event_salts_event_fk FOREIGN KEY (org_id, incident_id, seq)
        REFERENCES incident_events (org_id, incident_id, seq)
);

-- What an incident asks of the case that it concerns: to stop the use, or to be
-- assessed again. It is asked for until the case has answered.
CREATE TABLE incident_case_acts (
    org_id      TEXT      NOT NULL,
    incident_id TEXT      NOT NULL,
    kind        TEXT      NOT NULL,
    case_id     TEXT      NOT NULL,
    person_id   TEXT      NOT NULL,
    request_key TEXT      NOT NULL,
    reason      TEXT      NOT NULL,
    triggers    TEXT      NOT NULL,
    stages      TEXT      NOT NULL,
    outcome     TEXT      NOT NULL,
    asked_at    TIMESTAMP NOT NULL,
    done_at     TIMESTAMP,
    CONSTRAINT incident_case_acts_pk PRIMARY KEY (org_id, incident_id, kind),
    CONSTRAINT incident_case_acts_incident_fk FOREIGN KEY (org_id, incident_id) REFERENCES incidents (org_id, id),
    CONSTRAINT incident_case_acts_case_fk FOREIGN KEY (org_id, case_id) REFERENCES cases (org_id, id)
);

CREATE INDEX incident_case_acts_waiting_idx ON incident_case_acts (asked_at) WHERE done_at IS NULL;

-- Tasks without a case. The round of a task that comes back every year is the
-- year.
CREATE TABLE tasks_anew (
    org_id        TEXT      NOT NULL,
    id            TEXT      NOT NULL,
    case_id       TEXT,
    incident_id   TEXT,
    unit_id       TEXT,
    about_case_id TEXT,
    stage         TEXT      NOT NULL,
    kind          TEXT      NOT NULL,
    round         INTEGER   NOT NULL,
    role          TEXT      NOT NULL,
    status        TEXT      NOT NULL,
    outcome       TEXT      NOT NULL,
    assignee_id   TEXT,
    revision      INTEGER   NOT NULL,
    scope_hash    TEXT      NOT NULL,
    opened_at     TIMESTAMP NOT NULL,
    due_at        TIMESTAMP,
    closed_at     TIMESTAMP,
    CONSTRAINT tasks_pk PRIMARY KEY (org_id, id),
    CONSTRAINT tasks_round_key UNIQUE (org_id, case_id, stage, kind, round),
    CONSTRAINT tasks_case_fk FOREIGN KEY (org_id, case_id) REFERENCES cases (org_id, id),
    CONSTRAINT tasks_incident_fk FOREIGN KEY (org_id, incident_id) REFERENCES incidents (org_id, id),
    CONSTRAINT tasks_unit_fk FOREIGN KEY (org_id, unit_id) REFERENCES units (org_id, id),
    CONSTRAINT tasks_about_case_fk FOREIGN KEY (org_id, about_case_id) REFERENCES cases (org_id, id)
);

INSERT INTO tasks_anew (org_id, id, case_id, stage, kind, round, role, status, outcome, assignee_id, revision,
        scope_hash, opened_at, due_at, closed_at)
    SELECT org_id, id, case_id, stage, kind, round, role, status, outcome, assignee_id, revision,
        scope_hash, opened_at, due_at, closed_at FROM tasks;

DROP TABLE tasks;
ALTER TABLE tasks_anew RENAME TO tasks;

CREATE INDEX tasks_due_idx ON tasks (org_id, status, due_at, id);
CREATE INDEX tasks_role_idx ON tasks (org_id, status, role, due_at, id);
CREATE INDEX tasks_assignee_idx ON tasks (org_id, assignee_id, status, due_at, id);
CREATE INDEX tasks_incident_idx ON tasks (org_id, incident_id) WHERE incident_id IS NOT NULL;
CREATE UNIQUE INDEX tasks_elsewhere_key ON tasks (org_id, COALESCE(incident_id, ''), stage, kind, round,
    COALESCE(unit_id, ''), COALESCE(about_case_id, '')) WHERE case_id IS NULL;

CREATE TABLE task_deadlines (
    org_id       TEXT      NOT NULL,
    id           TEXT      NOT NULL,
    task_id      TEXT      NOT NULL,
    incident_id  TEXT,
    kind         TEXT      NOT NULL,
    since        TIMESTAMP NOT NULL,
    due_at       TIMESTAMP NOT NULL,
    fired_at     TIMESTAMP,
    cancelled_at TIMESTAMP,
    late         BOOLEAN   NOT NULL,
    CONSTRAINT task_deadlines_pk PRIMARY KEY (org_id, id),
    CONSTRAINT task_deadlines_task_fk FOREIGN KEY (org_id, task_id) REFERENCES tasks (org_id, id),
    CONSTRAINT task_deadlines_incident_fk FOREIGN KEY (org_id, incident_id) REFERENCES incidents (org_id, id)
);

CREATE INDEX task_deadlines_task_idx ON task_deadlines (org_id, task_id);
CREATE INDEX task_deadlines_incident_idx ON task_deadlines (org_id, incident_id, due_at, id) WHERE incident_id IS NOT NULL;
CREATE INDEX task_deadlines_due_idx ON task_deadlines (due_at) WHERE fired_at IS NULL AND cancelled_at IS NULL;

CREATE TABLE task_decisions (
    org_id             TEXT      NOT NULL,
    id                 TEXT      NOT NULL,
    task_id            TEXT      NOT NULL,
    incident_id        TEXT,
    outcome            TEXT      NOT NULL,
    decider_id         TEXT      NOT NULL,
    role               TEXT      NOT NULL,
    motivation         TEXT      NOT NULL,
    decision_authority TEXT      NOT NULL,
    answers            TEXT      NOT NULL,
    command_id         TEXT      NOT NULL,
    decided_at         TIMESTAMP NOT NULL,
    CONSTRAINT task_decisions_pk PRIMARY KEY (org_id, id),
    CONSTRAINT task_decisions_task_key UNIQUE (org_id, task_id),
    CONSTRAINT task_decisions_task_fk FOREIGN KEY (org_id, task_id) REFERENCES tasks (org_id, id),
    CONSTRAINT task_decisions_incident_fk FOREIGN KEY (org_id, incident_id) REFERENCES incidents (org_id, id)
);

CREATE INDEX task_decisions_incident_idx ON task_decisions (org_id, incident_id, decided_at);
