-- Webhooks as whoever delivers them sees them. What is written of an endpoint is written by the owner of its lease.

-- name: outlet_list
-- Endpoints that $1 owns, whatever became of them, and those that nobody owns at $2 and that are to be delivered to.
SELECT e.shop_id, e.endpoint_id, e.version, e.asked, p.lease_owner IS NOT DISTINCT FROM $1::uuid,
    e.status = 1 AND e.deleted_at IS NULL
FROM webhook_endpoint e
JOIN webhook_progress p ON p.endpoint_id = e.endpoint_id
WHERE p.lease_owner = $1::uuid
    OR (e.status = 1 AND e.deleted_at IS NULL AND (p.lease_until IS NULL OR p.lease_until < $2::timestamptz))

-- name: outlet_lease
-- Take or keep them for $1 until $3.
UPDATE webhook_progress SET lease_owner = $1::uuid, lease_until = $3::timestamptz
WHERE endpoint_id = ANY ($4::uuid[])
    AND (lease_owner = $1::uuid OR lease_until IS NULL OR lease_until < $2::timestamptz)
RETURNING endpoint_id

-- name: outlet_release
UPDATE webhook_progress SET lease_owner = NULL, lease_until = NULL
WHERE endpoint_id = ANY ($2::uuid[]) AND lease_owner = $1::uuid

-- name: outlet_open
SELECT e.settings, e.authorization_sealed, e.status_at, e.version, e.asked, p.position, p.failing_since,
    p.last_success_at,
    (SELECT max(d.seq) FROM webhook_delivery d
     WHERE d.shop_id = e.shop_id AND d.endpoint_id = e.endpoint_id AND d.seq > p.position)
FROM webhook_endpoint e
JOIN webhook_progress p ON p.endpoint_id = e.endpoint_id
WHERE e.shop_id = $1::int4 AND e.endpoint_id = $2::uuid AND e.status = 1 AND e.deleted_at IS NULL
    AND p.lease_owner = $3::uuid

-- name: outlet_secrets
SELECT sealed, expires_at FROM webhook_secret
WHERE shop_id = $1::int4 AND endpoint_id = $2::uuid
ORDER BY created_at DESC, secret_id

-- name: outlet_pending
SELECT endpoint_id, count(*), min(created_at)
FROM webhook_delivery
WHERE endpoint_id = ANY ($1::uuid[]) AND state = 1
GROUP BY endpoint_id

-- name: delivery_known
-- What has a row beyond number $3, up to $4.
SELECT seq, part FROM webhook_delivery
WHERE shop_id = $1::int4 AND endpoint_id = $2::uuid AND seq > $3::int8 AND seq <= $4::int8

-- name: delivery_due
-- Pending ones whose time has come at $3, and those begun after $4, which may still hold back others. At most $5 each.
SELECT d.endpoint_id, d.seq, d.part, d.type, d.customer_key, d.attempts, d.created_at, d.attempted_at, d.next_at
FROM unnest($1::int4[], $2::uuid[]) AS e (shop_id, endpoint_id)
CROSS JOIN LATERAL (
    SELECT * FROM webhook_delivery w
    WHERE w.shop_id = e.shop_id AND w.endpoint_id = e.endpoint_id AND w.state = 1
        AND (w.next_at <= $3::timestamptz OR w.created_at > $4::timestamptz)
    ORDER BY w.next_at, w.seq, w.part
    LIMIT $5::int4) d

-- name: delivery_write
-- What attempts came to. What told of somebody who was erased meanwhile has no row any more, and gets none.
INSERT INTO webhook_delivery AS d (shop_id, endpoint_id, seq, part, type, customer_key, state, attempts, created_at,
    attempted_at, next_at, status, duration_ms, failure, attempt_log)
SELECT v.shop_id, v.endpoint_id, v.seq, v.part, v.type, v.customer_key, v.state, v.attempts, v.created_at,
    v.attempted_at, v.next_at, v.status, v.duration_ms, v.failure, v.attempt_log
FROM unnest($2::int4[], $3::uuid[], $4::int8[], $5::int2[], $6::int2[], $7::uuid[], $8::int2[], $9::int4[],
            $10::timestamptz[], $11::timestamptz[], $12::timestamptz[], $13::int2[], $14::int4[], $15::int2[],
            $16::json[])
    AS v (shop_id, endpoint_id, seq, part, type, customer_key, state, attempts, created_at, attempted_at, next_at,
          status, duration_ms, failure, attempt_log)
