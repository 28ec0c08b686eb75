-- The record of Sluss: organisations and people, cases with their parts, stages,
-- tasks, decisions and conditions, the deadlines they wait for, the commands that
-- moved them, the messages that leave and the events that prove it all.
--
-- Text compares by code point, as it does on SQLite, so that lists have the same
-- order on both. JSON is kept as text, exactly as it was hashed.

CREATE TABLE organisations (
    id         TEXT COLLATE "C" NOT NULL,
    name       TEXT COLLATE "C" NOT NULL,
    profile    TEXT COLLATE "C" NOT NULL,
    created_at TIMESTAMPTZ      NOT NULL,
    CONSTRAINT organisations_pk PRIMARY KEY (id)
);

CREATE TABLE units (
    org_id               TEXT COLLATE "C" NOT NULL,
    id                   TEXT COLLATE "C" NOT NULL,
    code                 TEXT COLLATE "C" NOT NULL,
    name_sv              TEXT COLLATE "C" NOT NULL,
    name_en              TEXT COLLATE "C" NOT NULL,
    parent_id            TEXT COLLATE "C",
    controller_type      TEXT COLLATE "C" NOT NULL,
    profile              TEXT COLLATE "C",
    manager_id           TEXT COLLATE "C",
    information_owner_id TEXT COLLATE "C",
    system_owner_id      TEXT COLLATE "C",
    CONSTRAINT units_pk PRIMARY KEY (org_id, id),
    CONSTRAINT units_code_key UNIQUE (org_id, code),
    CONSTRAINT units_org_fk FOREIGN KEY (org_id) REFERENCES organisations (id),
    CONSTRAINT units_parent_fk FOREIGN KEY (org_id, parent_id) REFERENCES units (org_id, id)
);

CREATE TABLE people (
    org_id      TEXT COLLATE "C" NOT NULL,
    id          TEXT COLLATE "C" NOT NULL,
    handle      TEXT COLLATE "C" NOT NULL,
    name        TEXT COLLATE "C" NOT NULL,
    unit_id     TEXT COLLATE "C" NOT NULL,
    created_at  TIMESTAMPTZ      NOT NULL,
    disabled_at TIMESTAMPTZ,
    CONSTRAINT people_pk PRIMARY KEY (org_id, id),
    CONSTRAINT people_handle_key UNIQUE (org_id, handle),
    CONSTRAINT people_unit_fk FOREIGN KEY (org_id, unit_id) REFERENCES units (org_id, id)
);

CREATE TABLE identities (
    org_id    TEXT COLLATE "C" NOT NULL,
    issuer    TEXT COLLATE "C" NOT NULL,
    subject   TEXT COLLATE "C" NOT NULL,
    person_id TEXT COLLATE "C" NOT NULL,
    CONSTRAINT identities_pk PRIMARY KEY (org_id, issuer, subject),
    CONSTRAINT identities_person_fk FOREIGN KEY (org_id, person_id) REFERENCES people (org_id, id)
);

CREATE TABLE person_roles (
    org_id    TEXT COLLATE "C" NOT NULL,
    person_id TEXT COLLATE "C" NOT NULL,
    role      TEXT COLLATE "C" NOT NULL,
    CONSTRAINT person_roles_pk PRIMARY KEY (org_id, person_id, role),
    CONSTRAINT person_roles_person_fk FOREIGN KEY (org_id, person_id) REFERENCES people (org_id, id)
);

CREATE TABLE tokens (
    org_id     TEXT COLLATE "C" NOT NULL,
    id         TEXT COLLATE "C" NOT NULL,
    person_id  TEXT COLLATE "C" NOT NULL,
    label      TEXT COLLATE "C" NOT NULL,
    purpose    TEXT COLLATE "C" NOT NULL,
    hash       TEXT COLLATE "C" NOT NULL,
    created_at TIMESTAMPTZ      NOT NULL,
    expires_at TIMESTAMPTZ      NOT NULL,
    revoked_at TIMESTAMPTZ,
    CONSTRAINT tokens_pk PRIMARY KEY (org_id, id),
    CONSTRAINT tokens_hash_key UNIQUE (hash),
    CONSTRAINT tokens_person_fk FOREIGN KEY (org_id, person_id) REFERENCES people (org_id, id)
);

