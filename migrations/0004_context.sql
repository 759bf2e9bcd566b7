-- What first and last brought a customer, as the context of their events tells it.

ALTER TABLE customer_profile
    ADD COLUMN first_channel text COLLATE "C",
    ADD COLUMN last_channel text COLLATE "C",
    ADD COLUMN first_campaign text COLLATE "C",
    ADD COLUMN last_campaign text COLLATE "C",
    ADD COLUMN first_campaign_source text COLLATE "C",
    ADD COLUMN last_campaign_source text COLLATE "C",
    ADD COLUMN first_campaign_medium text COLLATE "C",
    ADD COLUMN last_campaign_medium text COLLATE "C",
    ADD COLUMN last_locale text COLLATE "C";
COMMENT ON COLUMN customer_profile.first_channel IS
    'With last_channel: of the events that told a channel, in lower case; null: none did.';
COMMENT ON COLUMN customer_profile.first_campaign IS
    'With last_campaign: the name of a campaign as it was sent, at most 255 bytes; null: none was told.';
COMMENT ON COLUMN customer_profile.first_campaign_source IS
    'With last_campaign_source: utm_source, in lower case; null: none was told.';
COMMENT ON COLUMN customer_profile.first_campaign_medium IS
    'With last_campaign_medium: utm_medium, in lower case; null: none was told.';
COMMENT ON COLUMN customer_profile.last_locale IS
    'Language and region of the latest event that told them; null: none did.';
