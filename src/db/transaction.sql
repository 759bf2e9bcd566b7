-- name: begin
BEGIN

-- name: begin_snapshot
-- One view of everything for several statements.
BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY

-- name: commit
COMMIT

-- name: rollback
ROLLBACK

-- name: database_time
SELECT clock_timestamp()
