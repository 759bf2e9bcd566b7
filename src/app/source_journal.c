#include "source_journal.h"

#include "base/clock.h"
#include "crypto/digest.h"
#include "service_private.h"
#include "wire/mask.h"

#include <stdlib.h>

/* Entries that wait to be written: above it new ones are dropped. */
#define ENTRIES_MOST 1024

struct journal_entry {
    struct journal_entry *next;
    struct uuid source_id;
    int shop_id;
    struct source_entry entry; /* its texts stand behind it */
};

void source_journal_init(struct source_journal *journal)
{
    *journal = (struct source_journal){.first = NULL};
    pthread_mutex_init(&journal->lock, NULL);
}

static void free_entries(struct journal_entry *entry)
{
    while (entry) {
        struct journal_entry *next = entry->next;
        free(entry);
        entry = next;
    }
}

void source_journal_done(struct source_journal *journal)
{
    free_entries(journal->first);
    pthread_mutex_destroy(&journal->lock);
}

/* --- on the loop
 * ---------------------------------------------------------------------------------------------- */

bool source_count(const struct source *source, enum source_result result, enum status status, usec_t now)
{
    struct source_meter *meter = source->meter;
    bool is_refused = result == RESULT_REFUSED;
    atomic_fetch_add(&meter->counts[is_refused ? RESULT_COUNT + (int)status : (int)result], 1);
    atomic_store(&meter->heard_at, now);
    usec_t present = clock_monotonic(), room_from = atomic_load(&meter->room_from[is_refused]);
    if (room_from > present)
        return false;
    if (room_from < present - USEC_PER_SEC)
        room_from = present - USEC_PER_SEC;
    atomic_store(&meter->room_from[is_refused], room_from + USEC_PER_SEC / METER_RATE);
    return true;
}

size_t source_secrets(const struct source *source, usec_t now, struct span out[SECRETS_VALID])
{
    size_t n = 0;
    for (size_t i = 0; i < source->n_proofs; i++) {
        const struct source_proof *proof = &source->proofs[i];
        if (proof->secret.n && (proof->expires_at == NONE || proof->expires_at > now))
            out[n++] = proof->secret;
    }
    return n;
}

/* The texts of an entry, copied behind it. */
static void keep(char **to, struct span *text)
{
    memcpy(*to, text->p, text->n);
    text->p = *to;
    *to += text->n;
}

static struct journal_entry *entry_new(const struct source *source, struct source_entry entry)
{
    struct span *texts[] = {&entry.code,    &entry.pointer, &entry.detail,     &entry.subject,
                            &entry.message, &entry.kind,    &entry.message_id, &entry.outcome};
    size_t size = sizeof(struct journal_entry);
    for (size_t i = 0; i < COUNT_OF(texts); i++)
        size += texts[i]->n;
    struct journal_entry *out = malloc(size);
    if (out == NULL)
        abort();
    char *to = (char *)(out + 1);
    for (size_t i = 0; i < COUNT_OF(texts); i++)
        if (texts[i]->n)
            keep(&to, texts[i]);
    *out = (struct journal_entry){.source_id = source->id, .shop_id = source->shop->id, .entry = entry};
    return out;
}

static struct source_entry entry_of(struct arena *arena, const struct source_note *note)
{
    struct source_entry entry = {
        .received_at = note->received_at, .result = note->result, .subject = mask_text(note->subject)};
    const struct message *message = note->message;
    if (!mask_json(arena, note->body, MASK_BYTES_MAX, &entry.message))
        entry.message = (struct span){NULL, 0};
    if (note->error) {
        entry.code = span_of(status_code(note->error->status));
        entry.pointer = span_of(note->error->pointer);
        entry.detail = span_of(note->error->detail);
    }
    if (note->reason)
        entry.detail = span_of(note->reason);
    if (message) {
        entry.kind = span_of(event_kind_name(message->event.kind));
        entry.message_id = mask_text(message->message_id);
        entry.customer_key = message->event.identity_key;
        entry.has_customer = true;
    }
    entry.outcome = note->outcome;
    random_uuid(&entry.id);
    return entry;
}

