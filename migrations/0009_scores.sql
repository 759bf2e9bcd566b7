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
