-- The customer row. Column order: key, shop, id, then the accumulators in the order of ACCUMULATOR_TABLE
-- (core/state.h), then what the fold keeps; db/customer.c binds by position.

-- name: customer_lock
-- Rows of a batch, locked in key order.
SELECT
    customer_key, shop_id, external_id, identity_kind, merged_into, identities_count, is_used,
    erased_at, events_count, sessions_count, pages_count, product_views_count, carts_count,
    checkouts_count, orders_reported_count, orders_count, orders_cancelled_count, orders_coupon_count,
    refunds_count, coupons_applied_count, renewals_count, reviews_count, shares_count, referrals_count,
    complaints_count, complaints_open, survey_answers_count, nps_count, nps_sum, nps_last, csat_count,
    csat_sum, csat_last, categories_count, products_count, channels_count, subscription, churned,
    purchase_days, growth, revenue_gross, revenue_refunded, discounts_total, order_value_last,
    points_balance, first_day_value, gaps_ln, first_seen_at, last_seen_at, first_order_at,
    last_order_at, churned_at, participated_at, standing, segments, folded_at, folded_rank,
    folded_event, deadline, definitions, fold_version, transition_seq
FROM customer
WHERE customer_key = ANY ($1::uuid[])
ORDER BY customer_key
FOR NO KEY UPDATE

-- name: customer_get
-- The same without a lock, for readers.
SELECT
    customer_key, shop_id, external_id, identity_kind, merged_into, identities_count, is_used,
    erased_at, events_count, sessions_count, pages_count, product_views_count, carts_count,
    checkouts_count, orders_reported_count, orders_count, orders_cancelled_count, orders_coupon_count,
    refunds_count, coupons_applied_count, renewals_count, reviews_count, shares_count, referrals_count,
    complaints_count, complaints_open, survey_answers_count, nps_count, nps_sum, nps_last, csat_count,
    csat_sum, csat_last, categories_count, products_count, channels_count, subscription, churned,
    purchase_days, growth, revenue_gross, revenue_refunded, discounts_total, order_value_last,
    points_balance, first_day_value, gaps_ln, first_seen_at, last_seen_at, first_order_at,
    last_order_at, churned_at, participated_at, standing, segments, folded_at, folded_rank,
    folded_event, deadline, definitions, fold_version, transition_seq
FROM customer
WHERE customer_key = ANY ($1::uuid[])

-- name: customer_range
-- The customers in (after, until] in key order, for verify.
SELECT
    customer_key, shop_id, external_id, identity_kind, merged_into, identities_count, is_used,
    erased_at, events_count, sessions_count, pages_count, product_views_count, carts_count,
    checkouts_count, orders_reported_count, orders_count, orders_cancelled_count, orders_coupon_count,
    refunds_count, coupons_applied_count, renewals_count, reviews_count, shares_count, referrals_count,
    complaints_count, complaints_open, survey_answers_count, nps_count, nps_sum, nps_last, csat_count,
    csat_sum, csat_last, categories_count, products_count, channels_count, subscription, churned,
    purchase_days, growth, revenue_gross, revenue_refunded, discounts_total, order_value_last,
    points_balance, first_day_value, gaps_ln, first_seen_at, last_seen_at, first_order_at,
    last_order_at, churned_at, participated_at, standing, segments, folded_at, folded_rank,
    folded_event, deadline, definitions, fold_version, transition_seq
FROM customer
WHERE customer_key > $1::uuid AND customer_key <= $2::uuid
ORDER BY customer_key