void source_log(struct service *service, const struct source *source, const struct source_note *note)
{
    struct source_journal *journal = &service->journal;
    struct arena *arena = arena_new(16384);
    struct journal_entry *entry = entry_new(source, entry_of(arena, note));
    arena_free(arena);
    pthread_mutex_lock(&journal->lock);
    bool has_room = journal->n < ENTRIES_MOST;
    if (has_room) {
        if (journal->last)
            journal->last->next = entry;
        else
            journal->first = entry;
        journal->last = entry;
        journal->n++;
    }
    pthread_mutex_unlock(&journal->lock);
    if (!has_room)
        free(entry);
}

/* --- on the monitor
 * ------------------------------------------------------------------------------------------- */

/* A count that was taken from a meter. */
struct taken {
    struct source_meter *meter;
    int place;
    int64_t n;
};

struct writing {
    struct session *session;
    struct taken *taken;
    size_t n_taken;
    size_t capacity;
    struct journal_entry **entries;
    size_t n_entries;
};

static struct span code_of(int place)
{
    return span_of(place < RESULT_COUNT ? source_result_word((enum source_result)place)
                                        : status_code((enum status)(place - RESULT_COUNT)));
}

static int compare_taken(const void *a, const void *b)
{
    const struct taken *x = a, *y = b;
    int c = uuid_compare(&x->meter->id, &y->meter->id);
    return c ? c : span_compare(code_of(x->place), code_of(y->place));
}

static void take_counts(struct writing *w, struct source_meter *meters)
{
    for (struct source_meter *meter = meters; meter; meter = meter->next)
        for (int place = 1; place < METER_COUNTS; place++) {
            if (atomic_load(&meter->counts[place]) == 0)
                continue;
            w->taken = arena_grow(w->session->arena, w->taken, w->n_taken, &w->capacity, sizeof(*w->taken));
            w->taken[w->n_taken++] = (struct taken){meter, place, atomic_exchange(&meter->counts[place], 0)};
        }
    if (w->n_taken)
        qsort(w->taken, w->n_taken, sizeof(*w->taken), compare_taken);
}

static void send_counts(const struct writing *w)
{
    struct db_args *args = db_args(w->session->arena, 4);
    arg_array(args, DB_UUID, w->n_taken);
    for (size_t i = 0; i < w->n_taken; i++)
        push_uuid(args, &w->taken[i].meter->id);
    arg_array(args, DB_INT4, w->n_taken);
    for (size_t i = 0; i < w->n_taken; i++)
        push_int(args, w->taken[i].meter->shop_id);
    arg_array(args, DB_TEXT, w->n_taken);
    for (size_t i = 0; i < w->n_taken; i++)
        push_span(args, code_of(w->taken[i].place));
    arg_array(args, DB_INT8, w->n_taken);
    for (size_t i = 0; i < w->n_taken; i++)
        push_int(args, w->taken[i].n);
    db_send(w->session->db, SQL_SOURCE_TALLY_ADD, args);
}

/* Each source once; a source that was counted was heard. */
static void send_times(const struct writing *w)
{
    struct arena *arena = w->session->arena;
    struct source_meter **meters = ARENA_ARRAY(arena, struct source_meter *, w->n_taken);
    size_t n = 0;
    for (size_t i = 0; i < w->n_taken; i++)
        if (i == 0 || w->taken[i].meter != w->taken[i - 1].meter)
            meters[n++] = w->taken[i].meter;
    struct db_args *args = db_args(arena, 2);
    arg_array(args, DB_UUID, n);
    for (size_t i = 0; i < n; i++)
        push_uuid(args, &meters[i]->id);
    arg_array(args, DB_TIME, n);
    for (size_t i = 0; i < n; i++)
        push_time(args, atomic_load(&meters[i]->heard_at));
    db_send(w->session->db, SQL_SOURCE_HEARD, args);
}

/* A column of texts; ${is_null}: an empty one is none. */
static void push_texts(struct db_args *args, enum db_type type, const struct writing *w, size_t offset,
                       bool is_null)
{
    arg_array(args, type, w->n_entries);
    for (size_t i = 0; i < w->n_entries; i++) {
        struct span text;
        memcpy(&text, (const char *)&w->entries[i]->entry + offset, sizeof(text));
        if (text.n == 0)
            text.p = is_null ? NULL : "";
        push_span(args, text);
    }
}
#define PUSH_TEXTS(args, type, w, field, is_null)                                                            \
    push_texts((args), (type), (w), offsetof(struct source_entry, field), (is_null))

