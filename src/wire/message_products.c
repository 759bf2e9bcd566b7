#include "message_products.h"

#include "crypto/digest.h"

#include <stdio.h>
#include <stdlib.h>

static const struct span product_names[PRODUCT_FIELD_COUNT] = {
    [PRODUCT_ID] = SCAN_NAME("product_id"), [SKU] = SCAN_NAME("sku"),     [ID] = SCAN_NAME("id"),
    [CATEGORY] = SCAN_NAME("category"),     [PRICE] = SCAN_NAME("price"), [QUANTITY] = SCAN_NAME("quantity"),
    [PRODUCT_NAME] = SCAN_NAME("name"),
};

enum status message_products_read(const struct reading *r, struct product **out, size_t *n)
{
    size_t array = r->properties[PROPERTY_PRODUCTS];
    if (array == 0) {
        return STATUS_OK;
    }
    if (scan_type(r->scan, array) != TOKEN_ARRAY) {
        return reading_refuse(r, STATUS_WRONG_TYPE, "/properties/products", "products must be an array");
    }
    size_t capacity = 0;
    for (size_t item = array + 1; item < scan_next(r->scan, array); item = scan_next(r->scan, item)) {
        if (*n == LINES_MAX) {
            return reading_refuse(r, STATUS_TOO_MANY, "/properties/products", "more than %d products",
                                  LINES_MAX);
        }
        if (scan_type(r->scan, item) != TOKEN_OBJECT) {
            char pointer[64];
            snprintf(pointer, sizeof(pointer), "/properties/products/%zu", *n);
            return reading_refuse(r, STATUS_WRONG_TYPE, pointer, "a product must be an object");
        }
        *out = arena_grow(r->arena, *out, *n, &capacity, sizeof(**out));
        scan_members(r->scan, item, product_names, PRODUCT_FIELD_COUNT, (*out)[(*n)++].fields);
    }
    return STATUS_OK;
}

/** Puts ${hash} into the sorted ${hashes} unless it is there; returns how many there are then. */
static size_t set_add(uint64_t *hashes, size_t n, uint64_t hash)
{
    size_t place = n; /* orders are short, and at most LINES_MAX long */
    while (place > 0 && hashes[place - 1] > hash) {
        place--;
    }
    if (place > 0 && hashes[place - 1] == hash) {
        return n;
    }
    memmove(hashes + place + 1, hashes + place, (n - place) * sizeof(*hashes));
    hashes[place] = hash;
    return n + 1;
}

static struct span product_id(const struct reading *r, const struct product *product)
{
    static const enum product_field ids[] = {PRODUCT_ID, SKU, ID};
    struct span id = {"", 0};
    for (size_t i = 0; i < COUNT_OF(ids) && id.n == 0; i++) {
        id = reading_text(r, product->fields[ids[i]]);
    }
    return id;
}

void message_sets_read(const struct reading *r, const struct product *products, size_t n, struct event *event)
{
    uint64_t *ids = ARENA_ARRAY(r->arena, uint64_t, n);
    uint64_t *categories = ARENA_ARRAY(r->arena, uint64_t, n);
    for (size_t i = 0; i < n; i++) {
        struct span id = product_id(r, &products[i]);
        if (id.n != 0) {
            event->n_products = set_add(ids, event->n_products, hash_text(id));
        }
        struct span category = reading_text(r, products[i].fields[CATEGORY]);
        uint64_t hash = category.n != 0 ? reading_hash(r, category) : 0;
        if (hash != 0) {
            event->n_categories = set_add(categories, event->n_categories, hash);
        }
    }
    event->products = ids;
    event->categories = categories;
}

/* --- lines --- */

/** A number that is not negative; false, and ${out} as it was, when ${token} is anything else. */
static bool factor_take(const struct reading *r, size_t token, struct decimal *out)
{
    enum token_type type = token == 0 ? TOKEN_NULL : scan_type(r->scan, token);
    if (type != TOKEN_NUMBER && type != TOKEN_STRING) {
        return false;
    }
    struct span text = type == TOKEN_NUMBER ? scan_raw(r->scan, token) : scan_string(r->arena, r->scan, token);
    struct decimal read;
    if (!decimal_parse(text, &read) || read.digits < 0) {
        return false;
    }
    *out = read;
    return true;
}

static struct order_line line_read(const struct reading *r, const struct product *product,
                                   const struct exchange *exchange)
{
    struct order_line line = {.units = 1000};
    struct decimal price;
    struct decimal quantity = {1, 0};
    struct decimal sum;
    if (factor_take(r, product->fields[QUANTITY], &quantity) &&
        (!money_from_decimal(quantity, 3, &line.units) || line.units > UNITS_MAX)) {
        line.units = 0;
    }
    if (exchange == NULL || !factor_take(r, product->fields[PRICE], &price) ||
        !decimal_sum_of_products(&price, &quantity, 1, &sum)) {
        return line;
    }
    bool is_in_range = exchange->is_foreign ? money_from_product(sum, exchange->rate, r->shop->exponent, &line.value)
                                            : money_from_decimal(sum, r->shop->exponent, &line.value);
    if (!is_in_range) {
        line.value = 0;
    }
    return line;
}

static int compare_lines(const void *a, const void *b)
{
    const struct order_line *x = a;
    const struct order_line *y = b;
    if (x->product != y->product) {
        return x->product < y->product ? -1 : 1;
    }
    return (x->category > y->category) - (x->category < y->category);
}

static int64_t at_most(int64_t value, int64_t most)
{
    return value < most ? value : most;
}

static size_t lines_merge(struct order_line *lines, size_t n)
{
    size_t kept = 0;
    if (n > 1) {
        qsort(lines, n, sizeof(*lines), compare_lines);
    }
    for (size_t i = 0; i < n; i++) {
        if (kept != 0 && compare_lines(&lines[kept - 1], &lines[i]) == 0) {
            lines[kept - 1].units = at_most(lines[kept - 1].units + lines[i].units, UNITS_MAX);
            lines[kept - 1].value = at_most(lines[kept - 1].value + lines[i].value, MONEY_MAX);
        } else {
            lines[kept++] = lines[i];
        }
    }
    return kept;
}

void message_lines_read(const struct reading *r, const struct product *products, size_t n,
                        const struct exchange *exchange, struct event *event)
{
    struct order_line *lines = ARENA_ARRAY(r->arena, struct order_line, n);
    struct term *terms = ARENA_ARRAY(r->arena, struct term, 2 * n);
    size_t n_lines = 0;
    size_t n_terms = 0;
    for (size_t i = 0; i < n; i++) {
        struct span id = product_id(r, &products[i]);
        struct span category = reading_trim(reading_text(r, products[i].fields[CATEGORY]));
        if (id.n == 0 && category.n == 0) {
            continue;
        }
        struct order_line line = line_read(r, &products[i], exchange);
        if (id.n != 0) {
            line.product = hash_text(id);
            terms[n_terms++] = (struct term){
                line.product, reading_start(id, TOUCH_BYTES_MAX),
                reading_start(reading_trim(reading_text(r, products[i].fields[PRODUCT_NAME])), TOUCH_BYTES_MAX)};
        }
        if (category.n != 0) {
            line.category = reading_hash(r, category);
            terms[n_terms++] = (struct term){line.category, reading_start(category, TOUCH_BYTES_MAX), {"", 0}};
        }
        lines[n_lines++] = line;
    }
    event->lines = lines;
    event->n_lines = lines_merge(lines, n_lines);
    event->terms = terms;
    event->n_terms = n_terms;
}
