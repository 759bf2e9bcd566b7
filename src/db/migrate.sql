-- name: migration_table
SELECT to_regclass('schema_migration') IS NOT NULL

-- name: migration_version
SELECT coalesce(max(version), 0) FROM schema_migration
