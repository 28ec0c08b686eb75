-- Who is signed in to the pages, the passwords of local accounts, and who has
-- opened which task.

-- A session is known by the hash of the secret in the person's browser. It ends
-- when it is not seen for a while, and at expires_at in any case.
CREATE TABLE sessions (
    org_id     TEXT      NOT NULL,
    id         TEXT      NOT NULL,
    person_id  TEXT      NOT NULL,
    hash       TEXT      NOT NULL,
    method     TEXT      NOT NULL,
    acr        TEXT      NOT NULL,
    amr        TEXT      NOT NULL,
    proved_at  TIMESTAMP NOT NULL,
    created_at TIMESTAMP NOT NULL,
    seen_at    TIMESTAMP NOT NULL,
    expires_at TIMESTAMP NOT NULL,
    CONSTRAINT sessions_pk PRIMARY KEY (org_id, id),
    CONSTRAINT sessions_hash_key UNIQUE (hash),
    CONSTRAINT sessions_person_fk FOREIGN KEY (org_id, person_id) REFERENCES people (org_id, id)
);

CREATE INDEX sessions_person_idx ON sessions (org_id, person_id);
CREATE INDEX sessions_expires_idx ON sessions (expires_at);

CREATE TABLE passwords (
    org_id    TEXT      NOT NULL,
    person_id TEXT      NOT NULL,
    hash      TEXT      NOT NULL,
    set_at    TIMESTAMP NOT NULL,
    CONSTRAINT passwords_pk PRIMARY KEY (org_id, person_id),
    CONSTRAINT passwords_person_fk FOREIGN KEY (org_id, person_id) REFERENCES people (org_id, id)
);

-- The first time that a person opened a task.
CREATE TABLE task_views (
    org_id    TEXT      NOT NULL,
    person_id TEXT      NOT NULL,
    task_id   TEXT      NOT NULL,
    viewed_at TIMESTAMP NOT NULL,
    CONSTRAINT task_views_pk PRIMARY KEY (org_id, person_id, task_id),
    CONSTRAINT task_views_task_fk FOREIGN KEY (org_id, task_id) REFERENCES tasks (org_id, id)
);
