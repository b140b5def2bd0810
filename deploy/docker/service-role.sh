#!/bin/sh
# Run once, on an empty database: the service's own role, which owns its database and is
# nothing more. The superuser's password is known to no service.
set -eu
psql -v ON_ERROR_STOP=1 --username "$POSTGRES_USER" --dbname "$POSTGRES_DB" \
  -v name="$POSTGRES_DB" -v password="$(cat /run/secrets/db_password)" <<'SQL'
CREATE ROLE :"name" LOGIN PASSWORD :'password';
ALTER DATABASE :"name" OWNER TO :"name";
REVOKE CONNECT, TEMPORARY ON DATABASE :"name" FROM PUBLIC;
SQL
