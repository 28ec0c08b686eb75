-- What the queues are counted by says when a task is due too: what is overdue is counted
-- with the rest, and not looked up task by task.
DROP INDEX tasks_queued_idx;
DROP INDEX tasks_advice_idx;
CREATE INDEX tasks_queued_idx ON tasks (org_id, status, role, opened_at, assignee_id, due_at, case_id, stage, kind)
    WHERE status = 'open' AND (stage <> 'dpia' OR kind <> 'advice');
CREATE INDEX tasks_advice_idx ON tasks (org_id, status, stage, kind, role, opened_at, assignee_id, due_at, case_id)
    WHERE status = 'open' AND stage = 'dpia' AND kind = 'advice';
