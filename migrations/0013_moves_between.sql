-- Moves between two instants of one shop are found without going through all that there ever were.
CREATE INDEX transition_at ON transition (shop_id, at);

COMMENT ON COLUMN customer_order.circumstances IS
    'For metrics: channel, campaign, country and what brought the customer, as of the completion, and the goods that refunds told (db/marks.c).';