-- name: customer_insert
-- New customers. A row that somebody else has inserted meanwhile is an error, and the batch is tried again.
INSERT INTO customer (
    customer_key, shop_id, external_id, identity_kind, merged_into, identities_count, is_used,
    erased_at, events_count, sessions_count, pages_count, product_views_count, carts_count,
    checkouts_count, orders_reported_count, orders_count, orders_cancelled_count, orders_coupon_count,
    refunds_count, coupons_applied_count, renewals_count, reviews_count, shares_count, referrals_count,
    complaints_count, complaints_open, survey_answers_count, nps_count, nps_sum, nps_last, csat_count,
    csat_sum, csat_last, categories_count, products_count, channels_count, subscription, churned,
    purchase_days, growth, revenue_gross, revenue_refunded, discounts_total, order_value_last,
    points_balance, first_day_value, gaps_ln, first_seen_at, last_seen_at, first_order_at,
    last_order_at, churned_at, participated_at, standing, segments, folded_at, folded_rank,
    folded_event, deadline, definitions, fold_version, transition_seq
)
SELECT *
FROM unnest(
    $1::uuid[], $2::int4[], $3::text[], $4::int2[], $5::uuid[], $6::int4[], $7::bool[],
    $8::timestamptz[], $9::int4[], $10::int4[], $11::int4[], $12::int4[], $13::int4[], $14::int4[],
    $15::int4[], $16::int4[], $17::int4[], $18::int4[], $19::int4[], $20::int4[], $21::int4[],
    $22::int4[], $23::int4[], $24::int4[], $25::int4[], $26::int4[], $27::int4[], $28::int4[],
    $29::int4[], $30::int4[], $31::int4[], $32::int4[], $33::int4[], $34::int4[], $35::int4[],
    $36::int4[], $37::int4[], $38::int4[], $39::int4[], $40::int4[], $41::int8[], $42::int8[],
    $43::int8[], $44::int8[], $45::int8[], $46::int8[], $47::int8[], $48::timestamptz[],
    $49::timestamptz[], $50::timestamptz[], $51::timestamptz[], $52::timestamptz[], $53::timestamptz[],
    $54::bytea[], $55::bytea[], $56::timestamptz[], $57::int2[], $58::uuid[], $59::timestamptz[],
    $60::int4[], $61::int2[], $62::int4[]
)

-- name: customer_update
-- lint: no = ANY beside the join: on one PostgreSQL it costs 16 times as much (docs/adr/0003-no-pruning-clause.md)
UPDATE customer c SET
    events_count = v.events_count, sessions_count = v.sessions_count, pages_count = v.pages_count,
    product_views_count = v.product_views_count, carts_count = v.carts_count,
    checkouts_count = v.checkouts_count, orders_reported_count = v.orders_reported_count,
    orders_count = v.orders_count, orders_cancelled_count = v.orders_cancelled_count,
    orders_coupon_count = v.orders_coupon_count, refunds_count = v.refunds_count,
    coupons_applied_count = v.coupons_applied_count, renewals_count = v.renewals_count,
    reviews_count = v.reviews_count, shares_count = v.shares_count, referrals_count = v.referrals_count,
    complaints_count = v.complaints_count, complaints_open = v.complaints_open,
    survey_answers_count = v.survey_answers_count, nps_count = v.nps_count, nps_sum = v.nps_sum,
    nps_last = v.nps_last, csat_count = v.csat_count, csat_sum = v.csat_sum, csat_last = v.csat_last,
    categories_count = v.categories_count, products_count = v.products_count,
    channels_count = v.channels_count, subscription = v.subscription, churned = v.churned,
    purchase_days = v.purchase_days, growth = v.growth, revenue_gross = v.revenue_gross,
    revenue_refunded = v.revenue_refunded, discounts_total = v.discounts_total,
    order_value_last = v.order_value_last, points_balance = v.points_balance,
    first_day_value = v.first_day_value, gaps_ln = v.gaps_ln, first_seen_at = v.first_seen_at,
    last_seen_at = v.last_seen_at, first_order_at = v.first_order_at, last_order_at = v.last_order_at,
    churned_at = v.churned_at, participated_at = v.participated_at,
    standing = v.standing, segments = v.segments, folded_at = v.folded_at, folded_rank = v.folded_rank,
    folded_event = v.folded_event, deadline = v.deadline, definitions = v.definitions,
    fold_version = v.fold_version, transition_seq = v.transition_seq
