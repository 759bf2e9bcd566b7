-- What verify reads: ranges of keys over every table, under one snapshot.

-- name: verify_by_index
-- Slices of keys are small parts of their tables. A query, and the first: it takes the snapshot.
SELECT set_config('enable_seqscan', 'off', true)

-- name: verify_by_scan
-- The sums at the end read all of theirs.
SET LOCAL enable_seqscan = on

-- name: verify_events
SELECT identity_key, event_id, occurred_at, received_at, payload, kind, shop_id, outcome
FROM event
WHERE identity_key > $1::uuid AND identity_key <= $2::uuid

-- name: verify_events_of
SELECT identity_key, event_id, occurred_at, received_at, payload, kind, shop_id, outcome
FROM event
WHERE identity_key = ANY ($1::uuid[])

-- name: verify_links
-- Who is who, and which of these identities have messages of their own.
SELECT identity_key, identity_kind, identity_value,
    EXISTS (SELECT 1 FROM event e WHERE e.identity_key = identity_link.identity_key),
    other_key, other_kind, other_value,
    EXISTS (SELECT 1 FROM event e WHERE e.identity_key = identity_link.other_key), shop_id
FROM identity_link
WHERE withdrawn_at IS NULL

-- name: verify_separations
SELECT DISTINCT identity_key FROM identity_separation ORDER BY identity_key

-- name: verify_profiles
SELECT customer_key, traits, counters, categories, products, channels, churn_reason, marks, first_channel, last_channel,
    first_campaign, last_campaign, first_campaign_source, last_campaign_source, first_campaign_medium,
    last_campaign_medium, last_locale, shop_id
FROM customer_profile
WHERE customer_key > $1::uuid AND customer_key <= $2::uuid
ORDER BY customer_key

-- name: verify_orders
SELECT customer_key, order_key, order_id, completed_at, cancelled_at, value, discount, has_coupon, refunds, ordinal,
    circumstances, lines, refunded, is_counted, shop_id
FROM customer_order
WHERE customer_key > $1::uuid AND customer_key <= $2::uuid
ORDER BY customer_key, order_key

-- name: verify_transitions
SELECT customer_key, seq, model, version, from_stage, to_stage, at, cause, event_id, recorded_at, superseded_at, shop_id
FROM transition
WHERE customer_key > $1::uuid AND customer_key <= $2::uuid
ORDER BY customer_key, seq

-- name: verify_memberships
SELECT customer_key, segment, entered_at, shop_id
FROM membership
WHERE customer_key > $1::uuid AND customer_key <= $2::uuid
ORDER BY customer_key, segment

-- name: verify_total
SELECT count(*) FROM customer

-- name: verify_tallies
-- What is stored, less what the erased have left behind.
SELECT cube, day, a, b, c, s1, s2, s3, s4, s5, s6, shop_id, 1 FROM tally
UNION ALL
SELECT cube, day, a, b, c, s1, s2, s3, s4, s5, s6, shop_id, -1 FROM tally_remainder

-- name: verify_tally_entries
-- What is still to be added.
SELECT e.shop_id, e.seq, e.sums
FROM tally_entry e
LEFT JOIN tally_turn t ON t.shop_id = e.shop_id
WHERE e.seq > coalesce(t.done, 0)

-- name: verify_tally_heads
-- Each shop's journal: its latest number, up to which it was added up, what there is behind and before that; and the
-- version of the sums.
SELECT s.shop_id, h.head, t.done, count(e.seq) FILTER (WHERE e.seq > coalesce(t.done, 0)),
    count(e.seq) FILTER (WHERE e.seq <= coalesce(t.done, 0)), min(e.seq) FILTER (WHERE e.seq > coalesce(t.done, 0)),
    max(e.seq) FILTER (WHERE e.seq > coalesce(t.done, 0)), h.fold_version
FROM shop s
LEFT JOIN tally_head h ON h.shop_id = s.shop_id
LEFT JOIN tally_turn t ON t.shop_id = s.shop_id
LEFT JOIN tally_entry e ON e.shop_id = s.shop_id
GROUP BY s.shop_id, h.head, h.fold_version, t.done

-- name: verify_settle_tallies
UPDATE tally_head SET fold_version = $2::int4 WHERE shop_id = $1::int4 AND fold_version <> $2::int4

-- name: verify_owed
-- Shops whose sums an older version of the fold has left.
SELECT count(*) FROM tally_head h JOIN shop s ON s.shop_id = h.shop_id WHERE h.fold_version < $1::int4

-- name: verify_terms
SELECT shop_id, hash FROM term

-- name: verify_tally_shops
-- Rows of shops that there are not.
SELECT 1, h.shop_id FROM tally_head h LEFT JOIN shop s ON s.shop_id = h.shop_id WHERE s.shop_id IS NULL
UNION ALL
SELECT 2, t.shop_id FROM tally_turn t LEFT JOIN shop s ON s.shop_id = t.shop_id WHERE s.shop_id IS NULL
UNION ALL
SELECT 3, e.shop_id FROM tally_entry e LEFT JOIN shop s ON s.shop_id = e.shop_id WHERE s.shop_id IS NULL

