-- When somebody is away, from a day to a day, and whether a deputy answers for them
-- meanwhile. Why somebody is away is not kept. A row is written once and ended once; it
-- goes when the person is erased.
CREATE TABLE absences (
    org_id        TEXT      NOT NULL,
    id            TEXT      NOT NULL,
    person_id     TEXT      NOT NULL,
    -- The days in Sweden, and when the first begins and the last has ended.
    from_day      TEXT      NOT NULL,
    until_day     TEXT      NOT NULL,
    starts_at     TIMESTAMP NOT NULL,
    ends_at       TIMESTAMP NOT NULL,
    delegation_id TEXT,
    made_by       TEXT      NOT NULL,
    made_at       TIMESTAMP NOT NULL,
    ended_by      TEXT,
    ended_at      TIMESTAMP,
    CONSTRAINT absences_pk PRIMARY KEY (org_id, id),
    CONSTRAINT absences_time_check CHECK (starts_at < ends_at),
    CONSTRAINT absences_ended_check CHECK ((ended_by IS NULL) = (ended_at IS NULL)),
    CONSTRAINT absences_person_fk FOREIGN KEY (org_id, person_id) REFERENCES people (org_id, id),
    CONSTRAINT absences_delegation_fk FOREIGN KEY (org_id, delegation_id) REFERENCES delegations (org_id, id),
    CONSTRAINT absences_made_fk FOREIGN KEY (org_id, made_by) REFERENCES people (org_id, id),
    CONSTRAINT absences_ended_fk FOREIGN KEY (org_id, ended_by) REFERENCES people (org_id, id)
);

CREATE INDEX absences_person_idx ON absences (org_id, person_id, ends_at);
CREATE INDEX absences_made_idx ON absences (org_id, made_at, id);

CREATE TRIGGER absences_stay BEFORE UPDATE ON absences
WHEN OLD.ended_at IS NOT NULL OR (OLD.id, OLD.person_id, OLD.starts_at, OLD.ends_at, OLD.delegation_id)
    IS NOT (NEW.id, NEW.person_id, NEW.starts_at, NEW.ends_at, NEW.delegation_id) BEGIN
    SELECT RAISE(ABORT, 'an absence stays as it was noted');
END;

-- The reason of a delegation is emptied when one of the two is erased, also after its
-- end; all else stays as it was.
DROP TRIGGER delegations_stay;
CREATE TRIGGER delegations_stay BEFORE UPDATE ON delegations
WHEN OLD.ended_at IS NOT NULL AND (OLD.ended_at, OLD.ended_by) IS NOT (NEW.ended_at, NEW.ended_by)
    OR NEW.reason NOT IN (OLD.reason, '') OR (OLD.id, OLD.from_id, OLD.to_id, OLD.unit_id, OLD.case_id, OLD.starts_at, OLD.ends_at)
    IS NOT (NEW.id, NEW.from_id, NEW.to_id, NEW.unit_id, NEW.case_id, NEW.starts_at, NEW.ends_at) BEGIN
    SELECT RAISE(ABORT, 'a delegation stays as it was made');
END;

-- Tasks outside of cases are answered for others too.
ALTER TABLE task_decisions ADD COLUMN for_id TEXT;
ALTER TABLE task_decisions ADD COLUMN delegation_id TEXT;

-- Whoever answers for somebody else rests on a delegation that holds then, in that
-- role, from that person and to the one who answers; one for a case is for its tasks
-- only, one for a unit also for what concerns the unit.
CREATE TRIGGER task_decisions_delegation BEFORE INSERT ON task_decisions
WHEN NEW.for_id IS NOT NULL OR NEW.delegation_id IS NOT NULL BEGIN
    SELECT RAISE(ABORT, 'no delegation holds') WHERE NOT EXISTS (
        SELECT 1 FROM delegations d
        JOIN delegation_roles r ON r.org_id = d.org_id AND r.delegation_id = d.id AND r.role = NEW.role
        JOIN tasks t ON t.org_id = d.org_id AND t.id = NEW.task_id
        WHERE d.org_id = NEW.org_id AND d.id = NEW.delegation_id AND d.from_id = NEW.for_id AND d.to_id = NEW.decider_id
            AND d.ended_at IS NULL AND d.starts_at <= NEW.decided_at AND d.ends_at > NEW.decided_at
            AND d.case_id IS NULL AND (d.unit_id IS NULL OR d.unit_id = t.unit_id));
END;
