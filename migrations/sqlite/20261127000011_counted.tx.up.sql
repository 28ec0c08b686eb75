-- What the queues are counted by: the open tasks but for advice on a DPIA, and that
-- advice, of which some stands with that on the legal basis. Each index has all that
-- is counted and nothing else, and no other question is put in these words.
DROP INDEX tasks_counted_idx;
CREATE INDEX tasks_queued_idx ON tasks (org_id, status, role, opened_at, assignee_id, case_id, stage, kind)
    WHERE status = 'open' AND (stage <> 'dpia' OR kind <> 'advice');
CREATE INDEX tasks_advice_idx ON tasks (org_id, status, stage, kind, role, opened_at, assignee_id, case_id)
    WHERE status = 'open' AND stage = 'dpia' AND kind = 'advice';

-- The revision is not counted. It is here because SQLite would look it up in every case.
DROP INDEX cases_submitted_idx;
CREATE INDEX cases_sent_idx ON cases (org_id, created_at, returns_count, revision) WHERE revision > 0;
