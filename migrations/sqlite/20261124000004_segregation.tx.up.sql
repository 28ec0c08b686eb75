-- Segregation of duties once more (rulebook 10). The program checks it in the
-- transaction that writes; this is for the day when it does not. What is refused
-- here says which rule refuses it.

-- The DPO never decides (SOD-02).
INSERT INTO role_conflicts (rule, role, other) VALUES
    ('SOD-02', 'dpo', 'environment_reviewer'),
    ('SOD-02', 'environment_reviewer', 'dpo');

-- Which role in the organisation keeps a person from which function in any case.
CREATE TABLE organisation_conflicts (
    rule  TEXT NOT NULL,
    role  TEXT NOT NULL,
    other TEXT NOT NULL,
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
    org_id    TEXT NOT NULL,
    case_id   TEXT NOT NULL,
    stage     TEXT NOT NULL,
    person_id TEXT NOT NULL,
    CONSTRAINT assessment_authors_pk PRIMARY KEY (org_id, case_id, stage, person_id),
    CONSTRAINT assessment_authors_case_fk FOREIGN KEY (org_id, case_id) REFERENCES cases (org_id, id)
);

INSERT INTO assessment_authors (org_id, case_id, stage, person_id)
    SELECT org_id, case_id, part, saved_by FROM parts WHERE part <> 'intake'
    UNION SELECT org_id, case_id, part, submitted_by FROM revisions WHERE part <> 'intake';

-- What an administrator has given to somebody else, and why (SOD-06).
CREATE TABLE reassignments (
    org_id        TEXT      NOT NULL,
    id            TEXT      NOT NULL,
    task_id       TEXT      NOT NULL,
    from_id       TEXT,
    to_id         TEXT,
    by_id         TEXT      NOT NULL,
    reason        TEXT      NOT NULL,
    reassigned_at TIMESTAMP NOT NULL,
    CONSTRAINT reassignments_pk PRIMARY KEY (org_id, id),
    CONSTRAINT reassignments_reason_check CHECK (reason <> ''),
    CONSTRAINT reassignments_task_fk FOREIGN KEY (org_id, task_id) REFERENCES tasks (org_id, id),
    CONSTRAINT reassignments_to_fk FOREIGN KEY (org_id, to_id) REFERENCES people (org_id, id),
    CONSTRAINT reassignments_by_fk FOREIGN KEY (org_id, by_id) REFERENCES people (org_id, id)
);

CREATE INDEX reassignments_task_idx ON reassignments (org_id, task_id, reassigned_at);

-- Functions in a case, beside each other and beside the roles in the organisation.

DROP TRIGGER case_people_segregation;

CREATE TRIGGER case_people_segregation BEFORE INSERT ON case_people BEGIN
    SELECT RAISE(ABORT, 'segregation of duties ' || k.rule) FROM case_people p
        JOIN role_conflicts k ON k.role = p.role AND k.other = NEW.role
        WHERE p.org_id = NEW.org_id AND p.case_id = NEW.case_id AND p.person_id = NEW.person_id;
    SELECT RAISE(ABORT, 'segregation of duties ' || k.rule) FROM person_roles r
        JOIN organisation_conflicts k ON k.role = r.role AND k.other = NEW.role
        WHERE r.org_id = NEW.org_id AND r.person_id = NEW.person_id;
END;

-- Whoever decides, waives, allows, notes or answers.

CREATE TRIGGER decisions_segregation BEFORE INSERT ON decisions BEGIN
    SELECT RAISE(ABORT, 'segregation of duties ' || k.rule) FROM case_people p
        JOIN role_conflicts k ON k.role = p.role AND k.other = NEW.role
        WHERE p.org_id = NEW.org_id AND p.case_id = NEW.case_id AND p.person_id = NEW.decider_id;
    SELECT RAISE(ABORT, 'segregation of duties ' || k.rule) FROM person_roles r
        JOIN organisation_conflicts k ON k.role = r.role AND k.other = NEW.role
        WHERE r.org_id = NEW.org_id AND r.person_id = NEW.decider_id;
END;

CREATE TRIGGER waivers_segregation BEFORE INSERT ON waivers BEGIN
    SELECT RAISE(ABORT, 'segregation of duties ' || k.rule) FROM case_people p
        JOIN role_conflicts k ON k.role = p.role AND k.other = NEW.role
        WHERE p.org_id = NEW.org_id AND p.case_id = NEW.case_id AND p.person_id = NEW.person_id;
    SELECT RAISE(ABORT, 'segregation of duties ' || k.rule) FROM person_roles r
        JOIN organisation_conflicts k ON k.role = r.role AND k.other = NEW.role
        WHERE r.org_id = NEW.org_id AND r.person_id = NEW.person_id;
