#include "base/log.h"

#include "base/clock.h"
#include "base/time.h"

#include <errno.h>
#include <stdio.h>
#include <unistd.h>

/** A line that is too long loses its last fields, never its form. */
struct line {
    char text[4096];
    size_t n;
    bool is_full;
};

#define RESERVE 16 /* for `,"cut":true}` and the newline */

static enum log_level least_level = LOG_INFO;

void log_open(enum log_level least)
{
    least_level = least;
}

static void put(struct line *line, const char *bytes, size_t n)
{
    if (line->is_full || n > sizeof(line->text) - RESERVE - line->n) {
        line->is_full = true;
        return;
    }
    memcpy(line->text + line->n, bytes, n);
    line->n += n;
}

static void put_text(struct line *line, const char *text)
{
    put(line, text, strlen(text));
}

static void put_string(struct line *line, const char *text)
{
    put(line, "\"", 1);
    for (const char *p = text; *p != '\0'; p++) {
        unsigned char c = (unsigned char)*p;
        if (c == '"' || c == '\\') {
            put(line, (const char[]){'\\', *p}, 2);
        } else if (c < 0x20 || c == 0x7f) {
            char escape[8];
            put(line, escape, (size_t)snprintf(escape, sizeof(escape), "\\u%04x", c));
        } else {
            put(line, p, 1);
        }
    }
    put(line, "\"", 1);
}

static void put_field(struct line *line, const struct log_field *field)
{
    size_t before = line->n;
    put(line, ",", 1);
    put_string(line, field->name);
    put(line, ":", 1);
    if (field->text != NULL) {
        put_string(line, field->text);
    } else {
        char number[24];
        put(line, number, (size_t)snprintf(number, sizeof(number), "%lld", (long long)field->number));
    }
    if (line->is_full) {
        line->n = before;
    }
}

static void write_whole(const char *p, size_t n)
{
    while (n > 0) {
        ssize_t done = write(STDERR_FILENO, p, n);
        if (done < 0 && errno == EINTR) {
            continue;
        }
        if (done <= 0) {
            return; /* nobody can be told */
        }
        p += done;
        n -= (size_t)done;
    }
}

void log_write(enum log_level level, const char *msg, const struct log_field *fields, size_t n_fields)
{
    static const char *const names[] = {
        [LOG_DEBUG] = "debug",
        [LOG_INFO] = "info",
        [LOG_WARN] = "warn",
        [LOG_ERROR] = "error",
    };
    if (level < least_level) {
        return;
    }
    int saved_errno = errno;
    struct line line;
    line.n = 0;
    line.is_full = false;
    char ts[TIME_TEXT];
    time_print(clock_now(&(struct clock){0}), ts);
    put_text(&line, "{\"ts\":\"");
    put_text(&line, ts);
    put_text(&line, "\",\"level\":\"");
    put_text(&line, names[level]);
    put_text(&line, "\"");
    put_field(&line, &LOG_TEXT("msg", msg));
    for (size_t i = 0; i < n_fields && !line.is_full; i++) {
        put_field(&line, &fields[i]);
    }
    const char *end = line.is_full ? ",\"cut\":true}\n" : "}\n";
    memcpy(line.text + line.n, end, strlen(end));
    write_whole(line.text, line.n + strlen(end));
    errno = saved_errno;
}
