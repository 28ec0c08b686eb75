-- What the yearly report finds its entries by, among all decisions and deadlines.
CREATE INDEX decisions_dpia_idx ON decisions (org_id, decided_at) WHERE stage = 'dpia' AND outcome IN ('waived', 'reused');
CREATE INDEX deadlines_review_idx ON deadlines (org_id, due_at) WHERE kind = 'review' AND cancelled_at IS NULL;
CREATE INDEX stages_standing_idx ON stages (org_id, case_id) WHERE advice = 'standing_advice';

-- Every text sorts by its bytes, here too: an index in the order of a language is
-- wrong once the operating system changes that order.
ALTER TABLE cases
    ALTER COLUMN in_use TYPE TEXT COLLATE "C",
    ALTER COLUMN valid_until TYPE TEXT COLLATE "C",
    ALTER COLUMN interim_until TYPE TEXT COLLATE "C",
    ALTER COLUMN covered TYPE TEXT COLLATE "C";
ALTER TABLE outbox
    ALTER COLUMN role TYPE TEXT COLLATE "C",
    ALTER COLUMN person_id TYPE TEXT COLLATE "C",
    ALTER COLUMN actor_id TYPE TEXT COLLATE "C";
ALTER TABLE consultation_events
    ALTER COLUMN org_id TYPE TEXT COLLATE "C",
    ALTER COLUMN id TYPE TEXT COLLATE "C",
    ALTER COLUMN case_id TYPE TEXT COLLATE "C",
    ALTER COLUMN kind TYPE TEXT COLLATE "C",
    ALTER COLUMN event_date TYPE TEXT COLLATE "C",
    ALTER COLUMN text TYPE TEXT COLLATE "C",
    ALTER COLUMN decision_authority TYPE TEXT COLLATE "C",
    ALTER COLUMN person_id TYPE TEXT COLLATE "C",
    ALTER COLUMN role TYPE TEXT COLLATE "C";
ALTER TABLE interim_approvals
    ALTER COLUMN org_id TYPE TEXT COLLATE "C",
    ALTER COLUMN id TYPE TEXT COLLATE "C",
    ALTER COLUMN case_id TYPE TEXT COLLATE "C",
    ALTER COLUMN role TYPE TEXT COLLATE "C",
    ALTER COLUMN person_id TYPE TEXT COLLATE "C",
    ALTER COLUMN allowed_until TYPE TEXT COLLATE "C",
    ALTER COLUMN uses TYPE TEXT COLLATE "C",
    ALTER COLUMN reason TYPE TEXT COLLATE "C",
    ALTER COLUMN decision_authority TYPE TEXT COLLATE "C";
ALTER TABLE people
    ALTER COLUMN email TYPE TEXT COLLATE "C",
    ALTER COLUMN language TYPE TEXT COLLATE "C";
ALTER TABLE messages
    ALTER COLUMN org_id TYPE TEXT COLLATE "C",
    ALTER COLUMN id TYPE TEXT COLLATE "C",
    ALTER COLUMN outbox_id TYPE TEXT COLLATE "C",
    ALTER COLUMN person_id TYPE TEXT COLLATE "C",
    ALTER COLUMN kind TYPE TEXT COLLATE "C",
    ALTER COLUMN case_id TYPE TEXT COLLATE "C",
    ALTER COLUMN incident_id TYPE TEXT COLLATE "C",
    ALTER COLUMN task_id TYPE TEXT COLLATE "C",
    ALTER COLUMN mail_state TYPE TEXT COLLATE "C",
    ALTER COLUMN failure TYPE TEXT COLLATE "C";
ALTER TABLE leases
    ALTER COLUMN name TYPE TEXT COLLATE "C",
    ALTER COLUMN holder TYPE TEXT COLLATE "C";
