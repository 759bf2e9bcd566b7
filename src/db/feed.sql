-- The change feed as followers read it.

-- name: feed_head
SELECT head, oldest FROM feed_head WHERE shop_id = $1::int4

-- name: feed_heads
SELECT shop_id, head FROM feed_head WHERE shop_id = ANY ($1::int4[])

-- name: feed_rows
-- Beyond number $2, not beyond $3, of the types $4.
SELECT c.seq, c.type, c.customer_key, c.number, c.version, c.from_stage, c.to_stage, c.at, c.before_at, c.cause,
    c.event_id, c.is_silent, c.recorded_at, c.detail, c.message_id, c.trace_id, k.external_id, k.identity_kind,
    o.external_id
FROM change c
LEFT JOIN customer k ON k.customer_key = c.customer_key
LEFT JOIN customer o ON c.type IN (9, 10) AND o.customer_key = c.event_id
WHERE c.shop_id = $1::int4 AND c.seq > $2::int8 AND c.seq <= $3::int8 AND c.type = ANY ($4::int2[])
ORDER BY c.seq
LIMIT $5::int4

-- name: feed_some
-- Single changes by their numbers.
SELECT c.seq, c.type, c.customer_key, c.number, c.version, c.from_stage, c.to_stage, c.at, c.before_at, c.cause,
    c.event_id, c.is_silent, c.recorded_at, c.detail, c.message_id, c.trace_id, k.external_id, k.identity_kind,
    o.external_id
FROM change c
LEFT JOIN customer k ON k.customer_key = c.customer_key
LEFT JOIN customer o ON c.type IN (9, 10) AND o.customer_key = c.event_id
WHERE c.shop_id = $1::int4 AND c.seq = ANY ($2::int8[])
ORDER BY c.seq

-- name: feed_of_customers
-- What the feed says of some identities, beyond number $3.
SELECT c.seq, c.type, c.customer_key, c.number, c.version, c.from_stage, c.to_stage, c.at, c.before_at, c.cause,
    c.event_id, c.is_silent, c.recorded_at, c.detail, c.message_id, c.trace_id, k.external_id, k.identity_kind,
    o.external_id
FROM change c
LEFT JOIN customer k ON k.customer_key = c.customer_key
LEFT JOIN customer o ON c.type IN (9, 10) AND o.customer_key = c.event_id
WHERE c.shop_id = $1::int4 AND c.customer_key = ANY ($2::uuid[]) AND c.seq > $3::int8
ORDER BY c.seq
LIMIT $4::int4

-- name: feed_at
-- The last change that was recorded before $2; nothing: none of those that are kept was.
SELECT seq FROM change WHERE shop_id = $1::int4 AND recorded_at < $2::timestamptz ORDER BY seq DESC LIMIT 1

-- name: feed_trim_to
-- Up to where changes may go: recorded before $2, and at most $3 of them.
SELECT max(seq)
FROM (SELECT c.seq, c.recorded_at, max(c.recorded_at) OVER (ORDER BY c.seq) AS latest
      FROM change c
      JOIN feed_head h ON h.shop_id = c.shop_id
      WHERE c.shop_id = $1::int4 AND c.seq >= h.oldest AND c.seq < h.oldest + $3::int8) w
WHERE latest < $2::timestamptz

-- name: feed_trim_mark
-- Whoever reads is told where the feed begins before anything goes.
UPDATE feed_head SET oldest = $2::int8 + 1 WHERE shop_id = $1::int4 AND oldest <= $2::int8

-- name: feed_trim
DELETE FROM change WHERE shop_id = $1::int4 AND seq <= $2::int8

-- name: ticket_insert
INSERT INTO stream_ticket (ticket_hash, shop_id, expires_at) VALUES ($1::bytea, $2::int4, $3::timestamptz)

-- name: ticket_take
-- Once: whoever deletes the row has it.
DELETE FROM stream_ticket WHERE ticket_hash = $1::bytea RETURNING shop_id, expires_at

-- name: ticket_trim
DELETE FROM stream_ticket WHERE expires_at < $1::timestamptz
