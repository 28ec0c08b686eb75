-- The record of Sluss: organisations and people, cases with their parts, stages,
-- tasks, decisions and conditions, the deadlines they wait for, the commands that
-- moved them, the messages that leave and the events that prove it all.
--
-- Times are text in UTC without zeros at the end of the fraction, such as
-- 2026-11-21 20:15:00.5+00:00. They sort as the times do, because + sorts before
-- the point and the point before the digits.

CREATE TABLE organisations (
    id         TEXT      NOT NULL,
    name       TEXT      NOT NULL,
    profile    TEXT      NOT NULL,
    created_at TIMESTAMP NOT NULL,
    CONSTRAINT organisations_pk PRIMARY KEY (id)
);

CREATE TABLE units (
    org_id               TEXT NOT NULL,
    id                   TEXT NOT NULL,
    code                 TEXT NOT NULL,
    name_sv              TEXT NOT NULL,
    name_en              TEXT NOT NULL,
    parent_id            TEXT,
    controller_type      TEXT NOT NULL,
    profile              TEXT,
    manager_id           TEXT,
    information_owner_id TEXT,
    system_owner_id      TEXT,
    CONSTRAINT units_pk PRIMARY KEY (org_id, id),
    CONSTRAINT units_code_key UNIQUE (org_id, code),
    CONSTRAINT units_org_fk FOREIGN KEY (org_id) REFERENCES organisations (id),
    CONSTRAINT units_parent_fk FOREIGN KEY (org_id, parent_id) REFERENCES units (org_id, id)
);

CREATE TABLE people (
    org_id      TEXT      NOT NULL,
    id          TEXT      NOT NULL,
    handle      TEXT      NOT NULL,
    name        TEXT      NOT NULL,
    unit_id     TEXT      NOT NULL,
    created_at  TIMESTAMP NOT NULL,
    disabled_at TIMESTAMP,
    CONSTRAINT people_pk PRIMARY KEY (org_id, id),
    CONSTRAINT people_handle_key UNIQUE (org_id, handle),
    CONSTRAINT people_unit_fk FOREIGN KEY (org_id, unit_id) REFERENCES units (org_id, id)
);

CREATE TABLE identities (
    org_id    TEXT NOT NULL,
    issuer    TEXT NOT NULL,
    subject   TEXT NOT NULL,
    person_id TEXT NOT NULL,
    CONSTRAINT identities_pk PRIMARY KEY (org_id, issuer, subject),
    CONSTRAINT identities_person_fk FOREIGN KEY (org_id, person_id) REFERENCES people (org_id, id)
);

CREATE TABLE person_roles (
    org_id    TEXT NOT NULL,
    person_id TEXT NOT NULL,
    role      TEXT NOT NULL,
    CONSTRAINT person_roles_pk PRIMARY KEY (org_id, person_id, role),
    CONSTRAINT person_roles_person_fk FOREIGN KEY (org_id, person_id) REFERENCES people (org_id, id)
);

CREATE TABLE tokens (
    org_id     TEXT      NOT NULL,
    id         TEXT      NOT NULL,
    person_id  TEXT      NOT NULL,
    label      TEXT      NOT NULL,
    purpose    TEXT      NOT NULL,
    hash       TEXT      NOT NULL,
    created_at TIMESTAMP NOT NULL,
    expires_at TIMESTAMP NOT NULL,
    revoked_at TIMESTAMP,
    CONSTRAINT tokens_pk PRIMARY KEY (org_id, id),
    CONSTRAINT tokens_hash_key UNIQUE (hash),
    CONSTRAINT tokens_person_fk FOREIGN KEY (org_id, person_id) REFERENCES people (org_id, id)
);

CREATE TABLE cases (
    org_id           TEXT      NOT NULL,
    id               TEXT      NOT NULL,
    registry_no      TEXT,
    state            TEXT      NOT NULL,
    seq              BIGINT    NOT NULL,
    version          BIGINT    NOT NULL,
    last_hash        TEXT      NOT NULL,
    title            TEXT      NOT NULL,
    project_owner_id TEXT      NOT NULL,
    unit_id          TEXT      NOT NULL,
    rulebook_id      TEXT      NOT NULL,
    rulebook_version TEXT      NOT NULL,
    rulebook_digest  TEXT      NOT NULL,
    profile          TEXT      NOT NULL,
    revision         INTEGER   NOT NULL,
    outcome          TEXT      NOT NULL,
    tier             TEXT      NOT NULL,
    mode             TEXT      NOT NULL,
    ipl              INTEGER,
    ai_act_class     TEXT      NOT NULL,
    target           TEXT      NOT NULL,
    hard_stops       TEXT      NOT NULL,
    blockers         TEXT      NOT NULL,
    service_times    TEXT      NOT NULL,
    conditions       INTEGER   NOT NULL,
    open_before_use  INTEGER   NOT NULL,
    returns_count    INTEGER   NOT NULL,
    search           TEXT      NOT NULL,
    created_at       TIMESTAMP NOT NULL,
    updated_at       TIMESTAMP NOT NULL,
    CONSTRAINT cases_pk PRIMARY KEY (org_id, id),
    CONSTRAINT cases_registry_no_key UNIQUE (org_id, registry_no),
    CONSTRAINT cases_owner_fk FOREIGN KEY (org_id, project_owner_id) REFERENCES people (org_id, id),
    CONSTRAINT cases_unit_fk FOREIGN KEY (org_id, unit_id) REFERENCES units (org_id, id)
);

