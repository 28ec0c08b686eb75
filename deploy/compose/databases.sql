-- The databases and those who use them, made by the superuser when the server is new. The
-- owner of the record's tables migrates and does nothing else; Sluss works under the
-- role of deploy/postgres/roles.sql; Temporal has databases of its own.
\set owner `cat /run/secrets/owner`
\set sluss `cat /run/secrets/sluss`
\set temporal `cat /run/secrets/temporal`

CREATE ROLE sluss_app NOLOGIN;
CREATE ROLE sluss_owner LOGIN PASSWORD :'owner';
CREATE ROLE sluss LOGIN PASSWORD :'sluss' IN ROLE sluss_app;
CREATE ROLE temporal LOGIN PASSWORD :'temporal';

CREATE DATABASE sluss OWNER sluss_owner TEMPLATE template0 ENCODING 'UTF8';
CREATE DATABASE temporal OWNER temporal;
CREATE DATABASE temporal_visibility OWNER temporal;
REVOKE CONNECT ON DATABASE sluss, temporal, temporal_visibility FROM PUBLIC;
GRANT CONNECT ON DATABASE sluss TO sluss;