CREATE TABLE cases (
    org_id           TEXT COLLATE "C" NOT NULL,
    id               TEXT COLLATE "C" NOT NULL,
    registry_no      TEXT COLLATE "C",
    state            TEXT COLLATE "C" NOT NULL,
    seq              BIGINT           NOT NULL,
    version          BIGINT           NOT NULL,
    last_hash        TEXT COLLATE "C" NOT NULL,
    title            TEXT COLLATE "C" NOT NULL,
    project_owner_id TEXT COLLATE "C" NOT NULL,
    unit_id          TEXT COLLATE "C" NOT NULL,
    rulebook_id      TEXT COLLATE "C" NOT NULL,
    rulebook_version TEXT COLLATE "C" NOT NULL,
    rulebook_digest  TEXT COLLATE "C" NOT NULL,
    profile          TEXT COLLATE "C" NOT NULL,
    revision         INTEGER          NOT NULL,
    outcome          TEXT COLLATE "C" NOT NULL,
    tier             TEXT COLLATE "C" NOT NULL,
    mode             TEXT COLLATE "C" NOT NULL,
    ipl              INTEGER,
    ai_act_class     TEXT COLLATE "C" NOT NULL,
    target           TEXT COLLATE "C" NOT NULL,
    hard_stops       TEXT COLLATE "C" NOT NULL,
    blockers         TEXT COLLATE "C" NOT NULL,
    service_times    TEXT COLLATE "C" NOT NULL,
    conditions       INTEGER          NOT NULL,
    open_before_use  INTEGER          NOT NULL,
    returns_count    INTEGER          NOT NULL,
    search           TEXT COLLATE "C" NOT NULL,
    created_at       TIMESTAMPTZ      NOT NULL,
    updated_at       TIMESTAMPTZ      NOT NULL,
    CONSTRAINT cases_pk PRIMARY KEY (org_id, id),
    CONSTRAINT cases_registry_no_key UNIQUE (org_id, registry_no),
    CONSTRAINT cases_owner_fk FOREIGN KEY (org_id, project_owner_id) REFERENCES people (org_id, id),
    CONSTRAINT cases_unit_fk FOREIGN KEY (org_id, unit_id) REFERENCES units (org_id, id)
);

CREATE INDEX cases_updated_idx ON cases (org_id, updated_at, id);
CREATE INDEX cases_state_idx ON cases (org_id, state, updated_at, id);

CREATE TABLE registry_numbers (
    org_id TEXT COLLATE "C" NOT NULL,
    year   INTEGER          NOT NULL,
    last   BIGINT           NOT NULL,
    CONSTRAINT registry_numbers_pk PRIMARY KEY (org_id, year)
);

CREATE TABLE case_people (
    org_id    TEXT COLLATE "C" NOT NULL,
    case_id   TEXT COLLATE "C" NOT NULL,
    person_id TEXT COLLATE "C" NOT NULL,
    role      TEXT COLLATE "C" NOT NULL,
    source    TEXT COLLATE "C" NOT NULL,
    CONSTRAINT case_people_pk PRIMARY KEY (org_id, case_id, person_id, role, source),
    CONSTRAINT case_people_case_fk FOREIGN KEY (org_id, case_id) REFERENCES cases (org_id, id),
    CONSTRAINT case_people_person_fk FOREIGN KEY (org_id, person_id) REFERENCES people (org_id, id)
);

CREATE INDEX case_people_person_idx ON case_people (org_id, person_id, role, case_id);

