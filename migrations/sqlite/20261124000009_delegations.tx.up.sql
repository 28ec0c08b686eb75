-- Who acts for whom, for a time and in which roles (rulebook 10). A row is written
-- once and ended once; it is never taken away, because decisions rest on it.
CREATE TABLE delegations (
    org_id    TEXT      NOT NULL,
    id        TEXT      NOT NULL,
    from_id   TEXT      NOT NULL,
    to_id     TEXT      NOT NULL,
    unit_id   TEXT,
    case_id   TEXT,
    -- The days in Sweden, and when the first begins and the last has ended.
    from_day  TEXT      NOT NULL,
    until_day TEXT      NOT NULL,
    starts_at TIMESTAMP NOT NULL,
    ends_at   TIMESTAMP NOT NULL,
    reason    TEXT      NOT NULL,
    made_by   TEXT      NOT NULL,
    made_at   TIMESTAMP NOT NULL,
    ended_by  TEXT,
    ended_at  TIMESTAMP,
    CONSTRAINT delegations_pk PRIMARY KEY (org_id, id),
    CONSTRAINT delegations_two_check CHECK (from_id <> to_id),
    CONSTRAINT delegations_time_check CHECK (starts_at < ends_at),
    CONSTRAINT delegations_ended_check CHECK ((ended_by IS NULL) = (ended_at IS NULL)),
    CONSTRAINT delegations_from_fk FOREIGN KEY (org_id, from_id) REFERENCES people (org_id, id),
    CONSTRAINT delegations_to_fk FOREIGN KEY (org_id, to_id) REFERENCES people (org_id, id),
    CONSTRAINT delegations_made_fk FOREIGN KEY (org_id, made_by) REFERENCES people (org_id, id),
    CONSTRAINT delegations_ended_fk FOREIGN KEY (org_id, ended_by) REFERENCES people (org_id, id),
    CONSTRAINT delegations_unit_fk FOREIGN KEY (org_id, unit_id) REFERENCES units (org_id, id),
    CONSTRAINT delegations_case_fk FOREIGN KEY (org_id, case_id) REFERENCES cases (org_id, id)
);

CREATE INDEX delegations_to_idx ON delegations (org_id, to_id, ends_at);
CREATE INDEX delegations_from_idx ON delegations (org_id, from_id, ends_at);
CREATE INDEX delegations_made_idx ON delegations (org_id, made_at, id);

CREATE TABLE delegation_roles (
    org_id        TEXT NOT NULL,
    delegation_id TEXT NOT NULL,
    role          TEXT NOT NULL,
    CONSTRAINT delegation_roles_pk PRIMARY KEY (org_id, delegation_id, role),
    CONSTRAINT delegation_roles_delegation_fk FOREIGN KEY (org_id, delegation_id) REFERENCES delegations (org_id, id),
    -- The auditor's right to read everything is nobody else's, and what everybody may
    -- do needs no delegation. The owner's and the administrator's work is no task.
    CONSTRAINT delegation_roles_check CHECK (role NOT IN ('auditor', 'user', 'project_owner', 'administrator'))
);

-- What is agreed stays; only its end is written, once.
CREATE TRIGGER delegations_stay BEFORE UPDATE ON delegations
WHEN OLD.ended_at IS NOT NULL OR (OLD.id, OLD.from_id, OLD.to_id, OLD.unit_id, OLD.case_id, OLD.starts_at, OLD.ends_at)
    IS NOT (NEW.id, NEW.from_id, NEW.to_id, NEW.unit_id, NEW.case_id, NEW.starts_at, NEW.ends_at) BEGIN
    SELECT RAISE(ABORT, 'a delegation stays as it was made');
END;
CREATE TRIGGER delegations_kept BEFORE DELETE ON delegations BEGIN
    SELECT RAISE(ABORT, 'a delegation stays as it was made');