END;

CREATE TRIGGER interim_approvals_segregation BEFORE INSERT ON interim_approvals BEGIN
    SELECT RAISE(ABORT, 'segregation of duties ' || k.rule) FROM case_people p
        JOIN role_conflicts k ON k.role = p.role AND k.other = NEW.role
        WHERE p.org_id = NEW.org_id AND p.case_id = NEW.case_id AND p.person_id = NEW.person_id;
    SELECT RAISE(ABORT, 'segregation of duties ' || k.rule) FROM person_roles r
        JOIN organisation_conflicts k ON k.role = r.role AND k.other = NEW.role
        WHERE r.org_id = NEW.org_id AND r.person_id = NEW.person_id;
END;

CREATE TRIGGER consultation_events_segregation BEFORE INSERT ON consultation_events BEGIN
    SELECT RAISE(ABORT, 'segregation of duties ' || k.rule) FROM case_people p
        JOIN role_conflicts k ON k.role = p.role AND k.other = NEW.role
        WHERE p.org_id = NEW.org_id AND p.case_id = NEW.case_id AND p.person_id = NEW.person_id;
    SELECT RAISE(ABORT, 'segregation of duties ' || k.rule) FROM person_roles r
        JOIN organisation_conflicts k ON k.role = r.role AND k.other = NEW.role
        WHERE r.org_id = NEW.org_id AND r.person_id = NEW.person_id;
END;

CREATE TRIGGER retriages_segregation BEFORE UPDATE OF answered_by ON retriages WHEN OLD.answered_by IS NULL AND NEW.answered_by IS NOT NULL BEGIN
    SELECT RAISE(ABORT, 'segregation of duties ' || k.rule) FROM case_people p
        JOIN role_conflicts k ON k.role = p.role AND k.other = NEW.answered_as
        WHERE p.org_id = NEW.org_id AND p.case_id = NEW.case_id AND p.person_id = NEW.answered_by;
    SELECT RAISE(ABORT, 'segregation of duties ' || k.rule) FROM person_roles r
        JOIN organisation_conflicts k ON k.role = r.role AND k.other = NEW.answered_as
        WHERE r.org_id = NEW.org_id AND r.person_id = NEW.answered_by;
END;

CREATE TRIGGER task_decisions_segregation BEFORE INSERT ON task_decisions BEGIN
    SELECT RAISE(ABORT, 'segregation of duties ' || k.rule) FROM person_roles r
        JOIN organisation_conflicts k ON k.role = r.role AND k.other = NEW.role
        WHERE r.org_id = NEW.org_id AND r.person_id = NEW.decider_id;
END;

-- The DPO answers no task that decides (SOD-02).
CREATE TRIGGER decisions_advice BEFORE INSERT ON decisions WHEN NEW.role = 'dpo' AND NEW.task_id IS NOT NULL BEGIN
    SELECT RAISE(ABORT, 'segregation of duties SOD-02') FROM tasks t
        WHERE t.org_id = NEW.org_id AND t.id = NEW.task_id AND t.kind NOT IN ('advice', 'statement');
END;

-- A rejection is read, and set aside, by a second person (SOD-05).
CREATE TRIGGER decisions_second_person BEFORE INSERT ON decisions
WHEN NEW.task_id IS NOT NULL OR NEW.kind = 'override' OR NEW.stage = 'override' BEGIN
    SELECT RAISE(ABORT, 'segregation of duties SOD-05') FROM tasks t
        WHERE t.org_id = NEW.org_id AND t.id = NEW.task_id AND t.kind = 'second_reading' AND NEW.decider_id = (
            SELECT d.decider_id FROM decisions d WHERE d.org_id = NEW.org_id AND d.case_id = NEW.case_id
                AND d.stage = NEW.stage AND d.outcome IN ('reject', 'override') ORDER BY d.decided_at DESC, d.id DESC LIMIT 1);
    SELECT RAISE(ABORT, 'segregation of duties SOD-05')
        WHERE (NEW.kind = 'override' OR NEW.stage = 'override' AND NEW.outcome = 'override') AND NEW.decider_id = (
            SELECT d.decider_id FROM decisions d WHERE d.org_id = NEW.org_id AND d.case_id = NEW.case_id
                AND d.stage = 'ciso' AND d.outcome = 'reject' ORDER BY d.decided_at DESC, d.id DESC LIMIT 1);
END;

-- Nobody reviews what they have answered (SOD-08).
CREATE TRIGGER decisions_own_answers BEFORE INSERT ON decisions WHEN NEW.task_id IS NOT NULL BEGIN
    SELECT RAISE(ABORT, 'segregation of duties SOD-08') FROM tasks t
        JOIN assessment_authors a ON a.org_id = t.org_id AND a.case_id = t.case_id AND a.stage = t.stage
        WHERE t.org_id = NEW.org_id AND t.id = NEW.task_id AND t.kind IN ('review_legal', 'review_security')
            AND a.person_id = NEW.decider_id;
