-- Who is signed in to the pages, the passwords of local accounts, and who has
-- opened which task.

-- A session is known by the hash of the secret in the person's browser. It ends
-- when it is not seen for a while, and at expires_at in any case.
CREATE TABLE sessions (
    org_id     TEXT COLLATE "C" NOT NULL,
    id         TEXT COLLATE "C" NOT NULL,
    person_id  TEXT COLLATE "C" NOT NULL,
    hash       TEXT COLLATE "C" NOT NULL,
    method     TEXT COLLATE "C" NOT NULL,
    acr        TEXT COLLATE "C" NOT NULL,
    amr        TEXT COLLATE "C" NOT NULL,
    proved_at  TIMESTAMPTZ      NOT NULL,
    created_at TIMESTAMPTZ      NOT NULL,
    seen_at    TIMESTAMPTZ      NOT NULL,
    expires_at TIMESTAMPTZ      NOT NULL,
    CONSTRAINT sessions_pk PRIMARY KEY (org_id, id),
    CONSTRAINT sessions_hash_key UNIQUE (hash),
    CONSTRAINT sessions_person_fk FOREIGN KEY (org_id, person_id) REFERENCES people (org_id, id)
);

CREATE INDEX sessions_person_idx ON sessions (org_id, person_id);
CREATE INDEX sessions_expires_idx ON sessions (expires_at);

CREATE TABLE passwords (
    org_id    TEXT COLLATE "C" NOT NULL,
    person_id TEXT COLLATE "C" NOT NULL,
    hash      TEXT COLLATE "C" NOT NULL,
    set_at    TIMESTAMPTZ      NOT NULL,
    CONSTRAINT passwords_pk PRIMARY KEY (org_id, person_id),
    CONSTRAINT passwords_person_fk FOREIGN KEY (org_id, person_id) REFERENCES people (org_id, id)
);

-- The first time that a person opened a task.
CREATE TABLE task_views (
    org_id    TEXT COLLATE "C" NOT NULL,
    person_id TEXT COLLATE "C" NOT NULL,
    task_id   TEXT COLLATE "C" NOT NULL,
    viewed_at TIMESTAMPTZ      NOT NULL,
    CONSTRAINT task_views_pk PRIMARY KEY (org_id, person_id, task_id),
    CONSTRAINT task_views_task_fk FOREIGN KEY (org_id, task_id) REFERENCES tasks (org_id, id)
);
