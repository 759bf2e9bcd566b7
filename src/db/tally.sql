-- Sums, the journal of what is to be added to them, and the texts behind their keys.

-- name: tally_append
-- Number and row in one statement: the lock on tally_head makes numbers gapless and in the order of commit.
WITH head AS (
    UPDATE tally_head SET head = head + 1
    WHERE shop_id = $1::int4
    RETURNING head
)
INSERT INTO tally_entry (shop_id, seq, recorded_at, sums)
SELECT $1::int4, head.head, $2::timestamptz, $3::bytea
FROM head

-- name: tally_waiting
-- Shops whose journal has entries: how far it goes, how many there are, since when the first waits.
SELECT t.shop_id, h.head, h.head - t.done, e.recorded_at
FROM tally_turn t
JOIN tally_head h ON h.shop_id = t.shop_id AND h.head > t.done
LEFT JOIN tally_entry e ON e.shop_id = t.shop_id AND e.seq = t.done + 1
ORDER BY t.shop_id

-- name: tally_turn
SELECT done FROM tally_turn WHERE shop_id = $1::int4 FOR UPDATE SKIP LOCKED

-- name: tally_entries
-- The oldest, at most $2 of them, and none after $3 bytes.
SELECT seq, sums
FROM (SELECT seq, sums, sum(octet_length(sums)) OVER (ORDER BY seq) - octet_length(sums) AS bytes_before
      FROM (SELECT seq, sums
            FROM tally_entry
            WHERE shop_id = $1::int4 AND seq > (SELECT done FROM tally_turn WHERE shop_id = $1::int4)
            ORDER BY seq
            LIMIT $2::int4) oldest) entry
WHERE bytes_before < $3::int8
ORDER BY seq

-- name: tally_upsert
-- Rows come in key order, one each. A sum stops at TALLY_MAX (core/tally.h), and one that has not cannot overflow.
INSERT INTO tally (shop_id, cube, day, a, b, c, s1, s2, s3, s4, s5, s6)
SELECT $1::int4, v.*
FROM unnest($2::int2[], $3::int4[], $4::int8[], $5::int8[], $6::int8[], $7::int8[], $8::int8[], $9::int8[], $10::int8[],
            $11::int8[], $12::int8[]) AS v
ON CONFLICT (shop_id, cube, day, a, b, c) DO UPDATE SET
    s1 = greatest(least(tally.s1, 4611686018427387903), -4611686018427387903) + excluded.s1,
    s2 = greatest(least(tally.s2, 4611686018427387903), -4611686018427387903) + excluded.s2,
    s3 = greatest(least(tally.s3, 4611686018427387903), -4611686018427387903) + excluded.s3,
    s4 = greatest(least(tally.s4, 4611686018427387903), -4611686018427387903) + excluded.s4,
    s5 = greatest(least(tally.s5, 4611686018427387903), -4611686018427387903) + excluded.s5,
    s6 = greatest(least(tally.s6, 4611686018427387903), -4611686018427387903) + excluded.s6

-- name: tally_entries_delete
DELETE FROM tally_entry WHERE shop_id = $1::int4 AND seq <= $2::int8

-- name: tally_done
UPDATE tally_turn SET done = $2::int8 WHERE shop_id = $1::int4

-- name: tally_entry_delete
DELETE FROM tally_entry WHERE shop_id = $1::int4 AND seq = $2::int8

-- name: tally_mend_head
INSERT INTO tally_head (shop_id, head) VALUES ($1::int4, $2::int8)
ON CONFLICT (shop_id) DO UPDATE SET head = greatest(tally_head.head, excluded.head)

-- name: tally_mend_turn
INSERT INTO tally_turn (shop_id, done) VALUES ($1::int4, $2::int8)
ON CONFLICT (shop_id) DO UPDATE SET done = greatest(tally_turn.done, excluded.done)

-- name: tally_forget_cube
-- Of a cube that there is not.
DELETE FROM tally WHERE shop_id = $1::int4 AND cube = $2::int2

-- name: tally_forget_head
-- With the next three: of a shop that there is not.
DELETE FROM tally_head WHERE shop_id = $1::int4

-- name: tally_forget_turn
DELETE FROM tally_turn WHERE shop_id = $1::int4

-- name: tally_forget_entries
DELETE FROM tally_entry WHERE shop_id = $1::int4

-- name: tally_forget_sums
DELETE FROM tally WHERE shop_id = $1::int4

-- name: remainder_add
-- As tally_upsert.
INSERT INTO tally_remainder (shop_id, cube, day, a, b, c, s1, s2, s3, s4, s5, s6)
SELECT $1::int4, v.*
FROM unnest($2::int2[], $3::int4[], $4::int8[], $5::int8[], $6::int8[], $7::int8[], $8::int8[], $9::int8[], $10::int8[],
            $11::int8[], $12::int8[]) AS v
ON CONFLICT (shop_id, cube, day, a, b, c) DO UPDATE SET
    s1 = greatest(least(tally_remainder.s1, 4611686018427387903), -4611686018427387903) + excluded.s1,
    s2 = greatest(least(tally_remainder.s2, 4611686018427387903), -4611686018427387903) + excluded.s2,
    s3 = greatest(least(tally_remainder.s3, 4611686018427387903), -4611686018427387903) + excluded.s3,
    s4 = greatest(least(tally_remainder.s4, 4611686018427387903), -4611686018427387903) + excluded.s4,
    s5 = greatest(least(tally_remainder.s5, 4611686018427387903), -4611686018427387903) + excluded.s5,
    s6 = greatest(least(tally_remainder.s6, 4611686018427387903), -4611686018427387903) + excluded.s6