-- Which two functions one person never has in one case (rulebook 10). The program
-- checks that before it writes; this is for the day when it does not.
CREATE TABLE role_conflicts (
    rule  TEXT COLLATE "C" NOT NULL,
    role  TEXT COLLATE "C" NOT NULL,
    other TEXT COLLATE "C" NOT NULL,
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

CREATE FUNCTION refuse_conflicting_roles() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (
        SELECT 1 FROM case_people p
        JOIN role_conflicts k ON k.role = p.role AND k.other = NEW.role
        WHERE p.org_id = NEW.org_id AND p.case_id = NEW.case_id AND p.person_id = NEW.person_id
    ) THEN
        RAISE EXCEPTION 'segregation of duties' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END
$$;

CREATE TRIGGER case_people_segregation BEFORE INSERT ON case_people
    FOR EACH ROW EXECUTE FUNCTION refuse_conflicting_roles();

CREATE TABLE parts (
    org_id   TEXT COLLATE "C" NOT NULL,
    case_id  TEXT COLLATE "C" NOT NULL,
    part     TEXT COLLATE "C" NOT NULL,
    revision INTEGER          NOT NULL,
    answers  TEXT COLLATE "C" NOT NULL,
    hash     TEXT COLLATE "C" NOT NULL,
    saved_by TEXT COLLATE "C" NOT NULL,
    saved_at TIMESTAMPTZ      NOT NULL,
    CONSTRAINT parts_pk PRIMARY KEY (org_id, case_id, part),
    CONSTRAINT parts_case_fk FOREIGN KEY (org_id, case_id) REFERENCES cases (org_id, id)
);

CREATE TABLE revisions (
    org_id       TEXT COLLATE "C" NOT NULL,
    case_id      TEXT COLLATE "C" NOT NULL,
    part         TEXT COLLATE "C" NOT NULL,
    revision     INTEGER          NOT NULL,
    answers      TEXT COLLATE "C" NOT NULL,
    hash         TEXT COLLATE "C" NOT NULL,
    submitted_by TEXT COLLATE "C" NOT NULL,
    submitted_at TIMESTAMPTZ      NOT NULL,
    CONSTRAINT revisions_pk PRIMARY KEY (org_id, case_id, part, revision),
    CONSTRAINT revisions_case_fk FOREIGN KEY (org_id, case_id) REFERENCES cases (org_id, id)
);

CREATE TABLE evaluations (
    org_id          TEXT COLLATE "C" NOT NULL,
    case_id         TEXT COLLATE "C" NOT NULL,
    version         BIGINT           NOT NULL,
    revision        INTEGER          NOT NULL,
    evaluated_on    TEXT COLLATE "C" NOT NULL,
    rulebook_digest TEXT COLLATE "C" NOT NULL,
    facts_hash      TEXT COLLATE "C" NOT NULL,
    result          TEXT COLLATE "C" NOT NULL,
    CONSTRAINT evaluations_pk PRIMARY KEY (org_id, case_id, version),
    CONSTRAINT evaluations_case_fk FOREIGN KEY (org_id, case_id) REFERENCES cases (org_id, id)
);

CREATE TABLE stages (
    org_id      TEXT COLLATE "C" NOT NULL,
    case_id     TEXT COLLATE "C" NOT NULL,
    stage       TEXT COLLATE "C" NOT NULL,
    requirement TEXT COLLATE "C" NOT NULL,
    raised      BOOLEAN NOT NULL,
    status      TEXT COLLATE "C" NOT NULL,
    result      TEXT COLLATE "C" NOT NULL,
    scope_hash  TEXT COLLATE "C" NOT NULL,
    started_at  TIMESTAMPTZ,
    done_at     TIMESTAMPTZ,
    CONSTRAINT stages_pk PRIMARY KEY (org_id, case_id, stage),
    CONSTRAINT stages_case_fk FOREIGN KEY (org_id, case_id) REFERENCES cases (org_id, id)
);

CREATE TABLE tasks (
    org_id      TEXT COLLATE "C" NOT NULL,
    id          TEXT COLLATE "C" NOT NULL,
    case_id     TEXT COLLATE "C" NOT NULL,
    stage       TEXT COLLATE "C" NOT NULL,
    kind        TEXT COLLATE "C" NOT NULL,
    round       INTEGER          NOT NULL,
    role        TEXT COLLATE "C" NOT NULL,
    status      TEXT COLLATE "C" NOT NULL,
    outcome     TEXT COLLATE "C" NOT NULL,
    assignee_id TEXT COLLATE "C",
    revision    INTEGER          NOT NULL,
    scope_hash  TEXT COLLATE "C" NOT NULL,
    opened_at   TIMESTAMPTZ      NOT NULL,
    due_at      TIMESTAMPTZ,
    closed_at   TIMESTAMPTZ,
    CONSTRAINT tasks_pk PRIMARY KEY (org_id, id),
    CONSTRAINT tasks_round_key UNIQUE (org_id, case_id, stage, kind, round),
    CONSTRAINT tasks_case_fk FOREIGN KEY (org_id, case_id) REFERENCES cases (org_id, id)
);

CREATE INDEX tasks_due_idx ON tasks (org_id, status, due_at, id);
CREATE INDEX tasks_role_idx ON tasks (org_id, status, role, due_at, id);
CREATE INDEX tasks_assignee_idx ON tasks (org_id, assignee_id, status, due_at, id);

CREATE TABLE decisions (
    org_id             TEXT COLLATE "C" NOT NULL,
    id                 TEXT COLLATE "C" NOT NULL,
    case_id            TEXT COLLATE "C" NOT NULL,
    task_id            TEXT COLLATE "C",
    kind               TEXT COLLATE "C" NOT NULL,
    stage              TEXT COLLATE "C" NOT NULL,
    outcome            TEXT COLLATE "C" NOT NULL,
    decider_id         TEXT COLLATE "C" NOT NULL,
    role               TEXT COLLATE "C" NOT NULL,
    revision           INTEGER          NOT NULL,
    scope_hash         TEXT COLLATE "C" NOT NULL,
    motivation         TEXT COLLATE "C" NOT NULL,
    reason_codes       TEXT COLLATE "C" NOT NULL,
    path_forward_text  TEXT COLLATE "C" NOT NULL,
    decision_authority TEXT COLLATE "C" NOT NULL,
    answers            TEXT COLLATE "C" NOT NULL,
    command_id         TEXT COLLATE "C" NOT NULL,
    decided_at         TIMESTAMPTZ      NOT NULL,
    CONSTRAINT decisions_pk PRIMARY KEY (org_id, id),
    CONSTRAINT decisions_command_key UNIQUE (org_id, command_id),
    CONSTRAINT decisions_case_fk FOREIGN KEY (org_id, case_id) REFERENCES cases (org_id, id)
);

CREATE INDEX decisions_case_idx ON decisions (org_id, case_id, decided_at);

CREATE TABLE conditions (
    org_id        TEXT COLLATE "C" NOT NULL,
    id            TEXT COLLATE "C" NOT NULL,
    case_id       TEXT COLLATE "C" NOT NULL,
    decision_id   TEXT COLLATE "C" NOT NULL,
    stage         TEXT COLLATE "C" NOT NULL,
    text_sv       TEXT COLLATE "C" NOT NULL,
    text_en       TEXT COLLATE "C" NOT NULL,
    source_rule   TEXT COLLATE "C" NOT NULL,
    owner_role    TEXT COLLATE "C" NOT NULL,
    verifier_role TEXT COLLATE "C" NOT NULL,
    verification  TEXT COLLATE "C" NOT NULL,
    consequence   TEXT COLLATE "C" NOT NULL,
    due_kind      TEXT COLLATE "C" NOT NULL,
    due_date      TEXT COLLATE "C" NOT NULL,
    status        TEXT COLLATE "C" NOT NULL,
    evidence_note TEXT COLLATE "C" NOT NULL,
    verified_by   TEXT COLLATE "C",
    verified_at   TIMESTAMPTZ,
    created_at    TIMESTAMPTZ      NOT NULL,
    CONSTRAINT conditions_pk PRIMARY KEY (org_id, id),
    CONSTRAINT conditions_case_fk FOREIGN KEY (org_id, case_id) REFERENCES cases (org_id, id)
);

CREATE INDEX conditions_case_idx ON conditions (org_id, case_id, status);

CREATE TABLE deadlines (
    org_id       TEXT COLLATE "C" NOT NULL,
    id           TEXT COLLATE "C" NOT NULL,
    case_id      TEXT COLLATE "C" NOT NULL,
    subject      TEXT COLLATE "C" NOT NULL,
    kind         TEXT COLLATE "C" NOT NULL,
    round        INTEGER          NOT NULL,
    due_at       TIMESTAMPTZ      NOT NULL,
    fired_at     TIMESTAMPTZ,
    cancelled_at TIMESTAMPTZ,
    late         BOOLEAN          NOT NULL,
    CONSTRAINT deadlines_pk PRIMARY KEY (org_id, id),
    CONSTRAINT deadlines_case_fk FOREIGN KEY (org_id, case_id) REFERENCES cases (org_id, id)
);

CREATE INDEX deadlines_case_idx ON deadlines (org_id, case_id, due_at, id);
CREATE INDEX deadlines_due_idx ON deadlines (due_at)
    WHERE fired_at IS NULL AND cancelled_at IS NULL;

CREATE TABLE events (
    org_id          TEXT COLLATE "C" NOT NULL,
    case_id         TEXT COLLATE "C" NOT NULL,
    seq             BIGINT           NOT NULL,
    kind            TEXT COLLATE "C" NOT NULL,
    actor_id        TEXT COLLATE "C" NOT NULL,
    command_id      TEXT COLLATE "C" NOT NULL,
    at              TIMESTAMPTZ      NOT NULL,
    rulebook_digest TEXT COLLATE "C" NOT NULL,
    data            TEXT COLLATE "C" NOT NULL,
    commitments     TEXT COLLATE "C" NOT NULL,
    prev_hash       TEXT COLLATE "C" NOT NULL,
    hash            TEXT COLLATE "C" NOT NULL,
    CONSTRAINT events_pk PRIMARY KEY (org_id, case_id, seq),
    CONSTRAINT events_case_fk FOREIGN KEY (org_id, case_id) REFERENCES cases (org_id, id)
);

CREATE TABLE event_salts (
    org_id  TEXT COLLATE "C" NOT NULL,
    case_id TEXT COLLATE "C" NOT NULL,
    seq     BIGINT           NOT NULL,
    field   TEXT COLLATE "C" NOT NULL,
    salt    TEXT COLLATE "C" NOT NULL,
    CONSTRAINT event_salts_pk PRIMARY KEY (org_id, case_id, seq, field),
    CONSTRAINT event_salts_event_fk FOREIGN KEY (org_id, case_id, seq) REFERENCES events (org_id, case_id, seq)
);

CREATE TABLE commands (
    org_id       TEXT COLLATE "C" NOT NULL,
    id           TEXT COLLATE "C" NOT NULL,
    request_key  TEXT COLLATE "C" NOT NULL,
    case_id      TEXT COLLATE "C" NOT NULL,
    kind         TEXT COLLATE "C" NOT NULL,
    actor_id     TEXT COLLATE "C" NOT NULL,
    body_hash    TEXT COLLATE "C" NOT NULL,
    payload      TEXT COLLATE "C" NOT NULL,
    evaluation   TEXT COLLATE "C" NOT NULL,
    evaluated_on TEXT COLLATE "C" NOT NULL,
    state        TEXT COLLATE "C" NOT NULL,
    status       INTEGER          NOT NULL,
    answer       TEXT COLLATE "C" NOT NULL,
    created_at   TIMESTAMPTZ      NOT NULL,
    done_at      TIMESTAMPTZ,
    acked_at     TIMESTAMPTZ,
    CONSTRAINT commands_pk PRIMARY KEY (org_id, id),
    CONSTRAINT commands_request_key UNIQUE (org_id, request_key)
);

CREATE INDEX commands_pending_idx ON commands (created_at) WHERE state = 'pending';
CREATE INDEX commands_unacked_idx ON commands (done_at) WHERE state = 'done' AND acked_at IS NULL;

CREATE TABLE outbox (
    org_id     TEXT COLLATE "C" NOT NULL,
    id         TEXT COLLATE "C" NOT NULL,
    case_id    TEXT COLLATE "C" NOT NULL,
    seq        BIGINT           NOT NULL,
    kind       TEXT COLLATE "C" NOT NULL,
    task_id    TEXT COLLATE "C",
    created_at TIMESTAMPTZ      NOT NULL,
    sent_at    TIMESTAMPTZ,
    CONSTRAINT outbox_pk PRIMARY KEY (org_id, id),
    CONSTRAINT outbox_case_fk FOREIGN KEY (org_id, case_id) REFERENCES cases (org_id, id)
);

CREATE INDEX outbox_unsent_idx ON outbox (created_at) WHERE sent_at IS NULL;

CREATE TABLE case_products (
    org_id   TEXT COLLATE "C" NOT NULL,
    case_id  TEXT COLLATE "C" NOT NULL,
    supplier TEXT COLLATE "C" NOT NULL,
    product  TEXT COLLATE "C" NOT NULL,
    CONSTRAINT case_products_pk PRIMARY KEY (org_id, case_id),
    CONSTRAINT case_products_case_fk FOREIGN KEY (org_id, case_id) REFERENCES cases (org_id, id)
);

CREATE INDEX case_products_supplier_idx ON case_products (org_id, supplier);
CREATE INDEX case_products_product_idx ON case_products (org_id, product);
