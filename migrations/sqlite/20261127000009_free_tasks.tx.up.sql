-- What nobody has taken, by when it is due. With the status in it the index says all
-- that the one of every task of a role does, and so it is the one that is taken.
DROP INDEX tasks_free_idx;
CREATE INDEX tasks_untaken_idx ON tasks (org_id, status, role, due_at, id) WHERE assignee_id IS NULL;
