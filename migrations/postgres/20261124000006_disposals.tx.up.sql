-- What is to be disposed of, because its time has come (rulebook 9.6) or because
-- somebody asks for it (GDPR 17): proposed by the program or a person, approved by
-- two. The row stays and tells of it. kind is a rule of retention, 'person' or
-- 'comment'; first_by is the first of the two, closed_by who disposed of it or kept
-- it.

CREATE TABLE disposals (
    org_id          TEXT COLLATE "C" NOT NULL,
    id              TEXT COLLATE "C" NOT NULL,
    kind            TEXT COLLATE "C" NOT NULL,
    case_id         TEXT COLLATE "C",
    person_id       TEXT COLLATE "C",
    comment_id      TEXT COLLATE "C",
    due             TEXT COLLATE "C" NOT NULL,
    rulebook_digest TEXT COLLATE "C" NOT NULL,
    status          TEXT COLLATE "C" NOT NULL,
    proposed_by     TEXT COLLATE "C" NOT NULL,
    proposed_at     TIMESTAMPTZ NOT NULL,
    reason          TEXT COLLATE "C" NOT NULL,
    first_by        TEXT COLLATE "C",
    first_as        TEXT COLLATE "C" NOT NULL,
    first_at        TIMESTAMPTZ,
    closed_by       TEXT COLLATE "C",
    closed_as       TEXT COLLATE "C" NOT NULL,
    closed_at       TIMESTAMPTZ,
    closing_reason  TEXT COLLATE "C" NOT NULL,
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
