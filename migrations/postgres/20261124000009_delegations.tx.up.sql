-- Who acts for whom, for a time and in which roles (rulebook 10). A row is written
-- once and ended once; it is never taken away, because decisions rest on it.
CREATE TABLE delegations (
    org_id    TEXT COLLATE "C" NOT NULL,
    id        TEXT COLLATE "C" NOT NULL,
    from_id   TEXT COLLATE "C" NOT NULL,
    to_id     TEXT COLLATE "C" NOT NULL,
    unit_id   TEXT COLLATE "C",
    case_id   TEXT COLLATE "C",
    -- The days in Sweden, and when the first begins and the last has ended.
    from_day  TEXT COLLATE "C" NOT NULL,
    until_day TEXT COLLATE "C" NOT NULL,
    starts_at TIMESTAMPTZ NOT NULL,
    ends_at   TIMESTAMPTZ NOT NULL,
    reason    TEXT COLLATE "C" NOT NULL,
    made_by   TEXT COLLATE "C" NOT NULL,
    made_at   TIMESTAMPTZ NOT NULL,
    ended_by  TEXT COLLATE "C",
    ended_at  TIMESTAMPTZ,
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
    org_id        TEXT COLLATE "C" NOT NULL,
    delegation_id TEXT COLLATE "C" NOT NULL,
    role          TEXT COLLATE "C" NOT NULL,
    CONSTRAINT delegation_roles_pk PRIMARY KEY (org_id, delegation_id, role),
    CONSTRAINT delegation_roles_delegation_fk FOREIGN KEY (org_id, delegation_id) REFERENCES delegations (org_id, id),
    -- The auditor's right to read everything is nobody else's, and what everybody may
    -- do needs no delegation. The owner's and the administrator's work is no task.
    CONSTRAINT delegation_roles_check CHECK (role NOT IN ('auditor', 'user', 'project_owner', 'administrator'))
);

-- What is agreed stays; only its end is written, once.
CREATE FUNCTION refuse_change_of_delegation() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'a delegation stays as it was made' USING ERRCODE = 'check_violation';
END
$$;

CREATE TRIGGER delegations_stay BEFORE UPDATE ON delegations FOR EACH ROW
    WHEN (OLD.ended_at IS NOT NULL OR (OLD.id, OLD.from_id, OLD.to_id, OLD.unit_id, OLD.case_id, OLD.starts_at, OLD.ends_at)
        IS DISTINCT FROM (NEW.id, NEW.from_id, NEW.to_id, NEW.unit_id, NEW.case_id, NEW.starts_at, NEW.ends_at)) EXECUTE FUNCTION refuse_change_of_delegation();
CREATE TRIGGER delegations_kept BEFORE DELETE ON delegations FOR EACH ROW EXECUTE FUNCTION refuse_change_of_delegation();
CREATE TRIGGER delegation_roles_kept BEFORE DELETE OR UPDATE ON delegation_roles FOR EACH ROW EXECUTE FUNCTION refuse_change_of_delegation();

-- What a person is in the organisation keeps them from what they would be given
-- (SOD-02, SOD-06, SOD-09); an administrator and an auditor are given nothing.
CREATE FUNCTION refuse_delegation() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    receiver TEXT := (SELECT d.to_id FROM delegations d WHERE d.org_id = NEW.org_id AND d.id = NEW.delegation_id);
BEGIN
    PERFORM refuse_duty(apart_anywhere(NEW.org_id, receiver, NEW.role));
    PERFORM refuse_duty((SELECT 'SOD-06' FROM person_roles r
        WHERE r.org_id = NEW.org_id AND r.person_id = receiver AND r.role = 'administrator'));
    RETURN NEW;
END
$$;

CREATE TRIGGER delegation_roles_segregation BEFORE INSERT ON delegation_roles FOR EACH ROW EXECUTE FUNCTION refuse_delegation();

ALTER TABLE decisions ADD COLUMN for_id TEXT COLLATE "C";
ALTER TABLE decisions ADD COLUMN delegation_id TEXT COLLATE "C";

-- Whoever decides for somebody else rests on a delegation that holds then, in that
-- role, from that person and to the one who decides, for that case. For whom a
-- decision was taken counts as whoever took it, where two are needed (SOD-05), and
-- where nobody reviews what they have answered (SOD-08).
CREATE FUNCTION refuse_decision_for() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    asked TEXT;
    before RECORD;
BEGIN
    IF (NEW.for_id IS NOT NULL OR NEW.delegation_id IS NOT NULL) AND NOT EXISTS (
        SELECT 1 FROM delegations d
        JOIN delegation_roles r ON r.org_id = d.org_id AND r.delegation_id = d.id AND r.role = NEW.role
        JOIN cases c ON c.org_id = d.org_id AND c.id = NEW.case_id
        WHERE d.org_id = NEW.org_id AND d.id = NEW.delegation_id AND d.from_id = NEW.for_id AND d.to_id = NEW.decider_id
            AND d.ended_at IS NULL AND d.starts_at <= NEW.decided_at AND d.ends_at > NEW.decided_at
            AND (d.case_id IS NULL OR d.case_id = NEW.case_id) AND (d.unit_id IS NULL OR d.unit_id = c.unit_id)) THEN
        RAISE EXCEPTION 'no delegation holds' USING ERRCODE = 'check_violation';
    END IF;
    IF NEW.task_id IS NULL THEN
        RETURN NEW;
    END IF;
    SELECT t.kind INTO asked FROM tasks t WHERE t.org_id = NEW.org_id AND t.id = NEW.task_id;
    IF asked = 'second_reading' THEN
        SELECT d.decider_id, d.for_id INTO before FROM decisions d WHERE d.org_id = NEW.org_id AND d.case_id = NEW.case_id
            AND d.stage = NEW.stage AND d.outcome IN ('reject', 'override') ORDER BY d.decided_at DESC, d.id DESC LIMIT 1;
        IF FOUND AND (NEW.for_id IN (before.decider_id, before.for_id) OR NEW.decider_id = before.for_id) THEN
            PERFORM refuse_duty('SOD-05');
        END IF;
    END IF;
    IF asked IN ('review_legal', 'review_security') AND EXISTS (
        SELECT 1 FROM assessment_authors a WHERE a.org_id = NEW.org_id AND a.case_id = NEW.case_id
            AND a.stage = NEW.stage AND a.person_id = NEW.for_id) THEN
        PERFORM refuse_duty('SOD-08');
    END IF;
    RETURN NEW;
END
$$;

CREATE TRIGGER decisions_delegation BEFORE INSERT ON decisions FOR EACH ROW EXECUTE FUNCTION refuse_decision_for();
