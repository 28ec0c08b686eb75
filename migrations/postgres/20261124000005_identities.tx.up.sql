-- People who sign in with a provider of identities. Such a provider says of each who
-- they are, by its name for itself (issuer) and for them (subject), which belongs to
-- one person in the whole installation; local names are an organisation's own.

ALTER TABLE identities ADD COLUMN created_at TIMESTAMPTZ;
-- When the newest token was issued whose roles and unit were taken over.
ALTER TABLE identities ADD COLUMN claims_at TIMESTAMPTZ;

CREATE UNIQUE INDEX identities_subject_key ON identities (issuer, subject) WHERE issuer <> 'local';
CREATE INDEX identities_person_idx ON identities (org_id, person_id);
