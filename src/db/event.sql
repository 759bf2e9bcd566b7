-- name: event_repeats
-- lint: no = ANY beside the join: on one PostgreSQL it costs 16 times as much (docs/adr/0003-no-pruning-clause.md)
-- Which messages of a batch are in the ledger already, and what was answered then.
SELECT e.identity_key, e.event_id, e.outcome
FROM unnest($1::uuid[], $2::uuid[]) AS k (identity_key, event_id)
JOIN event e ON e.identity_key = k.identity_key AND e.event_id = k.event_id

-- name: event_insert
INSERT INTO event (identity_key, event_id, shop_id, occurred_at, received_at, kind, payload, outcome)
SELECT *
FROM unnest($1::uuid[], $2::uuid[], $3::int4[], $4::timestamptz[], $5::timestamptz[], $6::int2[], $7::json[],
            $8::bytea[])

-- name: event_ledger
-- All that happened to some customers; sorted by the reader.
SELECT identity_key, event_id, occurred_at, received_at, payload
FROM event
WHERE identity_key = ANY ($1::uuid[])
