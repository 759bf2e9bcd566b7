-- Moves between two instants of one shop are found without going through all that there ever were.
CREATE INDEX transition_at ON transition (shop_id, at);