END;

-- Nobody verifies a condition that is theirs to meet (SOD-04).
CREATE TRIGGER conditions_verifier BEFORE UPDATE OF status ON conditions
WHEN NEW.status = 'met' AND OLD.status <> 'met' AND NEW.verified_by IS NOT NULL BEGIN
    SELECT RAISE(ABORT, 'segregation of duties SOD-04') FROM case_people p
        WHERE p.org_id = NEW.org_id AND p.case_id = NEW.case_id AND p.person_id = NEW.verified_by AND p.role = NEW.owner_role;
    SELECT RAISE(ABORT, 'segregation of duties SOD-04') FROM person_roles r
        WHERE r.org_id = NEW.org_id AND r.person_id = NEW.verified_by AND r.role = NEW.owner_role
            AND r.role NOT IN ('project_owner', 'manager', 'information_owner', 'system_owner');
END;

-- What takes two takes two people (CO-04, EX-01).
CREATE TRIGGER waivers_two_people BEFORE INSERT ON waivers BEGIN
    SELECT RAISE(ABORT, 'segregation of duties CO-04') FROM waivers w
        WHERE w.org_id = NEW.org_id AND w.condition_id = NEW.condition_id AND w.person_id = NEW.person_id;
END;

CREATE TRIGGER interim_approvals_two_people BEFORE INSERT ON interim_approvals BEGIN
    SELECT RAISE(ABORT, 'segregation of duties EX-01') FROM interim_approvals i
        WHERE i.org_id = NEW.org_id AND i.case_id = NEW.case_id AND i.person_id = NEW.person_id AND i.role <> NEW.role;
END;

-- The auditor writes nothing (SOD-09), but reports incidents as everybody does.
CREATE TRIGGER events_auditor BEFORE INSERT ON events BEGIN
    SELECT RAISE(ABORT, 'segregation of duties SOD-09') FROM person_roles r
        WHERE r.org_id = NEW.org_id AND r.person_id = NEW.actor_id AND r.role = 'auditor';
END;

CREATE TRIGGER incident_events_auditor BEFORE INSERT ON incident_events WHEN NEW.kind <> 'incident_reported' BEGIN
    SELECT RAISE(ABORT, 'segregation of duties SOD-09') FROM person_roles r
        WHERE r.org_id = NEW.org_id AND r.person_id = NEW.actor_id AND r.role = 'auditor';
END;

CREATE TRIGGER records_auditor BEFORE INSERT ON records BEGIN
    SELECT RAISE(ABORT, 'segregation of duties SOD-09') FROM person_roles r
        WHERE r.org_id = NEW.org_id AND r.person_id = NEW.saved_by AND r.role = 'auditor';
END;

-- Advice stays as it was signed; what is new is a new version (SOD-10).
CREATE TRIGGER decisions_advice_stays BEFORE UPDATE ON decisions WHEN OLD.role = 'dpo' BEGIN
    SELECT RAISE(ABORT, 'segregation of duties SOD-10');
END;

CREATE TRIGGER remarks_advice_stays BEFORE UPDATE ON remarks
WHEN OLD.author_role = 'dpo' AND (OLD.author_role, OLD.author_id, OLD.text, OLD.severity, OLD.stage, OLD.question_id)
    <> (NEW.author_role, NEW.author_id, NEW.text, NEW.severity, NEW.stage, NEW.question_id) BEGIN
    SELECT RAISE(ABORT, 'segregation of duties SOD-10');
END;

CREATE TRIGGER standing_advice_segregation BEFORE INSERT ON standing_advice BEGIN
    SELECT RAISE(ABORT, 'segregation of duties ' || k.rule) FROM person_roles r
        JOIN organisation_conflicts k ON k.role = r.role AND k.other = 'dpo'
        WHERE r.org_id = NEW.org_id AND r.person_id = NEW.given_by;
END;

CREATE TRIGGER standing_advice_stays BEFORE UPDATE ON standing_advice
WHEN (OLD.given_by, OLD.title, OLD.text, OLD.value, OLD.scope, OLD.valid_until, OLD.given_at)
    <> (NEW.given_by, NEW.title, NEW.text, NEW.value, NEW.scope, NEW.valid_until, NEW.given_at) BEGIN
    SELECT RAISE(ABORT, 'segregation of duties SOD-10');
END;

CREATE TRIGGER standing_advice_kept BEFORE DELETE ON standing_advice BEGIN
    SELECT RAISE(ABORT, 'segregation of duties SOD-10');
END;
