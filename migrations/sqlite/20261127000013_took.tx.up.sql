-- How long a stage took, with all that the question names: nothing is looked up beside
-- the index.
DROP INDEX stages_hours_idx;
CREATE INDEX stages_took_idx ON stages (org_id, stage,
    CAST(ROUND((julianday(done_at) - julianday(started_at)) * 1440) AS INTEGER) / 60, done_at, started_at, status)
    WHERE status = 'done' AND started_at IS NOT NULL AND done_at IS NOT NULL;
