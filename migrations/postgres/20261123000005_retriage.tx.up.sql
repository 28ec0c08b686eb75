-- Cases that were triaged again because a date of the law came or the rulebook
-- changed: what differs from the triage before, and what people made of it. A case
-- is triaged once for each triage of its answers, rulebook and state of the law
-- (the last date of the law that had come); law is "" before the first.

CREATE TABLE retriages (
    org_id           TEXT COLLATE "C" NOT NULL,
    id               TEXT COLLATE "C" NOT NULL,
    case_id          TEXT COLLATE "C" NOT NULL,
    version          BIGINT NOT NULL,
    rulebook_id      TEXT COLLATE "C" NOT NULL,
    rulebook_version TEXT COLLATE "C" NOT NULL,
    rulebook_digest  TEXT COLLATE "C" NOT NULL,
    law              TEXT COLLATE "C" NOT NULL,
    evaluated_on     TEXT COLLATE "C" NOT NULL,
    before_on        TEXT COLLATE "C" NOT NULL,
    before_digest    TEXT COLLATE "C" NOT NULL,
    reasons          TEXT COLLATE "C" NOT NULL,
    rules            TEXT COLLATE "C" NOT NULL,
    differences      TEXT COLLATE "C" NOT NULL,
    result           TEXT COLLATE "C" NOT NULL,
    proposal         TEXT COLLATE "C" NOT NULL,
    status           TEXT COLLATE "C" NOT NULL,
    created_at       TIMESTAMPTZ NOT NULL,
    answered_by      TEXT COLLATE "C",
    answered_as      TEXT COLLATE "C" NOT NULL,
    answered_at      TIMESTAMPTZ,
    reason           TEXT COLLATE "C" NOT NULL,
    stages           TEXT COLLATE "C" NOT NULL,
    CONSTRAINT retriages_pk PRIMARY KEY (org_id, id),
    CONSTRAINT retriages_law_key UNIQUE (org_id, case_id, version, rulebook_digest, law),
    CONSTRAINT retriages_case_fk FOREIGN KEY (org_id, case_id) REFERENCES cases (org_id, id),
    CONSTRAINT retriages_answered_fk FOREIGN KEY (org_id, answered_by) REFERENCES people (org_id, id)
);

CREATE INDEX retriages_created_idx ON retriages (org_id, created_at, id);
CREATE INDEX retriages_status_idx ON retriages (org_id, status, created_at, id);