static void send_entries(const struct writing *w)
{
    struct db_args *args = db_args(w->session->arena, 14);
    arg_array(args, DB_UUID, w->n_entries);
    for (size_t i = 0; i < w->n_entries; i++)
        push_uuid(args, &w->entries[i]->source_id);
    arg_array(args, DB_TIME, w->n_entries);
    for (size_t i = 0; i < w->n_entries; i++)
        push_time(args, w->entries[i]->entry.received_at);
    arg_array(args, DB_UUID, w->n_entries);
    for (size_t i = 0; i < w->n_entries; i++)
        push_uuid(args, &w->entries[i]->entry.id);
    arg_array(args, DB_INT4, w->n_entries);
    for (size_t i = 0; i < w->n_entries; i++)
        push_int(args, w->entries[i]->shop_id);
    arg_array(args, DB_INT2, w->n_entries);
    for (size_t i = 0; i < w->n_entries; i++)
        push_int(args, w->entries[i]->entry.result);
    PUSH_TEXTS(args, DB_TEXT, w, code, true);
    PUSH_TEXTS(args, DB_TEXT, w, pointer, false);
    PUSH_TEXTS(args, DB_TEXT, w, detail, false);
    PUSH_TEXTS(args, DB_TEXT, w, subject, false);
    PUSH_TEXTS(args, DB_JSON, w, message, true);
    PUSH_TEXTS(args, DB_TEXT, w, kind, true);
    PUSH_TEXTS(args, DB_TEXT, w, message_id, true);
    arg_array(args, DB_UUID, w->n_entries);
    for (size_t i = 0; i < w->n_entries; i++)
        push_uuid(args, w->entries[i]->entry.has_customer ? &w->entries[i]->entry.customer_key : NULL);
    PUSH_TEXTS(args, DB_JSON, w, outcome, true);
    db_send(w->session->db, SQL_SOURCE_LOG_INSERT, args);
}

static void send_trims(const struct writing *w)
{
    for (size_t i = 0; i < w->n_entries; i++) {
        bool is_done = false;
        for (size_t k = 0; k < i && !is_done; k++)
            is_done = uuid_compare(&w->entries[k]->source_id, &w->entries[i]->source_id) == 0;
        if (is_done)
            continue;
        struct db_args *args = db_args(w->session->arena, 3);
        arg_uuid(args, &w->entries[i]->source_id);
        arg_int(args, DB_INT4, SOURCE_LOG_KEPT - 1);
        arg_int(args, DB_INT4, w->entries[i]->shop_id);
        db_send(w->session->db, SQL_SOURCE_LOG_TRIM, args);
    }
}

static enum status write_all(const struct writing *w, struct error *error)
{
    struct db *db = w->session->db;
    db_send(db, SQL_BEGIN, NULL);
    if (w->n_taken) {
        send_counts(w);
        send_times(w);
    }
    if (w->n_entries) {
        send_entries(w);
        send_trims(w);
    }
    db_send(db, SQL_COMMIT, NULL);
    enum status status = db_sync(db, error);
    if (status != STATUS_OK)
        db_rollback(db);
    return status;
}

enum status source_journal_write(struct source_journal *journal, struct source_meter *meters,
                                 struct session *session, struct error *error)
{
    struct writing w = {.session = session};
    pthread_mutex_lock(&journal->lock);
    struct journal_entry *first = journal->first;
    w.entries = ARENA_ARRAY(session->arena, struct journal_entry *, journal->n);
    for (struct journal_entry *entry = first; entry; entry = entry->next)
        w.entries[w.n_entries++] = entry;
    journal->first = journal->last = NULL;
    journal->n = 0;
    pthread_mutex_unlock(&journal->lock);
    take_counts(&w, meters);
    enum status status = w.n_taken || w.n_entries ? write_all(&w, error) : STATUS_OK;
    for (size_t i = 0; status != STATUS_OK && i < w.n_taken; i++)
        atomic_fetch_add(&w.taken[i].meter->counts[w.taken[i].place], w.taken[i].n);
    free_entries(first);
    return status;
}
