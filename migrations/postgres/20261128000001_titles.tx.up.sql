-- What cases are searched in, without the rest of their rows.
CREATE INDEX cases_search_idx ON cases (org_id, search, id);
