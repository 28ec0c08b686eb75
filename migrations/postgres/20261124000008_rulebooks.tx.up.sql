-- The versions of the rulebook of each organisation: what people have proposed,
-- published and withdrawn, and what has come with the program. A version is
-- published by somebody else than proposed it (SOD-07); what comes with the program
-- has neither and is in force from the start. turn counts the published ones of an
-- organisation: the last is in force. content is a ZIP archive of the files.

CREATE TABLE rulebooks (
    org_id       TEXT COLLATE "C" NOT NULL,
    id           TEXT COLLATE "C" NOT NULL,
    rulebook_id  TEXT COLLATE "C" NOT NULL,
    version      TEXT COLLATE "C" NOT NULL,
    digest       TEXT COLLATE "C" NOT NULL,
    title_sv     TEXT COLLATE "C" NOT NULL,
    title_en     TEXT COLLATE "C" NOT NULL,
    content      BYTEA NOT NULL,
    turn         BIGINT,
    proposed_by  TEXT COLLATE "C",
    proposed_as  TEXT COLLATE "C" NOT NULL,
    proposed_at  TIMESTAMPTZ NOT NULL,
    reason       TEXT COLLATE "C" NOT NULL,
    published_by TEXT COLLATE "C",
    published_at TIMESTAMPTZ,
    withdrawn_by TEXT COLLATE "C",
    withdrawn_at TIMESTAMPTZ,
    CONSTRAINT rulebooks_pk PRIMARY KEY (org_id, id),
    CONSTRAINT rulebooks_turn_key UNIQUE (org_id, turn),
    CONSTRAINT rulebooks_two_persons CHECK (published_by <> proposed_by),
    CONSTRAINT rulebooks_published CHECK ((turn IS NULL) = (published_at IS NULL)
        AND (published_by IS NULL) = (published_at IS NULL OR proposed_by IS NULL)),
    CONSTRAINT rulebooks_withdrawn CHECK ((withdrawn_by IS NULL) = (withdrawn_at IS NULL)
        AND (withdrawn_at IS NULL OR published_at IS NULL)),
    CONSTRAINT rulebooks_org_fk FOREIGN KEY (org_id) REFERENCES organisations (id),
    CONSTRAINT rulebooks_proposed_fk FOREIGN KEY (org_id, proposed_by) REFERENCES people (org_id, id),
    CONSTRAINT rulebooks_published_fk FOREIGN KEY (org_id, published_by) REFERENCES people (org_id, id),
    CONSTRAINT rulebooks_withdrawn_fk FOREIGN KEY (org_id, withdrawn_by) REFERENCES people (org_id, id)
);

-- What people propose as a version has one content for good.
CREATE UNIQUE INDEX rulebooks_version_key ON rulebooks (org_id, rulebook_id, version)
    WHERE withdrawn_at IS NULL AND proposed_by IS NOT NULL;
CREATE INDEX rulebooks_digest_idx ON rulebooks (org_id, digest);
