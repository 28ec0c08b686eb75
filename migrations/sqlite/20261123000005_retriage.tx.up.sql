-- Cases that were triaged again because a date of the law came or the rulebook
-- changed: what differs from the triage before, and what people made of it. A case
-- is triaged once for each triage of its answers, rulebook and state of the law
-- (the last date of the law that had come); law is "" before the first.

CREATE TABLE retriages (
    org_id           TEXT NOT NULL,
    id               TEXT NOT NULL,
    case_id          TEXT NOT NULL,
    version          BIGINT NOT NULL,
    rulebook_id      TEXT NOT NULL,
    rulebook_version TEXT NOT NULL,
    rulebook_digest  TEXT NOT NULL,
    law              TEXT NOT NULL,
    evaluated_on     TEXT NOT NULL,
    before_on        TEXT NOT NULL,
    before_digest    TEXT NOT NULL,
    reasons          TEXT NOT NULL,
    rules            TEXT NOT NULL,
    differences      TEXT NOT NULL,
    result           TEXT NOT NULL,
    proposal         TEXT NOT NULL,
    status           TEXT NOT NULL,
    created_at       TIMESTAMP NOT NULL,
    answered_by      TEXT,
    answered_as      TEXT NOT NULL,
    answered_at      TIMESTAMP,
    reason           TEXT NOT NULL,
    stages           TEXT NOT NULL,
    CONSTRAINT retriages_pk PRIMARY KEY (org_id, id),
    CONSTRAINT retriages_law_key UNIQUE (org_id, case_id, version, rulebook_digest, law),
    CONSTRAINT retriages_case_fk FOREIGN KEY (org_id, case_id) REFERENCES cases (org_id, id),
    CONSTRAINT retriages_answered_fk FOREIGN KEY (org_id, answered_by) REFERENCES people (org_id, id)
);

CREATE INDEX retriages_created_idx ON retriages (org_id, created_at, id);
CREATE INDEX retriages_status_idx ON retriages (org_id, status, created_at, id);
