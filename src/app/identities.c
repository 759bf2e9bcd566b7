#include "identities.h"

#include "db/each.h"
#include "gen/sql.h"

#include <stdlib.h>

static int compare(const void *a, const void *b)
{
    return uuid_compare(&((const struct identity_of *)a)->key, &((const struct identity_of *)b)->key);
}

static void add(struct identities *identities, struct arena *arena, const struct uuid *key, const struct uuid *customer)
{
    identities->all =
        arena_grow(arena, identities->all, identities->n, &identities->capacity, sizeof(*identities->all));
    identities->all[identities->n++] = (struct identity_of){*key, *customer};
}

void identities_want(struct identities *identities, struct arena *arena, const struct uuid *customer, int count)
{
    add(identities, arena, customer, customer);
    identities->n_several += count > 1;
}

enum status identities_find(struct db *db, struct arena *arena, struct identities *identities, struct error *error)
{
    const struct db_result *rows = NULL;
    enum status status = STATUS_OK;
    if (identities->n_several)
        status = db_run(db, SQL_CUSTOMER_IDENTITIES, identities_args(arena, identities), &rows, error);
    for (int row = 0; status == STATUS_OK && rows && row < db_rows(rows); row++) {
        struct uuid key = db_uuid(rows, row, 0), customer = db_uuid(rows, row, 2);
        add(identities, arena, &key, &customer);
    }
    if (identities->n > 1)
        qsort(identities->all, identities->n, sizeof(*identities->all), compare);
    return status;
}

struct db_args *identities_args(struct arena *arena, const struct identities *identities)
{
    size_t n = identities->n;
    struct db_args *args = db_args(arena, 1);
    EACH(args, DB_UUID, push_uuid, &identities->all[i].key);
    return args;
}

const struct uuid *identities_customer(const struct identities *identities, const struct uuid *key)
{
    struct identity_of wanted = {.key = *key};
    const struct identity_of *found =
        identities->n ? bsearch(&wanted, identities->all, identities->n, sizeof(wanted), compare) : NULL;
    return found ? &found->customer : key;
}