JOIN webhook_progress p ON p.endpoint_id = v.endpoint_id AND p.lease_owner = $1::uuid
LEFT JOIN change c ON c.shop_id = v.shop_id AND c.seq = v.seq
WHERE c.type IS DISTINCT FROM 12
ON CONFLICT (shop_id, endpoint_id, seq, part) DO UPDATE
SET state = excluded.state, attempts = excluded.attempts, attempted_at = excluded.attempted_at,
    next_at = excluded.next_at, status = excluded.status, duration_ms = excluded.duration_ms,
    failure = excluded.failure,
    attempt_log = CASE
        WHEN json_array_length(excluded.attempt_log) = 0 THEN d.attempt_log
        WHEN json_array_length(d.attempt_log) = 0 THEN excluded.attempt_log
        WHEN json_array_length(d.attempt_log) >= $17::int4 THEN (
            SELECT json_agg(l.entry ORDER BY l.place)
            FROM (SELECT a.value AS entry, a.ordinality AS place
                  FROM json_array_elements(d.attempt_log) WITH ORDINALITY a
                  WHERE a.ordinality > json_array_length(d.attempt_log) - $17::int4 + 1
                  UNION ALL
                  SELECT a.value, a.ordinality + 1000000
                  FROM json_array_elements(excluded.attempt_log) WITH ORDINALITY a) l)
        ELSE (left(d.attempt_log::text, -1) || ',' || substr(excluded.attempt_log::text, 2))::json
    END

-- name: outlet_progress
UPDATE webhook_progress p
SET position = v.position, failing_since = v.failing_since, last_success_at = v.last_success_at
FROM unnest($2::uuid[], $3::int8[], $4::timestamptz[], $5::timestamptz[])
    AS v (endpoint_id, position, failing_since, last_success_at)
WHERE p.endpoint_id = ANY ($2::uuid[]) AND p.endpoint_id = v.endpoint_id AND p.lease_owner = $1::uuid
RETURNING p.endpoint_id

-- name: outlet_disable
UPDATE webhook_endpoint e SET status = 3, reason = $4::int2, status_at = $5::timestamptz
WHERE e.shop_id = $2::int4 AND e.endpoint_id = $3::uuid AND e.status = 1 AND e.deleted_at IS NULL
    AND EXISTS (SELECT 1 FROM webhook_progress p WHERE p.endpoint_id = $3::uuid AND p.lease_owner = $1::uuid)
RETURNING e.endpoint_id

-- name: replay_open
-- The range that is to be delivered again next.
SELECT replay_id, position, until_seq, is_all FROM webhook_replay
WHERE shop_id = $1::int4 AND endpoint_id = $2::uuid AND done_at IS NULL
ORDER BY created_at, replay_id
LIMIT 1

-- name: replay_step
-- Ask for a piece of it: what waits for another attempt goes on waiting; what was delivered is asked for only with $9.
WITH asked AS (
    INSERT INTO webhook_delivery AS d (shop_id, endpoint_id, seq, part, type, customer_key, state, attempts, created_at,
        next_at, failure, attempt_log)
    SELECT $1::int4, $2::uuid, v.seq, v.part, v.type, v.customer_key, 1, 0, $8::timestamptz, $8::timestamptz, 0, '[]'
    FROM unnest($4::int8[], $5::int2[], $6::int2[], $7::uuid[]) AS v (seq, part, type, customer_key)
    ON CONFLICT (shop_id, endpoint_id, seq, part) DO UPDATE SET state = 1, next_at = excluded.next_at
    WHERE d.state > 2 OR (d.state = 2 AND $9::bool)
    RETURNING seq
)
UPDATE webhook_replay SET position = $10::int8, n_sent = n_sent + (SELECT count(*) FROM asked),
    done_at = $11::timestamptz
WHERE shop_id = $1::int4 AND endpoint_id = $2::uuid AND replay_id = $3::uuid

-- name: delivery_trim
-- Settled ones of changes below $2, and tests made before $3.
DELETE FROM webhook_delivery d
USING webhook_endpoint e
WHERE e.shop_id = $1::int4 AND d.shop_id = $1::int4 AND d.endpoint_id = e.endpoint_id AND d.state <> 1
    AND d.seq < $2::int8 AND (d.seq >= 0 OR d.created_at < $3::timestamptz)

-- name: erase_deliveries
DELETE FROM webhook_delivery WHERE shop_id = $1::int4 AND customer_key = ANY ($2::uuid[])
