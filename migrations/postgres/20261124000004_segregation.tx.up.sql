-- Segregation of duties once more (rulebook 10). The program checks it in the
-- transaction that writes; this is for the day when it does not. What is refused
-- here says which rule refuses it.

-- The DPO never decides (SOD-02).
INSERT INTO role_conflicts (rule, role, other) VALUES
    ('SOD-02', 'dpo', 'environment_reviewer'),
    ('SOD-02', 'environment_reviewer', 'dpo');

-- Which role in the organisation keeps a person from which function in any case.
CREATE TABLE organisation_conflicts (
    rule  TEXT COLLATE "C" NOT NULL,
    role  TEXT COLLATE "C" NOT NULL,
    other TEXT COLLATE "C" NOT NULL,
    CONSTRAINT organisation_conflicts_pk PRIMARY KEY (role, other)
);

INSERT INTO organisation_conflicts (rule, role, other) VALUES
    ('SOD-02', 'dpo', 'project_owner'),
    ('SOD-02', 'dpo', 'manager'),
    ('SOD-02', 'dpo', 'information_owner'),
    ('SOD-02', 'dpo', 'system_owner'),
    ('SOD-02', 'dpo', 'legal_counsel'),
    ('SOD-02', 'dpo', 'ciso'),
    ('SOD-02', 'dpo', 'environment_reviewer'),
    ('SOD-02', 'dpo', 'unit_head'),
    ('SOD-02', 'dpo', 'administrator');

INSERT INTO organisation_conflicts (rule, role, other) SELECT rule, other, role FROM organisation_conflicts;

INSERT INTO organisation_conflicts (rule, role, other) VALUES
    ('SOD-06', 'administrator', 'ciso'),
    ('SOD-06', 'administrator', 'legal_counsel'),
    ('SOD-06', 'administrator', 'environment_reviewer'),
    ('SOD-06', 'administrator', 'coordinator'),
    ('SOD-06', 'administrator', 'unit_head'),
    ('SOD-09', 'auditor', 'project_owner'),
    ('SOD-09', 'auditor', 'manager'),
    ('SOD-09', 'auditor', 'information_owner'),
    ('SOD-09', 'auditor', 'system_owner'),
    ('SOD-09', 'auditor', 'dpo'),
    ('SOD-09', 'auditor', 'ciso'),
    ('SOD-09', 'auditor', 'legal_counsel'),
    ('SOD-09', 'auditor', 'environment_reviewer'),
    ('SOD-09', 'auditor', 'registrar'),
    ('SOD-09', 'auditor', 'administrator'),
    ('SOD-09', 'auditor', 'coordinator'),
    ('SOD-09', 'auditor', 'unit_head'),
    ('SOD-09', 'auditor', 'user');

-- Who has written on the assessment of a stage, handed in or not (SOD-08).
CREATE TABLE assessment_authors (
    org_id    TEXT COLLATE "C" NOT NULL,
    case_id   TEXT COLLATE "C" NOT NULL,
    stage     TEXT COLLATE "C" NOT NULL,
    person_id TEXT COLLATE "C" NOT NULL,
    CONSTRAINT assessment_authors_pk PRIMARY KEY (org_id, case_id, stage, person_id),
    CONSTRAINT assessment_authors_case_fk FOREIGN KEY (org_id, case_id) REFERENCES cases (org_id, id)
);

INSERT INTO assessment_authors (org_id, case_id, stage, person_id)
    SELECT org_id, case_id, part, saved_by FROM parts WHERE part <> 'intake'
    UNION SELECT org_id, case_id, part, submitted_by FROM revisions WHERE part <> 'intake';

-- What an administrator has given to somebody else, and why (SOD-06).
CREATE TABLE reassignments (
    org_id        TEXT COLLATE "C" NOT NULL,
    id            TEXT COLLATE "C" NOT NULL,
    task_id       TEXT COLLATE "C" NOT NULL,
    from_id       TEXT COLLATE "C",
    to_id         TEXT COLLATE "C",
    by_id         TEXT COLLATE "C" NOT NULL,
    reason        TEXT COLLATE "C" NOT NULL,
    reassigned_at TIMESTAMPTZ NOT NULL,
    CONSTRAINT reassignments_pk PRIMARY KEY (org_id, id),
    CONSTRAINT reassignments_reason_check CHECK (reason <> ''),
    CONSTRAINT reassignments_task_fk FOREIGN KEY (org_id, task_id) REFERENCES tasks (org_id, id),
    CONSTRAINT reassignments_to_fk FOREIGN KEY (org_id, to_id) REFERENCES people (org_id, id),
    CONSTRAINT reassignments_by_fk FOREIGN KEY (org_id, by_id) REFERENCES people (org_id, id)
);

CREATE INDEX reassignments_task_idx ON reassignments (org_id, task_id, reassigned_at);

-- What keeps a person from a function: what they are in the case, and in the
-- organisation.
CREATE FUNCTION refuse_duty(rule TEXT) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    IF rule IS NOT NULL THEN
        RAISE EXCEPTION 'segregation of duties %', rule USING ERRCODE = 'check_violation';
    END IF;
