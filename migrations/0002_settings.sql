-- What the owner of a shop has chosen.
ALTER TABLE shop ADD COLUMN settings json NOT NULL DEFAULT '{}';
ALTER TABLE shop ADD COLUMN settings_version integer NOT NULL DEFAULT 1;
COMMENT ON COLUMN shop.settings IS 'What its owner has chosen, by section; what is not there has its default.';
COMMENT ON COLUMN shop.settings_version IS 'Goes up with each change of settings.';
