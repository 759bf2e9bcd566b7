#include "registry.h"
#include "verify_private.h"

#include <stdlib.h>

/*
 * Who is who, as the ledger of links says: all of it is in memory, since the identities of one customer lie anywhere
 * among the keys. Identities that no link names are customers of their own and are not listed.
 */

static int compare_who(const void *a, const void *b)
{
    return uuid_compare(&((const struct who *)a)->key, &((const struct who *)b)->key);
}

const struct who *verify_who(const struct verify *v, const struct uuid *key)
{
    struct who wanted = {.key = *key};
    return v->n_who ? bsearch(&wanted, v->who, v->n_who, sizeof(wanted), compare_who) : NULL;
}

const struct uuid *verify_owner(const struct verify *v, const struct uuid *key)
{
    const struct who *who = verify_who(v, key);
    return who ? &v->who[who->owner].key : key;
}

static void add(struct verify *v, const struct db_result *rows, int row, int column)
{
    v->who = verify_more(v->who, v->n_who, &v->who_capacity, sizeof(*v->who));
    struct who *who = &v->who[v->n_who++];
    *who = (struct who){.key = db_uuid(rows, row, column),
                        .kind = (enum identity_kind)db_int(rows, row, column + 1),
                        .value = arena_span(v->names, db_span(rows, row, column + 2)),
                        .is_used = db_bool(rows, row, column + 3),
                        .shop = registry_shop(v->session->registry, db_int(rows, row, 8))};
}

static size_t root(struct who *who, size_t i)
{
    while (who[i].owner != i)
        i = who[i].owner = who[who[i].owner].owner;
    return i;
}

/* Who bears the name of all. */
static bool is_better(const struct who *a, const struct who *b)
{
    int x = identity_rank(a->kind, a->is_used), y = identity_rank(b->kind, b->is_used);
    return x != y ? x < y : uuid_compare(&a->key, &b->key) < 0;
}

static void choose_owners(struct verify *v)
{
    size_t n = v->n_who;
    size_t *best = malloc((n ? n : 1) * sizeof(*best)), *roots = malloc((n ? n : 1) * sizeof(*roots));
    if (best == NULL || roots == NULL)
        abort();
    for (size_t i = 0; i < n; i++)
        best[i] = n;
    for (size_t i = 0; i < n; i++) {
        size_t r = roots[i] = root(v->who, i);
        if (best[r] == n || is_better(&v->who[i], &v->who[best[r]]))
            best[r] = i;
    }
    for (size_t i = 0; i < n; i++)
        v->who[i].owner = best[roots[i]];
    for (size_t i = 0; i < n; i++)
        v->who[v->who[i].owner].n_identities++;
    free(best);
    free(roots);
}

static int compare_by_owner(const void *a, const void *b)
{
    const struct who *x = *(const struct who *const *)a, *y = *(const struct who *const *)b;
    if (x->owner != y->owner)
        return x->owner < y->owner ? -1 : 1;
    return compare_who(x, y);
}

static void sort(struct verify *v)
{
    size_t kept = 0;
    if (v->n_who > 1)
        qsort(v->who, v->n_who, sizeof(*v->who), compare_who);
    for (size_t i = 0; i < v->n_who; i++)
        if (kept == 0 || compare_who(&v->who[kept - 1], &v->who[i]) != 0)
            v->who[kept++] = v->who[i];
    v->n_who = kept;
    for (size_t i = 0; i < kept; i++)
        v->who[i].owner = i;
}

static int compare_keys(const void *a, const void *b)
{
    return uuid_compare(a, b);
}

static enum status load_separations(struct verify *v, struct error *error)
{
    const struct db_result *rows;
    enum status status = db_run(v->db, SQL_VERIFY_SEPARATIONS, NULL, &rows, error);
    if (status != STATUS_OK)
        return status;
    v->n_separated = (size_t)db_rows(rows);
    v->separated = ARENA_ARRAY(v->names, struct uuid, v->n_separated);
    for (size_t i = 0; i < v->n_separated; i++)
        v->separated[i] = db_uuid(rows, (int)i, 0);
    return STATUS_OK;
}

enum status verify_load_who(struct verify *v, struct error *error)
{
    const struct db_result *rows;
    v->n_who = 0;
    arena_reset(v->names);
    enum status status = db_run(v->db, SQL_VERIFY_LINKS, NULL, &rows, error);
    if (status != STATUS_OK)
        return status;
    int n = db_rows(rows);
    for (int row = 0; row < n; row++) {
        add(v, rows, row, 0);
        add(v, rows, row, 4);
    }
    sort(v);
    for (int row = 0; row < n; row++) {
        struct uuid a = db_uuid(rows, row, 0), b = db_uuid(rows, row, 4);
        size_t x = root(v->who, (size_t)(verify_who(v, &a) - v->who));
        size_t y = root(v->who, (size_t)(verify_who(v, &b) - v->who));
        if (x == y)
            verify_found(v, "identity_link", "other_key", &a, "the two were one already");
        v->who[y].owner = x;
    }
    choose_owners(v);
    v->by_owner = realloc(v->by_owner, (v->n_who ? v->n_who : 1) * sizeof(*v->by_owner));
    if (v->by_owner == NULL)
        abort();
    for (size_t i = 0; i < v->n_who; i++)
        v->by_owner[i] = &v->who[i];
    if (v->n_who > 1)
        qsort(v->by_owner, v->n_who, sizeof(*v->by_owner), compare_by_owner);
    return load_separations(v, error);
}

size_t verify_identities(const struct verify *v, const struct who *owner, const struct who *const **out)
{
    size_t place = (size_t)(owner - v->who), low = 0, high = v->n_who;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (v->by_owner[middle]->owner < place)
            low = middle + 1;
        else
            high = middle;
    }
    *out = (const struct who *const *)&v->by_owner[low];
    return (size_t)owner->n_identities;
}

bool verify_is_separated(const struct verify *v, const struct expected *e)
{
    const struct who *const *all = NULL;
    size_t n = e->who ? verify_identities(v, &v->who[e->who->owner], &all) : 1;
    for (size_t i = 0; i < n && v->n_separated; i++)
        if (bsearch(all ? &all[i]->key : &e->state.key, v->separated, v->n_separated, sizeof(*v->separated),
                    compare_keys))
            return true;
    return false;
}

void verify_free_who(struct verify *v)
{
    free(v->who);
    free(v->by_owner);
    arena_free(v->names);
}