CREATE INDEX cases_updated_idx ON cases (org_id, updated_at, id);
CREATE INDEX cases_state_idx ON cases (org_id, state, updated_at, id);

CREATE TABLE registry_numbers (
    org_id TEXT    NOT NULL,
    year   INTEGER NOT NULL,
    last   BIGINT  NOT NULL,
    CONSTRAINT registry_numbers_pk PRIMARY KEY (org_id, year)
);

CREATE TABLE case_people (
    org_id    TEXT NOT NULL,
    case_id   TEXT NOT NULL,
    person_id TEXT NOT NULL,
    role      TEXT NOT NULL,
    source    TEXT NOT NULL,
    CONSTRAINT case_people_pk PRIMARY KEY (org_id, case_id, person_id, role, source),
    CONSTRAINT case_people_case_fk FOREIGN KEY (org_id, case_id) REFERENCES cases (org_id, id),
    CONSTRAINT case_people_person_fk FOREIGN KEY (org_id, person_id) REFERENCES people (org_id, id)
);

CREATE INDEX case_people_person_idx ON case_people (org_id, person_id, role, case_id);

-- Which two functions one person never has in one case (rulebook 10). The program
-- checks that before it writes; this is for the day when it does not.
CREATE TABLE role_conflicts (
    rule  TEXT NOT NULL,
    role  TEXT NOT NULL,
    other TEXT NOT NULL,
    CONSTRAINT role_conflicts_pk PRIMARY KEY (role, other)
);

INSERT INTO role_conflicts (rule, role, other) VALUES
    ('SOD-01', 'project_owner', 'manager'),
    ('SOD-01', 'project_owner', 'information_owner'),
    ('SOD-01', 'project_owner', 'dpo'),
    ('SOD-01', 'project_owner', 'ciso'),
    ('SOD-01', 'project_owner', 'environment_reviewer'),
    ('SOD-02', 'dpo', 'manager'),
    ('SOD-02', 'dpo', 'information_owner'),
    ('SOD-02', 'dpo', 'system_owner'),
    ('SOD-02', 'dpo', 'legal_counsel'),
    ('SOD-02', 'dpo', 'ciso'),
    ('SOD-02', 'dpo', 'unit_head'),
    ('SOD-02', 'dpo', 'administrator'),
    ('SOD-03', 'ciso', 'system_owner');

INSERT INTO role_conflicts (rule, role, other) SELECT rule, other, role FROM role_conflicts;

CREATE TRIGGER case_people_segregation BEFORE INSERT ON case_people WHEN EXISTS (
    SELECT 1 FROM case_people p
    JOIN role_conflicts k ON k.role = p.role AND k.other = NEW.role
    WHERE p.org_id = NEW.org_id AND p.case_id = NEW.case_id AND p.person_id = NEW.person_id
) BEGIN
    SELECT RAISE(ABORT, 'segregation of duties');
END;

CREATE TABLE parts (
    org_id   TEXT      NOT NULL,
    case_id  TEXT      NOT NULL,
    part     TEXT      NOT NULL,
    revision INTEGER   NOT NULL,
    answers  TEXT      NOT NULL,
    hash     TEXT      NOT NULL,
    saved_by TEXT      NOT NULL,
    saved_at TIMESTAMP NOT NULL,
    CONSTRAINT parts_pk PRIMARY KEY (org_id, case_id, part),
    CONSTRAINT parts_case_fk FOREIGN KEY (org_id, case_id) REFERENCES cases (org_id, id)
);

CREATE TABLE revisions (
    org_id       TEXT      NOT NULL,
    case_id      TEXT      NOT NULL,
    part         TEXT      NOT NULL,
    revision     INTEGER   NOT NULL,
    answers      TEXT      NOT NULL,
    hash         TEXT      NOT NULL,
    submitted_by TEXT      NOT NULL,
    submitted_at TIMESTAMP NOT NULL,
    CONSTRAINT revisions_pk PRIMARY KEY (org_id, case_id, part, revision),
    CONSTRAINT revisions_case_fk FOREIGN KEY (org_id, case_id) REFERENCES cases (org_id, id)
);

