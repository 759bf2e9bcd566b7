#ifndef WIRE_SETTINGS_H
#define WIRE_SETTINGS_H

#include "base/arena.h"
#include "base/buf.h"
#include "base/status.h"
#include "core/settings.h"
#include "core/shop.h"

/**
 * The settings of a shop as a JSON document; what it does not say has its default:
 *
 *     {"identity": {"join": ["shopify","woocommerce","member","anonymous","email","phone","order"],
 *                   "identities_max": 200, "sharers_max": 1, "blocked": ["info@shop.example",
 * "user:kiosk-7"]},
 *      "ingest":   {"allowed_origins": ["*"]},
 *      "feed":     {"retention_days": 30, "orders": true},
 *      "scores":   {"cadence": "default", "margin": 1, "discount_rate": 0.1, "fit_every_days": 7, "rfm_every_days": 7,
 *                   "rfm_bounds": null}}
 *
 * rfm_bounds: null (automatic), or {"recency":[90,60,30,7],"frequency":[1,2,3,5],"monetary":["9.00",...]} as wire/rfm.h
 * has them.
 * A blocked identity is an e-mail address, a telephone number, or KIND:VALUE as customers' ids are.
 */

/**
 * settings_parse(arena, shop, document, version, out, error):
 * Owns     ${out} lives in ${arena}.
 * Errors   as scan_parse(); INVALID_SETTINGS: a member that is unknown, there twice, of the wrong type or out
 * of range.
 */
enum status settings_parse(struct arena *arena, const struct shop *shop, struct span document, int version,
                           const struct settings **out, struct error *error) MUST_CHECK;

/**
 * settings_merge(arena, document, patch, out, error):
 * The document with ${patch} merged into it as RFC 7396 has it: null takes a member back to its default, a
 * list replaces the whole list. The values of the result are not checked: settings_parse() does. Errors   as
 * scan_parse(); INVALID_SETTINGS: ${patch} has a member that is unknown or there twice.
 */
enum status settings_merge(struct arena *arena, struct span document, struct span patch, struct span *out,
                           struct error *error) MUST_CHECK;

/** The document with its defaults written out. ${document} is one that settings_parse() took. */
void settings_print(struct buf *out, struct arena *arena, struct span document);

#endif