-- name: tally_read
-- Of some ranges: the sums, of which some take all days as one; then what the journal has yet to add, at most $7
-- entries and none after $8 bytes; and last its head. One statement: all is of one instant.
-- In the key `a` comes after the day: where it is asked for, each day is looked up, unless an event of some wrong
-- century makes them many. What is read as a whole is bounded in `a` by what no `a` is beyond: a condition that is true or
-- not would let the planner expect few rows, and sort them.
WITH asked AS MATERIALIZED (
    SELECT r.cube, greatest(r.from_day, cube.first_day) AS first_day, least(r.to_day - 1, cube.last_day) AS last_day,
        r.from_day, r.a, r.sums_days,
        r.a IS NOT NULL AND least(r.to_day - 1, cube.last_day) - greatest(r.from_day, cube.first_day) < 40000 AS by_day
    FROM unnest($2::int2[], $3::int4[], $4::int4[], $5::int8[], $6::bool[]) AS r (cube, from_day, to_day, a, sums_days)
    CROSS JOIN LATERAL (
        SELECT min(t.day)::int8 AS first_day, max(t.day)::int8 AS last_day
        FROM tally t
        WHERE t.shop_id = $1::int4 AND t.cube = r.cube
    ) cube
)
SELECT t.cube, t.day, t.a, t.b, t.c, t.s1, t.s2, t.s3, t.s4, t.s5, t.s6, NULL::int8, NULL::timestamptz, NULL::bytea
FROM asked r
JOIN tally t ON t.shop_id = $1::int4 AND t.cube = r.cube AND t.day BETWEEN r.first_day AND r.last_day
    AND t.a BETWEEN coalesce(r.a, -9223372036854775808) AND coalesce(r.a, 9223372036854775807)
WHERE NOT r.by_day AND NOT r.sums_days
UNION ALL
SELECT t.cube, r.from_day, t.a, t.b, t.c,
    greatest(least(sum(t.s1), 4611686018427387903), -4611686018427387903)::int8,
    greatest(least(sum(t.s2), 4611686018427387903), -4611686018427387903)::int8,
    greatest(least(sum(t.s3), 4611686018427387903), -4611686018427387903)::int8,
    greatest(least(sum(t.s4), 4611686018427387903), -4611686018427387903)::int8,
    greatest(least(sum(t.s5), 4611686018427387903), -4611686018427387903)::int8,
    greatest(least(sum(t.s6), 4611686018427387903), -4611686018427387903)::int8, NULL, NULL, NULL
FROM asked r
JOIN tally t ON t.shop_id = $1::int4 AND t.cube = r.cube AND t.day BETWEEN r.first_day AND r.last_day
    AND t.a BETWEEN coalesce(r.a, -9223372036854775808) AND coalesce(r.a, 9223372036854775807)
WHERE NOT r.by_day AND r.sums_days
GROUP BY t.cube, r.from_day, t.a, t.b, t.c
UNION ALL
SELECT t.cube, CASE WHEN r.sums_days THEN r.from_day ELSE t.day END, t.a, t.b, t.c, sum(t.s1)::int8, sum(t.s2)::int8,
    sum(t.s3)::int8, sum(t.s4)::int8, sum(t.s5)::int8, sum(t.s6)::int8, NULL, NULL, NULL
FROM asked r
CROSS JOIN LATERAL generate_series(r.first_day, r.last_day) AS d (day)
CROSS JOIN LATERAL (
    SELECT *
    FROM tally t
    WHERE t.shop_id = $1::int4 AND t.cube = r.cube AND t.day = d.day AND t.a = r.a
    OFFSET 0 -- so that the days are not joined as a whole
) t
WHERE r.by_day
GROUP BY 1, 2, 3, 4, 5
UNION ALL
SELECT NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, seq, recorded_at, sums
FROM (SELECT seq, recorded_at, sums, sum(octet_length(sums)) OVER (ORDER BY seq) - octet_length(sums) AS bytes_before
      FROM (SELECT seq, recorded_at, sums
            FROM tally_entry
            WHERE shop_id = $1::int4 AND seq > (SELECT done FROM tally_turn WHERE shop_id = $1::int4)
            ORDER BY seq
            LIMIT $7::int4) oldest) entry
WHERE bytes_before < $8::int8
UNION ALL
SELECT NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, head, NULL, NULL
FROM tally_head
WHERE shop_id = $1::int4

-- name: tally_head
SELECT head FROM tally_head WHERE shop_id = $1::int4

-- name: term_insert
-- Rows come in key order, one each. A label is the first that was told.
INSERT INTO term (shop_id, hash, text, label)
SELECT *
FROM unnest($1::int4[], $2::int8[], $3::text[], $4::text[])
ON CONFLICT (shop_id, hash) DO UPDATE SET label = excluded.label WHERE term.label = '' AND excluded.label <> ''

-- name: term_read
SELECT hash, text, label FROM term WHERE shop_id = $1::int4 AND hash = ANY ($2::int8[])