-- name: verify_claim_orphans
-- Claims that no order of the same customer stands behind: except while an order waits for its customer (kind 8), and
-- once the customer was erased.
SELECT c.order_key, c.customer_key
FROM order_claim c
LEFT JOIN customer k ON k.customer_key = c.customer_key
LEFT JOIN customer h ON h.customer_key = coalesce(k.merged_into, k.customer_key)
LEFT JOIN customer_order o ON o.customer_key = h.customer_key AND o.order_key = c.order_key AND o.shop_id = c.shop_id
WHERE o.order_key IS NULL AND h.erased_at IS NULL
    AND NOT coalesce(h.identity_kind = 8 AND c.order_key = h.customer_key, false)

-- name: verify_feed_heads
SELECT h.shop_id, h.head, h.oldest, coalesce(c.n, 0), coalesce(c.last, h.oldest - 1), coalesce(c.first, h.oldest)
FROM feed_head h
LEFT JOIN (SELECT shop_id, count(*) AS n, max(seq) AS last, min(seq) AS first FROM change GROUP BY shop_id) c
    ON c.shop_id = h.shop_id

-- name: verify_feed_shops
-- Changes of shops that have no head.
SELECT DISTINCT c.shop_id
FROM change c
LEFT JOIN feed_head h ON h.shop_id = c.shop_id
WHERE h.shop_id IS NULL

-- name: verify_changes
-- Changes that say what no transition says, or that are no changes at all.
SELECT c.shop_id, c.seq, c.customer_key
FROM change c
LEFT JOIN transition t ON t.customer_key = c.customer_key AND t.shop_id = c.shop_id AND t.model = c.number
    AND t.version = c.version AND t.from_stage = c.from_stage AND t.to_stage = c.to_stage AND t.at = c.at
    AND t.cause = c.cause AND t.event_id = c.event_id
WHERE (c.type IN (1, 4, 5, 6, 7) AND t.customer_key IS NULL)
    OR c.type NOT BETWEEN 1 AND 19
    OR (c.type IN (9, 10) AND c.cause <> 4)
    OR (c.type > 8 AND c.type NOT IN (13, 14, 18, 19) AND (c.number <> 0 OR c.version <> 0))
    OR (c.type > 8 AND (c.from_stage <> 0 OR c.to_stage <> 0))
    OR (c.type IN (13, 14, 18, 19) AND NOT EXISTS (SELECT 1 FROM definition d WHERE d.shop_id = c.shop_id
        AND d.kind = CASE WHEN c.type < 18 THEN c.type - 12 ELSE c.type - 15 END AND d.number = c.number AND d.version = c.version))
    OR (c.type IN (15, 16) AND (c.cause <> 1 OR c.detail IS NULL))
    OR (c.type IN (8, 9, 10, 11, 12) AND (c.detail IS NOT NULL OR c.message_id IS NOT NULL))
    OR (c.type = 12 AND NOT c.is_silent)
    OR (c.type = 4) <> (c.before_at IS NOT NULL)
    OR (c.type IN (2, 3) AND (c.from_stage <> 0 OR c.to_stage <> 0))
    OR (c.type = 8 AND (c.number <> 0 OR c.version <> 0 OR NOT c.is_silent))

-- name: verify_moved
-- Corrections that name a time before at which nothing was.
SELECT c.shop_id, c.seq, c.customer_key
FROM change c
LEFT JOIN transition t ON t.customer_key = c.customer_key AND t.model = c.number AND t.to_stage = c.to_stage
    AND t.at = c.before_at
WHERE c.type = 4 AND t.customer_key IS NULL

-- name: verify_announced
-- Memberships whose entries and exits in the feed do not add up, of customers who were never taken in silently. Where
-- the feed no longer has its beginning, a balance may be one short.
SELECT coalesce(f.shop_id, m.shop_id), coalesce(f.customer_key, m.customer_key)
FROM (SELECT shop_id, customer_key, number, sum(CASE type WHEN 2 THEN 1 ELSE -1 END) AS n
      FROM change WHERE type IN (2, 3) GROUP BY shop_id, customer_key, number) f
FULL JOIN membership m ON m.customer_key = f.customer_key AND m.segment = f.number AND m.shop_id = f.shop_id
LEFT JOIN feed_head h ON h.shop_id = coalesce(f.shop_id, m.shop_id)
WHERE coalesce(f.n, 0) <> (m.customer_key IS NOT NULL)::int
    AND (h.oldest = 1 OR coalesce(f.n, 0) <> (m.customer_key IS NOT NULL)::int - 1)
    AND NOT EXISTS (SELECT 1 FROM change s WHERE s.customer_key = coalesce(f.customer_key, m.customer_key) AND s.type = 8)

-- name: verify_delete_customers
DELETE FROM customer WHERE customer_key = ANY ($1::uuid[])

-- name: verify_delete_profiles
DELETE FROM customer_profile WHERE customer_key = ANY ($1::uuid[])

-- name: verify_delete_orders
DELETE FROM customer_order WHERE customer_key = ANY ($1::uuid[])

-- name: verify_delete_transitions
DELETE FROM transition WHERE customer_key = ANY ($1::uuid[])

-- name: verify_delete_memberships
DELETE FROM membership WHERE customer_key = ANY ($1::uuid[])

-- name: verify_delete_claims
DELETE FROM order_claim WHERE order_key = ANY ($1::uuid[])
