-- Messages: what has been told to whom, and whether it has left by e-mail.

-- Where a person gets e-mail, '' for nowhere, and in which language.
ALTER TABLE people ADD COLUMN email    TEXT NOT NULL DEFAULT '';
ALTER TABLE people ADD COLUMN language TEXT NOT NULL DEFAULT 'sv';

-- Whose act the message tells of. outbox.sent_at says since when the message is
-- addressed.
ALTER TABLE outbox ADD COLUMN actor_id TEXT NOT NULL DEFAULT '';

-- A message for one person, about a case, an incident, or a task that belongs to
-- neither. It carries no text: the title of its case is read when it is shown or
-- sent.
CREATE TABLE messages (
    org_id      TEXT NOT NULL,
    id          TEXT NOT NULL,
    outbox_id   TEXT NOT NULL,
    person_id   TEXT NOT NULL,
    kind        TEXT NOT NULL,
    case_id     TEXT,
    incident_id TEXT,
    seq         BIGINT NOT NULL,
    task_id     TEXT NOT NULL,
    created_at  TIMESTAMP NOT NULL,
    read_at     TIMESTAMP,
    mail_state  TEXT NOT NULL,
    attempts    INTEGER NOT NULL,
    next_at     TIMESTAMP,
    sent_at     TIMESTAMP,
    failure     TEXT NOT NULL,
    CONSTRAINT messages_pk PRIMARY KEY (org_id, id),
    CONSTRAINT messages_outbox_key UNIQUE (org_id, outbox_id, person_id),
    CONSTRAINT messages_outbox_fk FOREIGN KEY (org_id, outbox_id) REFERENCES outbox (org_id, id),
    CONSTRAINT messages_person_fk FOREIGN KEY (org_id, person_id) REFERENCES people (org_id, id),
    CONSTRAINT messages_case_fk FOREIGN KEY (org_id, case_id) REFERENCES cases (org_id, id)
);

-- One step of a case or an incident tells a person the same thing once, in however
-- many functions it concerns them.
CREATE UNIQUE INDEX messages_once_key
    ON messages (org_id, COALESCE(case_id, incident_id, task_id), person_id, seq, kind, task_id);
CREATE INDEX messages_person_idx ON messages (org_id, person_id, created_at, id);
CREATE INDEX messages_mail_idx ON messages (org_id, mail_state, created_at, id);
CREATE INDEX messages_due_idx ON messages (next_at) WHERE mail_state IN ('waiting', 'failed');

-- What one process at a time does for all.
CREATE TABLE leases (
    name       TEXT NOT NULL,
    holder     TEXT NOT NULL,
    expires_at TIMESTAMP NOT NULL,
    CONSTRAINT leases_pk PRIMARY KEY (name)
);
