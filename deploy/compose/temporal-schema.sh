#!/bin/sh
# Makes Temporal's tables in its two databases, or brings them up to date.
set -eu
SQL_PASSWORD=$(cat /run/secrets/temporal)
export SQL_PASSWORD
for schema in temporal visibility; do
  database=temporal
  [ "$schema" = temporal ] || database=temporal_visibility
  tool="temporal-sql-tool --plugin postgres12 --ep postgres -p 5432 -u temporal --db $database"
  # A database that has a version keeps it.
  $tool update-schema -d "/etc/temporal/schema/postgresql/v12/$schema/versioned" 2>/dev/null && continue
  $tool setup-schema -v 0.0
  $tool update-schema -d "/etc/temporal/schema/postgresql/v12/$schema/versioned"
done