CREATE TABLE evaluations (
    org_id          TEXT    NOT NULL,
    case_id         TEXT    NOT NULL,
    version         BIGINT  NOT NULL,
    revision        INTEGER NOT NULL,
    evaluated_on    TEXT    NOT NULL,
    rulebook_digest TEXT    NOT NULL,
    facts_hash      TEXT    NOT NULL,
    result          TEXT    NOT NULL,
    CONSTRAINT evaluations_pk PRIMARY KEY (org_id, case_id, version),
    CONSTRAINT evaluations_case_fk FOREIGN KEY (org_id, case_id) REFERENCES cases (org_id, id)
);

CREATE TABLE stages (
    org_id      TEXT      NOT NULL,
    case_id     TEXT      NOT NULL,
    stage       TEXT      NOT NULL,
    requirement TEXT      NOT NULL,
    raised      BOOLEAN   NOT NULL,
    status      TEXT      NOT NULL,
    result      TEXT      NOT NULL,
    scope_hash  TEXT      NOT NULL,
    started_at  TIMESTAMP,
    done_at     TIMESTAMP,
    CONSTRAINT stages_pk PRIMARY KEY (org_id, case_id, stage),
    CONSTRAINT stages_case_fk FOREIGN KEY (org_id, case_id) REFERENCES cases (org_id, id)
);

CREATE TABLE tasks (
    org_id      TEXT      NOT NULL,
    id          TEXT      NOT NULL,
    case_id     TEXT      NOT NULL,
    stage       TEXT      NOT NULL,
    kind        TEXT      NOT NULL,
    round       INTEGER   NOT NULL,
    role        TEXT      NOT NULL,
    status      TEXT      NOT NULL,
    outcome     TEXT      NOT NULL,
    assignee_id TEXT,
    revision    INTEGER   NOT NULL,
    scope_hash  TEXT      NOT NULL,
    opened_at   TIMESTAMP NOT NULL,
    due_at      TIMESTAMP,
    closed_at   TIMESTAMP,
    CONSTRAINT tasks_pk PRIMARY KEY (org_id, id),
    CONSTRAINT tasks_round_key UNIQUE (org_id, case_id, stage, kind, round),
    CONSTRAINT tasks_case_fk FOREIGN KEY (org_id, case_id) REFERENCES cases (org_id, id)
);

CREATE INDEX tasks_due_idx ON tasks (org_id, status, due_at, id);
CREATE INDEX tasks_role_idx ON tasks (org_id, status, role, due_at, id);
CREATE INDEX tasks_assignee_idx ON tasks (org_id, assignee_id, status, due_at, id);

CREATE TABLE decisions (
    org_id             TEXT      NOT NULL,
    id                 TEXT      NOT NULL,
    case_id            TEXT      NOT NULL,
    task_id            TEXT,
    kind               TEXT      NOT NULL,
    stage              TEXT      NOT NULL,
    outcome            TEXT      NOT NULL,
    decider_id         TEXT      NOT NULL,
    role               TEXT      NOT NULL,
    revision           INTEGER   NOT NULL,
    scope_hash         TEXT      NOT NULL,
    motivation         TEXT      NOT NULL,
    reason_codes       TEXT      NOT NULL,
    path_forward_text  TEXT      NOT NULL,
    decision_authority TEXT      NOT NULL,
    answers            TEXT      NOT NULL,
    command_id         TEXT      NOT NULL,
    decided_at         TIMESTAMP NOT NULL,
    CONSTRAINT decisions_pk PRIMARY KEY (org_id, id),
    CONSTRAINT decisions_command_key UNIQUE (org_id, command_id),
    CONSTRAINT decisions_case_fk FOREIGN KEY (org_id, case_id) REFERENCES cases (org_id, id)
);

CREATE INDEX decisions_case_idx ON decisions (org_id, case_id, decided_at);

CREATE TABLE conditions (
    org_id        TEXT      NOT NULL,
    id            TEXT      NOT NULL,
    case_id       TEXT      NOT NULL,
    decision_id   TEXT      NOT NULL,
    stage         TEXT      NOT NULL,
    text_sv       TEXT      NOT NULL,
    text_en       TEXT      NOT NULL,
    source_rule   TEXT      NOT NULL,
    owner_role    TEXT      NOT NULL,
    verifier_role TEXT      NOT NULL,
    verification  TEXT      NOT NULL,
    consequence   TEXT      NOT NULL,
    due_kind      TEXT      NOT NULL,
    due_date      TEXT      NOT NULL,
    status        TEXT      NOT NULL,
    evidence_note TEXT      NOT NULL,
    verified_by   TEXT,
    verified_at   TIMESTAMP,
    created_at    TIMESTAMP NOT NULL,
    CONSTRAINT conditions_pk PRIMARY KEY (org_id, id),
    CONSTRAINT conditions_case_fk FOREIGN KEY (org_id, case_id) REFERENCES cases (org_id, id)
);

