-- What happens to an organisation as a whole is a chain of events of its own, beside
-- those of its cases and incidents. In the tree its chain_id is the organisation's id.

CREATE TABLE organisation_events (
    org_id          TEXT COLLATE "C" NOT NULL,
    seq             BIGINT           NOT NULL,
    kind            TEXT COLLATE "C" NOT NULL,
    actor_id        TEXT COLLATE "C" NOT NULL,
    command_id      TEXT COLLATE "C" NOT NULL,
    at              TIMESTAMPTZ      NOT NULL,
    rulebook_digest TEXT COLLATE "C" NOT NULL,
    data            TEXT COLLATE "C" NOT NULL,
    commitments     TEXT COLLATE "C" NOT NULL,
    prev_hash       TEXT COLLATE "C" NOT NULL,
    hash            TEXT COLLATE "C" NOT NULL,
    CONSTRAINT organisation_events_pk PRIMARY KEY (org_id, seq),
    CONSTRAINT organisation_events_org_fk FOREIGN KEY (org_id) REFERENCES organisations (id)
);

CREATE TRIGGER organisation_events_stay BEFORE UPDATE OR DELETE OR TRUNCATE ON organisation_events
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

-- Each time the record was put back from a backup: by one administrator, and approved
-- by another before it is in use. tree_size is how many events its tree had then, kept
-- how many the largest checkpoint had that was kept elsewhere, 0 for none.

CREATE TABLE restorations (
    org_id      TEXT COLLATE "C" NOT NULL,
    id          TEXT COLLATE "C" NOT NULL,
    backup_at   TIMESTAMPTZ,
    tree_size   BIGINT           NOT NULL,
    kept        BIGINT           NOT NULL,
    restored_by TEXT COLLATE "C" NOT NULL,
    restored_at TIMESTAMPTZ      NOT NULL,
    approved_by TEXT COLLATE "C",
    approved_at TIMESTAMPTZ,
    CONSTRAINT restorations_pk PRIMARY KEY (org_id, id),
    CONSTRAINT restorations_two_persons CHECK (approved_by <> restored_by),
    CONSTRAINT restorations_approved CHECK ((approved_by IS NULL) = (approved_at IS NULL)),
    CONSTRAINT restorations_org_fk FOREIGN KEY (org_id) REFERENCES organisations (id),
    CONSTRAINT restorations_restored_fk FOREIGN KEY (org_id, restored_by) REFERENCES people (org_id, id),
    CONSTRAINT restorations_approved_fk FOREIGN KEY (org_id, approved_by) REFERENCES people (org_id, id)
);

CREATE INDEX restorations_restored_idx ON restorations (restored_at, id);

-- Where the record was when it was last in use: it shows when it has been put back
-- elsewhere with the database's own tools.
CREATE TABLE record_place (
    id    INTEGER          NOT NULL,
    place TEXT COLLATE "C" NOT NULL,
    CONSTRAINT record_place_pk PRIMARY KEY (id),
    CONSTRAINT record_place_once CHECK (id = 1)
);
