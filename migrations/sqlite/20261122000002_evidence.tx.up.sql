-- What stands beside the answers of a case: attached files, the remarks of
-- reviewers with their replies, and comments.

-- The content of a file is kept outside the record, under its hash.
CREATE TABLE attachments (
    org_id       TEXT      NOT NULL,
    id           TEXT      NOT NULL,
    case_id      TEXT      NOT NULL,
    part         TEXT      NOT NULL,
    pointer      TEXT      NOT NULL,
    condition_id TEXT,
    file_name    TEXT      NOT NULL,
    media_type   TEXT      NOT NULL,
    size         BIGINT    NOT NULL,
    sha256       TEXT      NOT NULL,
    note         TEXT      NOT NULL,
    added_by     TEXT      NOT NULL,
    added_at     TIMESTAMP NOT NULL,
    removed_at   TIMESTAMP,
    CONSTRAINT attachments_pk PRIMARY KEY (org_id, id),
    CONSTRAINT attachments_case_fk FOREIGN KEY (org_id, case_id) REFERENCES cases (org_id, id),
    CONSTRAINT attachments_condition_fk FOREIGN KEY (org_id, condition_id) REFERENCES conditions (org_id, id)
);

CREATE INDEX attachments_case_idx ON attachments (org_id, case_id, added_at, id);
CREATE INDEX attachments_content_idx ON attachments (org_id, sha256) WHERE removed_at IS NULL;

CREATE TABLE remarks (
    org_id      TEXT      NOT NULL,
    id          TEXT      NOT NULL,
    case_id     TEXT      NOT NULL,
    stage       TEXT      NOT NULL,
    question_id TEXT      NOT NULL,
    author_id   TEXT      NOT NULL,
    author_role TEXT      NOT NULL,
    text        TEXT      NOT NULL,
    severity    TEXT      NOT NULL,
    status      TEXT      NOT NULL,
    reply       TEXT      NOT NULL,
    reasons     TEXT      NOT NULL,
    reply_by    TEXT,
    replied_at  TIMESTAMP,
    created_at  TIMESTAMP NOT NULL,
    CONSTRAINT remarks_pk PRIMARY KEY (org_id, id),
    CONSTRAINT remarks_case_fk FOREIGN KEY (org_id, case_id) REFERENCES cases (org_id, id)
);

CREATE INDEX remarks_case_idx ON remarks (org_id, case_id, created_at, id);

CREATE TABLE comments (
    org_id     TEXT      NOT NULL,
    id         TEXT      NOT NULL,
    case_id    TEXT      NOT NULL,
    author_id  TEXT      NOT NULL,
    text       TEXT      NOT NULL,
    created_at TIMESTAMP NOT NULL,
    CONSTRAINT comments_pk PRIMARY KEY (org_id, id),
    CONSTRAINT comments_case_fk FOREIGN KEY (org_id, case_id) REFERENCES cases (org_id, id)
);

CREATE INDEX comments_case_idx ON comments (org_id, case_id, created_at, id);
