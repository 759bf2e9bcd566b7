-- What prediction folds of the orders, and what came of fitting its parameters.

ALTER TABLE customer
    ADD COLUMN purchase_days integer NOT NULL DEFAULT 0,
    ADD COLUMN first_day_value bigint NOT NULL DEFAULT 0,
    ADD COLUMN gaps_ln bigint NOT NULL DEFAULT 0;
ALTER TABLE customer
    ALTER COLUMN purchase_days DROP DEFAULT,
    ALTER COLUMN first_day_value DROP DEFAULT,
    ALTER COLUMN gaps_ln DROP DEFAULT;
COMMENT ON COLUMN customer.purchase_days IS 'Local days with a counted order.';
COMMENT ON COLUMN customer.first_day_value IS 'Net value of the counted orders of the first purchase day, minor units.';
COMMENT ON COLUMN customer.gaps_ln IS
    'Sum over the gaps between neighbouring purchase days of the natural logarithm of the days, in billionths.';

COMMENT ON TABLE definition IS
    'Versions of models (kind 1), segments (2), the parameters of scores (3) and the bounds of RFM scores (4). Append only.';

COMMENT ON COLUMN change.type IS
    '1 stage.changed, 2 segment.entered, 3 segment.left, 4 transition.corrected (moved), 5 (withdrawn), 6 (added), 7 stage.changed by a late event, 8 customer.synced, 9 customer.merged (event_id: the customer that is no more), 10 customer.unmerged (event_id: the customer that came out), 11 customer.erased, 12 blank: of an erased customer, 13 model.changed, 14 segment.changed, 15 order.completed, 16 order.refunded, 17 endpoint.disabled (event_id: the endpoint), 18 scores.changed, 19 rfm.changed.';

CREATE TABLE score_fit (
    shop_id integer NOT NULL,
    fitted_at timestamptz NOT NULL,
    verdict smallint NOT NULL,
    version integer NOT NULL,
    orders bigint NOT NULL,
    document json NOT NULL,
    PRIMARY KEY (shop_id, fitted_at)
);
COMMENT ON TABLE score_fit IS 'What came of fitting the parameters of scores: the latest of each shop, published or not.';
COMMENT ON COLUMN score_fit.verdict IS '0 ok, 1 too few, 2 degenerate.';
COMMENT ON COLUMN score_fit.version IS 'The version of the parameters that was published of it; 0: none.';
COMMENT ON COLUMN score_fit.orders IS 'Purchase days of all customers that were looked at.';
COMMENT ON COLUMN score_fit.document IS 'As the document of a version is (wire/scores.h).';
