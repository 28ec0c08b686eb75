#!/bin/sh
# Makes the passwords that compose.yaml needs, once, in a folder that is its owner's alone.
# The files in it can be read by the users in the containers that they are given to.
set -eu
cd "$(dirname "$0")"
[ ! -e secrets ] || { echo "secrets is there already" >&2; exit 1; }
mkdir -m 0700 secrets
for name in postgres owner sluss temporal; do
  openssl rand -hex 24 >secrets/$name
done
echo "postgres:5432:*:sluss_owner:$(cat secrets/owner)" >secrets/pgpass-owner
echo "postgres:5432:*:sluss:$(cat secrets/sluss)" >secrets/pgpass-sluss
chmod 0644 secrets/*