END
$$;

CREATE FUNCTION apart_in_case(org TEXT, of_case TEXT, person TEXT, acting TEXT) RETURNS TEXT LANGUAGE sql STABLE AS $$
    SELECT k.rule FROM case_people p JOIN role_conflicts k ON k.role = p.role AND k.other = acting
        WHERE p.org_id = org AND p.case_id = of_case AND p.person_id = person LIMIT 1
$$;

CREATE FUNCTION apart_anywhere(org TEXT, person TEXT, acting TEXT) RETURNS TEXT LANGUAGE sql STABLE AS $$
    SELECT k.rule FROM person_roles r JOIN organisation_conflicts k ON k.role = r.role AND k.other = acting
        WHERE r.org_id = org AND r.person_id = person LIMIT 1
$$;

CREATE FUNCTION is_auditor(org TEXT, person TEXT) RETURNS TEXT LANGUAGE sql STABLE AS $$
    SELECT 'SOD-09' FROM person_roles r WHERE r.org_id = org AND r.person_id = person AND r.role = 'auditor'
$$;

CREATE OR REPLACE FUNCTION refuse_conflicting_roles() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM refuse_duty(apart_in_case(NEW.org_id, NEW.case_id, NEW.person_id, NEW.role));
    PERFORM refuse_duty(apart_anywhere(NEW.org_id, NEW.person_id, NEW.role));
    RETURN NEW;
END
$$;

-- Whoever waives, allows or notes.
CREATE TRIGGER waivers_segregation BEFORE INSERT ON waivers FOR EACH ROW EXECUTE FUNCTION refuse_conflicting_roles();
CREATE TRIGGER interim_approvals_segregation BEFORE INSERT ON interim_approvals FOR EACH ROW EXECUTE FUNCTION refuse_conflicting_roles();
CREATE TRIGGER consultation_events_segregation BEFORE INSERT ON consultation_events FOR EACH ROW EXECUTE FUNCTION refuse_conflicting_roles();

-- Whoever answers a new triage.
CREATE FUNCTION refuse_retriage() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM refuse_duty(apart_in_case(NEW.org_id, NEW.case_id, NEW.answered_by, NEW.answered_as));
    PERFORM refuse_duty(apart_anywhere(NEW.org_id, NEW.answered_by, NEW.answered_as));
    RETURN NEW;
END
$$;

CREATE TRIGGER retriages_segregation BEFORE UPDATE ON retriages
    FOR EACH ROW WHEN (OLD.answered_by IS NULL AND NEW.answered_by IS NOT NULL) EXECUTE FUNCTION refuse_retriage();

-- Whoever decides, in a case: beside what they are (SOD-01 to SOD-03, SOD-06, SOD-09),
-- never as the DPO (SOD-02), a rejection with a second person (SOD-05), and never on
-- what they have answered (SOD-08).
CREATE FUNCTION refuse_decision() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    asked TEXT;
BEGIN
    PERFORM refuse_duty(apart_in_case(NEW.org_id, NEW.case_id, NEW.decider_id, NEW.role));
    PERFORM refuse_duty(apart_anywhere(NEW.org_id, NEW.decider_id, NEW.role));
    IF NEW.task_id IS NOT NULL THEN
        SELECT t.kind INTO asked FROM tasks t WHERE t.org_id = NEW.org_id AND t.id = NEW.task_id;
    END IF;
    IF NEW.role = 'dpo' AND asked NOT IN ('advice', 'statement') THEN
        PERFORM refuse_duty('SOD-02');
    END IF;
    IF asked = 'second_reading' AND NEW.decider_id = (
        SELECT d.decider_id FROM decisions d WHERE d.org_id = NEW.org_id AND d.case_id = NEW.case_id
            AND d.stage = NEW.stage AND d.outcome IN ('reject', 'override') ORDER BY d.decided_at DESC, d.id DESC LIMIT 1) THEN
        PERFORM refuse_duty('SOD-05');
    END IF;
    IF (NEW.kind = 'override' OR NEW.stage = 'override' AND NEW.outcome = 'override') AND NEW.decider_id = (
        SELECT d.decider_id FROM decisions d WHERE d.org_id = NEW.org_id AND d.case_id = NEW.case_id
            AND d.stage = 'ciso' AND d.outcome = 'reject' ORDER BY d.decided_at DESC, d.id DESC LIMIT 1) THEN
        PERFORM refuse_duty('SOD-05');
    END IF;
    IF asked IN ('review_legal', 'review_security') AND EXISTS (
        SELECT 1 FROM assessment_authors a WHERE a.org_id = NEW.org_id AND a.case_id = NEW.case_id
            AND a.stage = NEW.stage AND a.person_id = NEW.decider_id) THEN
        PERFORM refuse_duty('SOD-08');
    END IF;
    RETURN NEW;
END
$$;

CREATE TRIGGER decisions_segregation BEFORE INSERT ON decisions FOR EACH ROW EXECUTE FUNCTION refuse_decision();

CREATE FUNCTION refuse_decision_elsewhere() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM refuse_duty(apart_anywhere(NEW.org_id, NEW.decider_id, NEW.role));
    RETURN NEW;