END;
CREATE TRIGGER delegation_roles_kept BEFORE DELETE ON delegation_roles BEGIN
    SELECT RAISE(ABORT, 'a delegation stays as it was made');
END;
CREATE TRIGGER delegation_roles_stay BEFORE UPDATE ON delegation_roles BEGIN
    SELECT RAISE(ABORT, 'a delegation stays as it was made');
END;

-- What a person is in the organisation keeps them from what they would be given
-- (SOD-02, SOD-06, SOD-09); an administrator and an auditor are given nothing.
CREATE TRIGGER delegation_roles_segregation BEFORE INSERT ON delegation_roles BEGIN
    SELECT RAISE(ABORT, 'segregation of duties ' || k.rule) FROM delegations d
        JOIN person_roles r ON r.org_id = d.org_id AND r.person_id = d.to_id
        JOIN organisation_conflicts k ON k.role = r.role AND k.other = NEW.role
        WHERE d.org_id = NEW.org_id AND d.id = NEW.delegation_id;
    SELECT RAISE(ABORT, 'segregation of duties SOD-06') FROM delegations d
        JOIN person_roles r ON r.org_id = d.org_id AND r.person_id = d.to_id AND r.role = 'administrator'
        WHERE d.org_id = NEW.org_id AND d.id = NEW.delegation_id;
END;

ALTER TABLE decisions ADD COLUMN for_id TEXT;
ALTER TABLE decisions ADD COLUMN delegation_id TEXT;

-- Whoever decides for somebody else rests on a delegation that holds then, in that
-- role, from that person and to the one who decides, for that case.
CREATE TRIGGER decisions_delegation BEFORE INSERT ON decisions
WHEN NEW.for_id IS NOT NULL OR NEW.delegation_id IS NOT NULL BEGIN
    SELECT RAISE(ABORT, 'no delegation holds') WHERE NOT EXISTS (
        SELECT 1 FROM delegations d
        JOIN delegation_roles r ON r.org_id = d.org_id AND r.delegation_id = d.id AND r.role = NEW.role
        JOIN cases c ON c.org_id = d.org_id AND c.id = NEW.case_id
        WHERE d.org_id = NEW.org_id AND d.id = NEW.delegation_id AND d.from_id = NEW.for_id AND d.to_id = NEW.decider_id
            AND d.ended_at IS NULL AND d.starts_at <= NEW.decided_at AND d.ends_at > NEW.decided_at
            AND (d.case_id IS NULL OR d.case_id = NEW.case_id) AND (d.unit_id IS NULL OR d.unit_id = c.unit_id));
END;

-- For whom a decision was taken counts as whoever took it, where two are needed
-- (SOD-05), and where nobody reviews what they have answered (SOD-08).
CREATE TRIGGER decisions_delegation_second BEFORE INSERT ON decisions WHEN NEW.task_id IS NOT NULL BEGIN
    SELECT RAISE(ABORT, 'segregation of duties SOD-05') FROM tasks t, (
            SELECT d.decider_id, d.for_id FROM decisions d WHERE d.org_id = NEW.org_id AND d.case_id = NEW.case_id
                AND d.stage = NEW.stage AND d.outcome IN ('reject', 'override') ORDER BY d.decided_at DESC, d.id DESC LIMIT 1) AS b
        WHERE t.org_id = NEW.org_id AND t.id = NEW.task_id AND t.kind = 'second_reading'
            AND (NEW.for_id IN (b.decider_id, b.for_id) OR NEW.decider_id = b.for_id);
    SELECT RAISE(ABORT, 'segregation of duties SOD-08') FROM tasks t
        JOIN assessment_authors a ON a.org_id = NEW.org_id AND a.case_id = NEW.case_id AND a.stage = NEW.stage AND a.person_id = NEW.for_id
        WHERE t.org_id = NEW.org_id AND t.id = NEW.task_id AND t.kind IN ('review_legal', 'review_security');
END;
