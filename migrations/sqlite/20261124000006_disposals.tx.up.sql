-- What is to be disposed of, because its time has come (rulebook 9.6) or because
-- somebody asks for it (GDPR 17): proposed by the program or a person, approved by
-- two. The row stays and tells of it. kind is a rule of retention, 'person' or
-- 'comment'; first_by is the first of the two, closed_by who disposed of it or kept
-- it.

CREATE TABLE disposals (
    org_id          TEXT NOT NULL,
    id              TEXT NOT NULL,
    kind            TEXT NOT NULL,
    case_id         TEXT,
    person_id       TEXT,
    comment_id      TEXT,
    due             TEXT NOT NULL,
    rulebook_digest TEXT NOT NULL,
    status          TEXT NOT NULL,
    proposed_by     TEXT NOT NULL,
    proposed_at     TIMESTAMP NOT NULL,
    reason          TEXT NOT NULL,
    first_by        TEXT,
    first_as        TEXT NOT NULL,
    first_at        TIMESTAMP,
    closed_by       TEXT,
    closed_as       TEXT NOT NULL,
    closed_at       TIMESTAMP,
    closing_reason  TEXT NOT NULL,
    removed         INTEGER NOT NULL,
    CONSTRAINT disposals_pk PRIMARY KEY (org_id, id),
    CONSTRAINT disposals_case_fk FOREIGN KEY (org_id, case_id) REFERENCES cases (org_id, id),
    CONSTRAINT disposals_person_fk FOREIGN KEY (org_id, person_id) REFERENCES people (org_id, id),
    CONSTRAINT disposals_comment_fk FOREIGN KEY (org_id, comment_id) REFERENCES comments (org_id, id),
    CONSTRAINT disposals_first_fk FOREIGN KEY (org_id, first_by) REFERENCES people (org_id, id),
    CONSTRAINT disposals_closed_fk FOREIGN KEY (org_id, closed_by) REFERENCES people (org_id, id),
    CONSTRAINT disposals_two_check CHECK (status <> 'done' OR first_by IS NOT NULL AND closed_by IS NOT NULL AND first_by <> closed_by)
);

CREATE UNIQUE INDEX disposals_once_key ON disposals (org_id, kind, COALESCE(case_id, ''), COALESCE(person_id, ''), COALESCE(comment_id, ''))
    WHERE status <> 'kept' OR kind NOT IN ('person', 'comment');
CREATE INDEX disposals_proposed_idx ON disposals (org_id, proposed_at, id);
