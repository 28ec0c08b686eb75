-- What nobody has taken, by when it is due. With the status in it the index says all
-- that the one of every task of a role does, and so it is the one that is taken.
DROP INDEX tasks_free_idx;
CREATE INDEX tasks_untaken_idx ON tasks (org_id, status, role, due_at, id) WHERE assignee_id IS NULL;

-- What the queues are counted by. The condition is written so that no other question
-- is answered from here: this index leads through everybody's open tasks.
CREATE INDEX tasks_counted_idx ON tasks (org_id, role, due_at, opened_at, assignee_id, stage, kind, case_id) WHERE status || '' = 'open';

-- Statistics and the yearly report: what was sent in and came back, what rests on
-- standing advice, which conditions were waived.
CREATE INDEX cases_submitted_idx ON cases (org_id, created_at, returns_count) WHERE revision > 0;
DROP INDEX stages_standing_idx;
CREATE INDEX stages_advised_idx ON stages (org_id, stage, case_id) WHERE advice = 'standing_advice';
CREATE INDEX conditions_waived_idx ON conditions (org_id, verified_at) WHERE status = 'waived';
