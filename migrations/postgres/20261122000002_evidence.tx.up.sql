-- What stands beside the answers of a case: attached files, the remarks of
-- reviewers with their replies, and comments.

-- The content of a file is kept outside the record, under its hash.
CREATE TABLE attachments (
    org_id       TEXT COLLATE "C" NOT NULL,
    id           TEXT COLLATE "C" NOT NULL,
    case_id      TEXT COLLATE "C" NOT NULL,
    part         TEXT COLLATE "C" NOT NULL,
    pointer      TEXT COLLATE "C" NOT NULL,
    condition_id TEXT COLLATE "C",
    file_name    TEXT COLLATE "C" NOT NULL,
    media_type   TEXT COLLATE "C" NOT NULL,
    size         BIGINT           NOT NULL,
    sha256       TEXT COLLATE "C" NOT NULL,
    note         TEXT COLLATE "C" NOT NULL,
    added_by     TEXT COLLATE "C" NOT NULL,
    added_at     TIMESTAMPTZ      NOT NULL,
    removed_at   TIMESTAMPTZ,
    CONSTRAINT attachments_pk PRIMARY KEY (org_id, id),
    CONSTRAINT attachments_case_fk FOREIGN KEY (org_id, case_id) REFERENCES cases (org_id, id),
    CONSTRAINT attachments_condition_fk FOREIGN KEY (org_id, condition_id) REFERENCES conditions (org_id, id)
);

CREATE INDEX attachments_case_idx ON attachments (org_id, case_id, added_at, id);
CREATE INDEX attachments_content_idx ON attachments (org_id, sha256) WHERE removed_at IS NULL;

CREATE TABLE remarks (
    org_id      TEXT COLLATE "C" NOT NULL,
    id          TEXT COLLATE "C" NOT NULL,
    case_id     TEXT COLLATE "C" NOT NULL,
    stage       TEXT COLLATE "C" NOT NULL,
    question_id TEXT COLLATE "C" NOT NULL,
    author_id   TEXT COLLATE "C" NOT NULL,
    author_role TEXT COLLATE "C" NOT NULL,
    text        TEXT COLLATE "C" NOT NULL,
    severity    TEXT COLLATE "C" NOT NULL,
    status      TEXT COLLATE "C" NOT NULL,
    reply       TEXT COLLATE "C" NOT NULL,
    reasons     TEXT COLLATE "C" NOT NULL,
    reply_by    TEXT COLLATE "C",
    replied_at  TIMESTAMPTZ,
    created_at  TIMESTAMPTZ      NOT NULL,
    CONSTRAINT remarks_pk PRIMARY KEY (org_id, id),
    CONSTRAINT remarks_case_fk FOREIGN KEY (org_id, case_id) REFERENCES cases (org_id, id)
);

CREATE INDEX remarks_case_idx ON remarks (org_id, case_id, created_at, id);

CREATE TABLE comments (
    org_id     TEXT COLLATE "C" NOT NULL,
    id         TEXT COLLATE "C" NOT NULL,
    case_id    TEXT COLLATE "C" NOT NULL,
    author_id  TEXT COLLATE "C" NOT NULL,
    text       TEXT COLLATE "C" NOT NULL,
    created_at TIMESTAMPTZ      NOT NULL,
    CONSTRAINT comments_pk PRIMARY KEY (org_id, id),
    CONSTRAINT comments_case_fk FOREIGN KEY (org_id, case_id) REFERENCES cases (org_id, id)
);

CREATE INDEX comments_case_idx ON comments (org_id, case_id, created_at, id);
