-- How long a stage took, in whole hours: to compute it takes longer than all the rest
-- of the statistics. The times are here because nothing is read from the index alone
-- that is computed from what it has not.
CREATE INDEX stages_took_idx ON stages (org_id, stage,
    (CAST(ROUND(EXTRACT(EPOCH FROM done_at - started_at) / 60) AS BIGINT) / 60), done_at, started_at)
    WHERE status = 'done' AND started_at IS NOT NULL AND done_at IS NOT NULL;
