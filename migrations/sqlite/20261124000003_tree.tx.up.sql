-- The Merkle tree over an organisation's events (RFC 6962): which event each leaf
-- is, and the tree's hashes in the order of golang.org/x/mod/sumdb/tlog. A chain is
-- a case or an incident.

CREATE TABLE tree_leaves (
    org_id   TEXT   NOT NULL,
    leaf     BIGINT NOT NULL,
    chain_id TEXT   NOT NULL,
    seq      BIGINT NOT NULL,
    CONSTRAINT tree_leaves_pk PRIMARY KEY (org_id, leaf),
    CONSTRAINT tree_leaves_event_key UNIQUE (org_id, chain_id, seq),
    CONSTRAINT tree_leaves_org_fk FOREIGN KEY (org_id) REFERENCES organisations (id)
);

CREATE TABLE tree_hashes (
    org_id TEXT   NOT NULL,
    idx    BIGINT NOT NULL,
    hash   TEXT   NOT NULL,
    CONSTRAINT tree_hashes_pk PRIMARY KEY (org_id, idx),
    CONSTRAINT tree_hashes_org_fk FOREIGN KEY (org_id) REFERENCES organisations (id)
);

CREATE INDEX incidents_updated_idx ON incidents (org_id, updated_at, id);

-- What has been written here stays as it is.

CREATE TRIGGER events_no_update BEFORE UPDATE ON events
BEGIN
    SELECT RAISE(ABORT, 'events is only added to');
END;

CREATE TRIGGER events_no_delete BEFORE DELETE ON events
BEGIN
    SELECT RAISE(ABORT, 'events is only added to');
END;

CREATE TRIGGER incident_events_no_update BEFORE UPDATE ON incident_events
BEGIN
    SELECT RAISE(ABORT, 'incident_events is only added to');
END;

CREATE TRIGGER incident_events_no_delete BEFORE DELETE ON incident_events
BEGIN
    SELECT RAISE(ABORT, 'incident_events is only added to');
END;

CREATE TRIGGER tree_leaves_no_update BEFORE UPDATE ON tree_leaves
BEGIN
    SELECT RAISE(ABORT, 'tree_leaves is only added to');
END;

CREATE TRIGGER tree_leaves_no_delete BEFORE DELETE ON tree_leaves
BEGIN
    SELECT RAISE(ABORT, 'tree_leaves is only added to');
END;

CREATE TRIGGER tree_hashes_no_update BEFORE UPDATE ON tree_hashes
BEGIN
    SELECT RAISE(ABORT, 'tree_hashes is only added to');
END;

CREATE TRIGGER tree_hashes_no_delete BEFORE DELETE ON tree_hashes
BEGIN
    SELECT RAISE(ABORT, 'tree_hashes is only added to');
END;
