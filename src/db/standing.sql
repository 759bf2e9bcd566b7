-- Transitions, memberships and the change feed.

-- name: transition_rows
-- What holds of the histories of some customers.
SELECT customer_key, seq, model, version, from_stage, to_stage, at, cause, event_id, recorded_at
FROM transition
WHERE customer_key = ANY ($1::uuid[]) AND superseded_at IS NULL
ORDER BY customer_key, seq

-- name: transition_last
-- Rebuild: the last number of each history.
SELECT customer_key, max(seq)
FROM transition
WHERE customer_key = ANY ($1::uuid[])
GROUP BY customer_key

-- name: transition_insert
INSERT INTO transition (customer_key, seq, shop_id, model, version, from_stage, to_stage, at, cause, event_id,
    recorded_at)
SELECT *
FROM unnest($1::uuid[], $2::int4[], $3::int4[], $4::int2[], $5::int4[], $6::int2[], $7::int2[], $8::timestamptz[],
            $9::int2[], $10::uuid[], $11::timestamptz[])

-- name: transition_supersede
-- lint: no = ANY beside the join: on one PostgreSQL it costs 16 times as much (docs/adr/0003-no-pruning-clause.md)
UPDATE transition t SET superseded_at = v.superseded_at
FROM unnest($1::uuid[], $2::int4[], $3::timestamptz[]) AS v (customer_key, seq, superseded_at)
WHERE t.customer_key = v.customer_key AND t.seq = v.seq

-- name: transition_restore_shop
-- lint: no = ANY beside the join: on one PostgreSQL it costs 16 times as much (docs/adr/0003-no-pruning-clause.md)
-- Rebuild.
UPDATE transition t SET shop_id = v.shop_id
FROM unnest($1::uuid[], $2::int4[]) AS v (customer_key, shop_id)
WHERE t.customer_key = v.customer_key AND t.shop_id <> v.shop_id

-- name: membership_rows
SELECT customer_key, segment, entered_at
FROM membership
WHERE customer_key = ANY ($1::uuid[])

-- name: membership_upsert
INSERT INTO membership (customer_key, segment, shop_id, entered_at)
SELECT *
FROM unnest($1::uuid[], $2::int2[], $3::int4[], $4::timestamptz[])
ON CONFLICT (customer_key, segment) DO UPDATE SET entered_at = excluded.entered_at

-- name: membership_delete
-- lint: no = ANY beside the join: on one PostgreSQL it costs 16 times as much (docs/adr/0003-no-pruning-clause.md)
DELETE FROM membership m
USING unnest($1::uuid[], $2::int2[]) AS v (customer_key, segment)
WHERE m.customer_key = v.customer_key AND m.segment = v.segment

-- name: change_append
-- Numbers and rows in one statement: the lock on feed_head makes numbers gapless and in the order of commit.
WITH head AS (
    UPDATE feed_head SET head = head + cardinality($2::int2[])
    WHERE shop_id = $1::int4
    RETURNING head - cardinality($2::int2[]) AS base
)
INSERT INTO change (shop_id, seq, type, customer_key, number, version, from_stage, to_stage, at, before_at, cause,
    event_id, is_silent, recorded_at, detail, message_id, trace_id)
SELECT $1::int4, head.base + v.ordinal, v.type, v.customer_key, v.number, v.version, v.from_stage, v.to_stage, v.at,
    v.before_at, v.cause, v.event_id, v.is_silent, $13::timestamptz, v.detail, v.message_id, v.trace_id
FROM head
CROSS JOIN unnest($2::int2[], $3::uuid[], $4::int2[], $5::int4[], $6::int2[], $7::int2[], $8::timestamptz[],
                  $9::timestamptz[], $10::int2[], $11::uuid[], $12::bool[], $14::json[], $15::text[], $16::uuid[])
    WITH ORDINALITY AS v (type, customer_key, number, version, from_stage, to_stage, at, before_at, cause, event_id,
                          is_silent, detail, message_id, trace_id, ordinal)
