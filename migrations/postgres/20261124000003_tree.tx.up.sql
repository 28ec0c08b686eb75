-- The Merkle tree over an organisation's events (RFC 6962): which event each leaf
-- is, and the tree's hashes in the order of golang.org/x/mod/sumdb/tlog. A chain is
-- a case or an incident.

CREATE TABLE tree_leaves (
    org_id   TEXT COLLATE "C" NOT NULL,
    leaf     BIGINT           NOT NULL,
    chain_id TEXT COLLATE "C" NOT NULL,
    seq      BIGINT           NOT NULL,
    CONSTRAINT tree_leaves_pk PRIMARY KEY (org_id, leaf),
    CONSTRAINT tree_leaves_event_key UNIQUE (org_id, chain_id, seq),
    CONSTRAINT tree_leaves_org_fk FOREIGN KEY (org_id) REFERENCES organisations (id)
);

CREATE TABLE tree_hashes (
    org_id TEXT COLLATE "C" NOT NULL,
    idx    BIGINT           NOT NULL,
    hash   TEXT COLLATE "C" NOT NULL,
    CONSTRAINT tree_hashes_pk PRIMARY KEY (org_id, idx),
    CONSTRAINT tree_hashes_org_fk FOREIGN KEY (org_id) REFERENCES organisations (id)
);

CREATE INDEX incidents_updated_idx ON incidents (org_id, updated_at, id);

-- What has been written here stays as it is. deploy/postgres/roles.sql gives the
-- program a role that could not change it either way.
CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% is only added to', TG_TABLE_NAME USING ERRCODE = 'restrict_violation';
END
$$;

CREATE TRIGGER events_stay BEFORE UPDATE OR DELETE OR TRUNCATE ON events
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER incident_events_stay BEFORE UPDATE OR DELETE OR TRUNCATE ON incident_events
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER tree_leaves_stay BEFORE UPDATE OR DELETE OR TRUNCATE ON tree_leaves
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER tree_hashes_stay BEFORE UPDATE OR DELETE OR TRUNCATE ON tree_hashes
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