CREATE INDEX conditions_case_idx ON conditions (org_id, case_id, status);

CREATE TABLE deadlines (
    org_id       TEXT      NOT NULL,
    id           TEXT      NOT NULL,
    case_id      TEXT      NOT NULL,
    subject      TEXT      NOT NULL,
    kind         TEXT      NOT NULL,
    round        INTEGER   NOT NULL,
    due_at       TIMESTAMP NOT NULL,
    fired_at     TIMESTAMP,
    cancelled_at TIMESTAMP,
    late         BOOLEAN   NOT NULL,
    CONSTRAINT deadlines_pk PRIMARY KEY (org_id, id),
    CONSTRAINT deadlines_case_fk FOREIGN KEY (org_id, case_id) REFERENCES cases (org_id, id)
);

CREATE INDEX deadlines_case_idx ON deadlines (org_id, case_id, due_at, id);
CREATE INDEX deadlines_due_idx ON deadlines (due_at)
    WHERE fired_at IS NULL AND cancelled_at IS NULL;

CREATE TABLE events (
    org_id          TEXT      NOT NULL,
    case_id         TEXT      NOT NULL,
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
    CONSTRAINT events_pk PRIMARY KEY (org_id, case_id, seq),
    CONSTRAINT events_case_fk FOREIGN KEY (org_id, case_id) REFERENCES cases (org_id, id)
);

CREATE TABLE event_salts (
    org_id  TEXT   NOT NULL,
    case_id TEXT   NOT NULL,
    seq     BIGINT NOT NULL,
    field   TEXT   NOT NULL,
    salt    TEXT   NOT NULL,
    CONSTRAINT event_salts_pk PRIMARY KEY (org_id, case_id, seq, field),
    CONSTRAINT event_salts_event_fk FOREIGN KEY (org_id, case_id, seq) REFERENCES events (org_id, case_id, seq)
);

CREATE TABLE commands (
    org_id       TEXT      NOT NULL,
    id           TEXT      NOT NULL,
    request_key  TEXT      NOT NULL,
    case_id      TEXT      NOT NULL,
    kind         TEXT      NOT NULL,
    actor_id     TEXT      NOT NULL,
    body_hash    TEXT      NOT NULL,
    payload      TEXT      NOT NULL,
    evaluation   TEXT      NOT NULL,
    evaluated_on TEXT      NOT NULL,
    state        TEXT      NOT NULL,
    status       INTEGER   NOT NULL,
    answer       TEXT      NOT NULL,
    created_at   TIMESTAMP NOT NULL,
    done_at      TIMESTAMP,
    acked_at     TIMESTAMP,
    CONSTRAINT commands_pk PRIMARY KEY (org_id, id),
    CONSTRAINT commands_request_key UNIQUE (org_id, request_key)
);

CREATE INDEX commands_pending_idx ON commands (created_at) WHERE state = 'pending';
CREATE INDEX commands_unacked_idx ON commands (done_at) WHERE state = 'done' AND acked_at IS NULL;

CREATE TABLE outbox (
    org_id     TEXT      NOT NULL,
    id         TEXT      NOT NULL,
    case_id    TEXT      NOT NULL,
    seq        BIGINT    NOT NULL,
    kind       TEXT      NOT NULL,
    task_id    TEXT,
    created_at TIMESTAMP NOT NULL,
    sent_at    TIMESTAMP,
    CONSTRAINT outbox_pk PRIMARY KEY (org_id, id),
    CONSTRAINT outbox_case_fk FOREIGN KEY (org_id, case_id) REFERENCES cases (org_id, id)
);

CREATE INDEX outbox_unsent_idx ON outbox (created_at) WHERE sent_at IS NULL;

CREATE TABLE case_products (
    org_id   TEXT      NOT NULL,
    case_id  TEXT      NOT NULL,
    supplier TEXT      NOT NULL,
    product  TEXT      NOT NULL,
    CONSTRAINT case_products_pk PRIMARY KEY (org_id, case_id),
    CONSTRAINT case_products_case_fk FOREIGN KEY (org_id, case_id) REFERENCES cases (org_id, id)
);

CREATE INDEX case_products_supplier_idx ON case_products (org_id, supplier);
CREATE INDEX case_products_product_idx ON case_products (org_id, product);
