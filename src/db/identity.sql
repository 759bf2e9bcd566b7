-- Who is who: links between identities, and what keeps messages from making them.

-- name: identity_separations
-- Of some identities and of all that belong to some customers.
SELECT identity_key, other_key
FROM identity_separation
WHERE identity_key = ANY ($1::uuid[])
    OR identity_key IN (SELECT customer_key FROM customer WHERE merged_into = ANY ($2::uuid[]))

-- name: identity_conflicts
SELECT identity_key, other_key
FROM identity_conflict
WHERE identity_key = ANY ($1::uuid[])

-- name: identity_links
-- What holds some identities together.
SELECT identity_key, link_id, shop_id, identity_kind, identity_value, other_key, other_kind, other_value, cause, event_id,
    recorded_at
FROM identity_link
WHERE (identity_key = ANY ($1::uuid[]) OR other_key = ANY ($1::uuid[])) AND withdrawn_at IS NULL

-- name: identity_used
-- Rebuild: identities that messages of the ledger name first, with one of these messages.
SELECT k.identity_key, e.payload
FROM unnest($1::uuid[]) AS k (identity_key)
CROSS JOIN LATERAL (SELECT payload FROM event WHERE event.identity_key = k.identity_key LIMIT 1) e

-- name: link_insert
INSERT INTO identity_link (identity_key, link_id, shop_id, identity_kind, identity_value, other_key, other_kind,
    other_value, cause, event_id, recorded_at)
SELECT *
FROM unnest($1::uuid[], $2::uuid[], $3::int4[], $4::int2[], $5::text[], $6::uuid[], $7::int2[], $8::text[], $9::int2[],
            $10::uuid[], $11::timestamptz[])

-- name: link_withdraw
-- lint: no = ANY beside the join: on one PostgreSQL it costs 16 times as much (docs/adr/0003-no-pruning-clause.md)
UPDATE identity_link l SET withdrawn_at = $3::timestamptz
FROM unnest($1::uuid[], $2::uuid[]) AS v (identity_key, link_id)
WHERE l.identity_key = v.identity_key AND l.link_id = v.link_id

-- name: separation_insert
INSERT INTO identity_separation (identity_key, other_key, shop_id, recorded_at)
SELECT *
FROM unnest($1::uuid[], $2::uuid[], $3::int4[], $4::timestamptz[])
ON CONFLICT (identity_key, other_key) DO NOTHING

-- name: separation_delete
-- Somebody has joined what was separated.
DELETE FROM identity_separation
WHERE identity_key = ANY ($1::uuid[]) AND other_key = ANY ($1::uuid[])

-- name: conflict_insert
INSERT INTO identity_conflict (identity_key, other_key, shop_id, recorded_at)
SELECT *
FROM unnest($1::uuid[], $2::uuid[], $3::int4[], $4::timestamptz[])
ON CONFLICT (identity_key, other_key) DO NOTHING

-- name: erase_events
DELETE FROM event WHERE identity_key = ANY ($1::uuid[])

-- name: erase_links
DELETE FROM identity_link WHERE identity_key = ANY ($1::uuid[]) OR other_key = ANY ($1::uuid[])

-- name: erase_separations
DELETE FROM identity_separation WHERE identity_key = ANY ($1::uuid[]) OR other_key = ANY ($1::uuid[])

-- name: erase_conflicts
DELETE FROM identity_conflict WHERE identity_key = ANY ($1::uuid[]) OR other_key = ANY ($1::uuid[])

-- name: erase_changes
-- Numbers stay; what they said does not.
UPDATE change SET type = 12, customer_key = '00000000-0000-0000-0000-000000000000', number = 0, version = 0,
    from_stage = 0, to_stage = 0, before_at = NULL, cause = 0, event_id = '00000000-0000-0000-0000-000000000000',
    is_silent = true, detail = NULL, message_id = NULL, trace_id = NULL
WHERE shop_id = $1::int4 AND customer_key = ANY ($2::uuid[])

-- name: erase_source_log
-- The log of a source shows ids as they were sent.
DELETE FROM source_message WHERE shop_id = $1::int4 AND customer_key = ANY ($2::uuid[])

-- name: erasure_insert
INSERT INTO erasure (erasure_id, shop_id, erased_at, cause, receipt)
VALUES ($1::uuid, $2::int4, $3::timestamptz, $4::int2, $5::json)