FROM unnest(
    $1::uuid[], $2::int4[], $3::int4[], $4::int4[], $5::int4[], $6::int4[], $7::int4[], $8::int4[],
    $9::int4[], $10::int4[], $11::int4[], $12::int4[], $13::int4[], $14::int4[], $15::int4[],
    $16::int4[], $17::int4[], $18::int4[], $19::int4[], $20::int4[], $21::int4[], $22::int4[],
    $23::int4[], $24::int4[], $25::int4[], $26::int4[], $27::int4[], $28::int4[], $29::int4[],
    $30::int4[], $31::int4[], $32::int4[], $33::int4[], $34::int8[], $35::int8[], $36::int8[],
    $37::int8[], $38::int8[], $39::int8[], $40::int8[], $41::timestamptz[], $42::timestamptz[],
    $43::timestamptz[], $44::timestamptz[], $45::timestamptz[], $46::timestamptz[], $47::bytea[],
    $48::bytea[], $49::timestamptz[], $50::int2[], $51::uuid[], $52::timestamptz[], $53::int4[],
    $54::int2[], $55::int4[]
) AS v (
    customer_key, events_count, sessions_count, pages_count, product_views_count, carts_count,
    checkouts_count, orders_reported_count, orders_count, orders_cancelled_count, orders_coupon_count,
    refunds_count, coupons_applied_count, renewals_count, reviews_count, shares_count, referrals_count,
    complaints_count, complaints_open, survey_answers_count, nps_count, nps_sum, nps_last, csat_count,
    csat_sum, csat_last, categories_count, products_count, channels_count, subscription, churned,
    purchase_days, growth, revenue_gross, revenue_refunded, discounts_total, order_value_last,
    points_balance, first_day_value, gaps_ln, first_seen_at, last_seen_at, first_order_at,
    last_order_at, churned_at, participated_at, standing, segments, folded_at, folded_rank,
    folded_event, deadline, definitions, fold_version, transition_seq
)
WHERE c.customer_key = v.customer_key

-- name: customer_pointers
-- What the batch must know of identities that messages mention beside their own, without a lock.
SELECT customer_key, identity_kind, merged_into, is_used, erased_at, external_id, shop_id
FROM customer
WHERE customer_key = ANY ($1::uuid[])

-- name: customer_identities
-- The other identities of some customers; whoever changes them holds the lock of the customer's own row.
SELECT customer_key, identity_kind, merged_into, is_used, erased_at, external_id, shop_id
FROM customer
WHERE merged_into = ANY ($1::uuid[])

-- name: customer_lock_now
-- More customers, once others are locked: who waits for us is not waited for.
SELECT
    customer_key, shop_id, external_id, identity_kind, merged_into, identities_count, is_used,
    erased_at, events_count, sessions_count, pages_count, product_views_count, carts_count,
    checkouts_count, orders_reported_count, orders_count, orders_cancelled_count, orders_coupon_count,
    refunds_count, coupons_applied_count, renewals_count, reviews_count, shares_count, referrals_count,
    complaints_count, complaints_open, survey_answers_count, nps_count, nps_sum, nps_last, csat_count,
    csat_sum, csat_last, categories_count, products_count, channels_count, subscription, churned,
    purchase_days, growth, revenue_gross, revenue_refunded, discounts_total, order_value_last,
    points_balance, first_day_value, gaps_ln, first_seen_at, last_seen_at, first_order_at,
    last_order_at, churned_at, participated_at, standing, segments, folded_at, folded_rank,
    folded_event, deadline, definitions, fold_version, transition_seq
FROM customer
WHERE customer_key = ANY ($1::uuid[])
ORDER BY customer_key
FOR NO KEY UPDATE NOWAIT

-- name: customer_identify
-- lint: no = ANY beside the join: on one PostgreSQL it costs 16 times as much (docs/adr/0003-no-pruning-clause.md)
-- Whose identity a row is.
UPDATE customer c SET
    external_id = v.external_id, identity_kind = v.identity_kind, merged_into = v.merged_into,
    identities_count = v.identities_count, is_used = v.is_used, erased_at = v.erased_at
FROM unnest($1::uuid[], $2::text[], $3::int2[], $4::uuid[], $5::int4[], $6::bool[], $7::timestamptz[])
    AS v (customer_key, external_id, identity_kind, merged_into, identities_count, is_used, erased_at)
WHERE c.customer_key = v.customer_key
