-- The feed as followers read it: what mattered, who asked, and how far back it goes.

ALTER TABLE change ADD COLUMN detail json;
ALTER TABLE change ADD COLUMN message_id text COLLATE "C";
ALTER TABLE change ADD COLUMN trace_id uuid;
COMMENT ON COLUMN change.detail IS 'Of transitions and memberships the facts that decided, as they were; of orders the order; of settings what changed.';
COMMENT ON COLUMN change.message_id IS 'The messageId of the event that made it, when the commit that made it brought that event.';
COMMENT ON COLUMN change.trace_id IS 'The trace (W3C traceparent) of the request that made it.';
COMMENT ON COLUMN change.type IS
    '1 stage.changed, 2 segment.entered, 3 segment.left, 4 transition.corrected (moved), 5 (withdrawn), 6 (added), 7 stage.changed by a late event, 8 customer.synced, 9 customer.merged (event_id: the customer that is no more), 10 customer.unmerged (event_id: the customer that came out), 11 customer.erased, 12 blank: of an erased customer, 13 model.changed, 14 segment.changed, 15 order.completed, 16 order.refunded, 17 endpoint.disabled (event_id: the endpoint).';

ALTER TABLE feed_head ADD COLUMN oldest bigint NOT NULL DEFAULT 1;
COMMENT ON COLUMN feed_head.oldest IS 'The number of the oldest change that is kept; head + 1: none is.';

CREATE TABLE stream_ticket (
    ticket_hash bytea PRIMARY KEY,
    shop_id integer NOT NULL,
    expires_at timestamptz NOT NULL
);
COMMENT ON TABLE stream_ticket IS 'Lets a browser, which can send no key, open one stream of changes; used once.';
COMMENT ON COLUMN stream_ticket.ticket_hash IS 'SHA-256 of the ticket.';
