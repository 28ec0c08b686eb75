-- A role for the program that can add to the log and never change it.
--
-- Run it in the database as the owner of the tables, once after each `sluss migrate`:
--
--     sluss migrate --database-url postgres://owner@host/sluss
--     psql -d sluss -f roles.sql
--     CREATE ROLE sluss LOGIN PASSWORD '…' IN ROLE sluss_app;      -- the first time
--     sluss serve --database-url postgres://sluss@host/sluss
--
-- The owner migrates and is used for nothing else. Who has the owner's password, or
-- the server's, can still rewrite everything: for that there are the checkpoints
-- that are kept elsewhere (`sluss serve --checkpoint-file`, `sluss audit verify`).

DO $$
BEGIN
    CREATE ROLE sluss_app NOLOGIN;
EXCEPTION WHEN duplicate_object OR unique_violation THEN
    NULL;
END
$$;

GRANT USAGE ON SCHEMA public TO sluss_app;
GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO sluss_app;
GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO sluss_app;
REVOKE TRUNCATE, REFERENCES, TRIGGER ON ALL TABLES IN SCHEMA public FROM sluss_app;
REVOKE CREATE ON SCHEMA public FROM PUBLIC;

-- This database is closed to every role that has not been let in. So is the engine's of
-- `sluss serve`, with a role of its own, which then knows nothing of the record:
--
--     CREATE ROLE sluss_engine LOGIN PASSWORD '…';
--     CREATE DATABASE sluss_engine OWNER sluss_engine;
--     REVOKE CONNECT ON DATABASE sluss_engine FROM PUBLIC;
--     sluss serve --database-url postgres://sluss@host/sluss --engine-database-url postgres://sluss_engine@host/sluss_engine
--
-- Whoever else is to read the record, such as the role of a backup, gets GRANT CONNECT.
DO $$
BEGIN
    EXECUTE format('REVOKE CONNECT ON DATABASE %I FROM PUBLIC', current_database());
    EXECUTE format('GRANT CONNECT ON DATABASE %I TO sluss_app', current_database());
END
$$;

-- What is only added to: the events of cases, incidents and organisations, and the tree over them.
REVOKE UPDATE, DELETE ON events, incident_events, organisation_events, tree_leaves, tree_hashes FROM sluss_app;
-- What the owner's migrations write.
REVOKE INSERT, UPDATE, DELETE ON bun_migrations, bun_migration_locks, role_conflicts FROM sluss_app;
