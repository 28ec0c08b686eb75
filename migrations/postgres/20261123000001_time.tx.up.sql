-- Time: how a case stands once it is in use, deadlines that are put off, and
-- messages that say whom they are for.

-- What the process knows of a case in use: suspended, expired, who has agreed to
-- resume it, how far a prior consultation has come (JSON of codes).
ALTER TABLE cases ADD COLUMN in_use        TEXT    NOT NULL DEFAULT '{}';
ALTER TABLE cases ADD COLUMN lapsed        INTEGER NOT NULL DEFAULT 0;
ALTER TABLE cases ADD COLUMN valid_until   TEXT    NOT NULL DEFAULT '';
ALTER TABLE cases ADD COLUMN interim_until TEXT    NOT NULL DEFAULT '';
-- The units that the case covers beside its own.
ALTER TABLE cases ADD COLUMN covered       TEXT    NOT NULL DEFAULT '';

CREATE INDEX cases_valid_idx ON cases (org_id, valid_until, id) WHERE valid_until <> '';

ALTER TABLE stages ADD COLUMN returns INTEGER NOT NULL DEFAULT 0;

-- How often the deadline has been put off.
ALTER TABLE deadlines ADD COLUMN extension INTEGER     NOT NULL DEFAULT 0;
-- From when the time runs that reminders are shares of.
ALTER TABLE deadlines ADD COLUMN since     TIMESTAMPTZ;

-- A dated condition may be put off once (CO-02). It has lapsed when it has been
-- overdue for so long that it stops the use.
ALTER TABLE conditions ADD COLUMN extended BOOLEAN NOT NULL DEFAULT FALSE;
ALTER TABLE conditions ADD COLUMN lapsed   BOOLEAN NOT NULL DEFAULT FALSE;
ALTER TABLE conditions ADD COLUMN round    INTEGER NOT NULL DEFAULT 0;

-- Whom a message is for: a person, or whoever holds a role.
ALTER TABLE outbox ADD COLUMN role      TEXT NOT NULL DEFAULT '';
ALTER TABLE outbox ADD COLUMN person_id TEXT;

-- The events of a prior consultation (GDPR 36).
CREATE TABLE consultation_events (
    org_id             TEXT      NOT NULL,
    id                 TEXT      NOT NULL,
    case_id            TEXT      NOT NULL,
    round              INTEGER   NOT NULL,
    kind               TEXT      NOT NULL,
    event_date         TEXT      NOT NULL,
    text               TEXT      NOT NULL,
    decision_authority TEXT      NOT NULL,
    person_id          TEXT      NOT NULL,
    role               TEXT      NOT NULL,
    recorded_at        TIMESTAMPTZ NOT NULL,
    CONSTRAINT consultation_events_pk PRIMARY KEY (org_id, id),
    CONSTRAINT consultation_events_case_fk FOREIGN KEY (org_id, case_id) REFERENCES cases (org_id, id)
);

CREATE INDEX consultation_events_case_idx ON consultation_events (org_id, case_id, round, recorded_at);

-- Use that is allowed while an existing tool is being assessed (EX-01): the word
-- of the information owner and of the CISO on the same terms.
CREATE TABLE interim_approvals (
    org_id             TEXT      NOT NULL,
    id                 TEXT      NOT NULL,
    case_id            TEXT      NOT NULL,
    role               TEXT      NOT NULL,
    person_id          TEXT      NOT NULL,
    allowed_until      TEXT      NOT NULL,
    ipl                INTEGER   NOT NULL,
    uses               TEXT      NOT NULL,
    reason             TEXT      NOT NULL,
    decision_authority TEXT      NOT NULL,
    given_at           TIMESTAMPTZ NOT NULL,
    CONSTRAINT interim_approvals_pk PRIMARY KEY (org_id, id),
    CONSTRAINT interim_approvals_case_fk FOREIGN KEY (org_id, case_id) REFERENCES cases (org_id, id)
);

CREATE INDEX interim_approvals_case_idx ON interim_approvals (org_id, case_id, given_at);

-- The decisions to override, for the yearly report (OV-03).
CREATE INDEX decisions_override_idx ON decisions (org_id, decided_at) WHERE stage = 'override';