END
$$;

CREATE TRIGGER task_decisions_segregation BEFORE INSERT ON task_decisions FOR EACH ROW EXECUTE FUNCTION refuse_decision_elsewhere();

-- Nobody verifies a condition that is theirs to meet (SOD-04).
CREATE FUNCTION refuse_verification() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT 1 FROM case_people p WHERE p.org_id = NEW.org_id AND p.case_id = NEW.case_id
            AND p.person_id = NEW.verified_by AND p.role = NEW.owner_role)
        OR NEW.owner_role NOT IN ('project_owner', 'manager', 'information_owner', 'system_owner')
            AND EXISTS (SELECT 1 FROM person_roles r WHERE r.org_id = NEW.org_id AND r.person_id = NEW.verified_by AND r.role = NEW.owner_role)
    THEN
        PERFORM refuse_duty('SOD-04');
    END IF;
    RETURN NEW;
END
$$;

CREATE TRIGGER conditions_verifier BEFORE UPDATE ON conditions
    FOR EACH ROW WHEN (NEW.status = 'met' AND OLD.status <> 'met' AND NEW.verified_by IS NOT NULL) EXECUTE FUNCTION refuse_verification();

-- What takes two takes two people (CO-04, EX-01).
CREATE FUNCTION refuse_second_waiver() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT 1 FROM waivers w WHERE w.org_id = NEW.org_id AND w.condition_id = NEW.condition_id AND w.person_id = NEW.person_id) THEN
        PERFORM refuse_duty('CO-04');
    END IF;
    RETURN NEW;
END
$$;

CREATE TRIGGER waivers_two_people BEFORE INSERT ON waivers FOR EACH ROW EXECUTE FUNCTION refuse_second_waiver();

CREATE FUNCTION refuse_second_approval() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT 1 FROM interim_approvals i WHERE i.org_id = NEW.org_id AND i.case_id = NEW.case_id
            AND i.person_id = NEW.person_id AND i.role <> NEW.role) THEN
        PERFORM refuse_duty('EX-01');
    END IF;
    RETURN NEW;
END
$$;

CREATE TRIGGER interim_approvals_two_people BEFORE INSERT ON interim_approvals FOR EACH ROW EXECUTE FUNCTION refuse_second_approval();

-- The auditor writes nothing (SOD-09), but reports incidents as everybody does.
CREATE FUNCTION refuse_auditor() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM refuse_duty(is_auditor(NEW.org_id, NEW.actor_id));
    RETURN NEW;
END
$$;

CREATE TRIGGER events_auditor BEFORE INSERT ON events FOR EACH ROW EXECUTE FUNCTION refuse_auditor();
CREATE TRIGGER incident_events_auditor BEFORE INSERT ON incident_events
    FOR EACH ROW WHEN (NEW.kind <> 'incident_reported') EXECUTE FUNCTION refuse_auditor();

CREATE FUNCTION refuse_auditors_record() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM refuse_duty(is_auditor(NEW.org_id, NEW.saved_by));
    RETURN NEW;
END
$$;

CREATE TRIGGER records_auditor BEFORE INSERT ON records FOR EACH ROW EXECUTE FUNCTION refuse_auditors_record();

-- Advice stays as it was signed; what is new is a new version (SOD-10).
CREATE FUNCTION refuse_change_of_advice() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM refuse_duty('SOD-10');
    RETURN NULL;
END
$$;

CREATE TRIGGER decisions_advice_stays BEFORE UPDATE ON decisions
    FOR EACH ROW WHEN (OLD.role = 'dpo') EXECUTE FUNCTION refuse_change_of_advice();
CREATE TRIGGER remarks_advice_stays BEFORE UPDATE ON remarks
    FOR EACH ROW WHEN (OLD.author_role = 'dpo' AND (OLD.author_role, OLD.author_id, OLD.text, OLD.severity, OLD.stage, OLD.question_id)
        IS DISTINCT FROM (NEW.author_role, NEW.author_id, NEW.text, NEW.severity, NEW.stage, NEW.question_id)) EXECUTE FUNCTION refuse_change_of_advice();

CREATE FUNCTION refuse_standing_advice() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM refuse_duty(apart_anywhere(NEW.org_id, NEW.given_by, 'dpo'));
    RETURN NEW;
END
$$;

CREATE TRIGGER standing_advice_segregation BEFORE INSERT ON standing_advice FOR EACH ROW EXECUTE FUNCTION refuse_standing_advice();
CREATE TRIGGER standing_advice_stays BEFORE UPDATE ON standing_advice
    FOR EACH ROW WHEN ((OLD.given_by, OLD.title, OLD.text, OLD.value, OLD.scope, OLD.valid_until, OLD.given_at)
        IS DISTINCT FROM (NEW.given_by, NEW.title, NEW.text, NEW.value, NEW.scope, NEW.valid_until, NEW.given_at)) EXECUTE FUNCTION refuse_change_of_advice();
CREATE TRIGGER standing_advice_kept BEFORE DELETE ON standing_advice FOR EACH ROW EXECUTE FUNCTION refuse_change_of_advice();
