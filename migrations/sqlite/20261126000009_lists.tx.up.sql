-- A person reads what is unread first, then the newest first; whoever looks after
-- mail reads all of it, the newest first. Neither reads more than the page.
CREATE INDEX messages_unread_idx ON messages (org_id, person_id, created_at, id) WHERE read_at IS NULL;
CREATE INDEX messages_read_idx ON messages (org_id, person_id, created_at, id) WHERE read_at IS NOT NULL;
DROP INDEX messages_person_idx;
CREATE INDEX messages_newest_idx ON messages (org_id, created_at, id);

-- What nobody has taken: by when it is due, for those who can take it, and by case,
-- which they may read for that.
CREATE INDEX tasks_free_idx ON tasks (org_id, role, due_at, id) WHERE assignee_id IS NULL AND status = 'open';
CREATE INDEX tasks_pool_idx ON tasks (org_id, role, stage, kind, case_id) WHERE assignee_id IS NULL;

-- What waits in a case.
CREATE INDEX tasks_case_idx ON tasks (org_id, case_id, status, due_at, id);
