#include "app/spend.h"
#include "base/time.h"
#include "handle.h"
#include "wire/cursor.h"

enum status post_spend(struct session *session, const struct request *request, struct reply *reply, struct error *error)
{
    const struct shop *shop = request->access.shop;
    struct spend *rows;
    size_t n;
    int64_t today = calendar_day(shop->calendar, clock_now(session->clock));
    enum status status = spend_parse(session->arena, shop, today, request->body, &rows, &n, error);
    if (status == STATUS_OK) {
        status = spend_save(session, shop, rows, n, error);
    }
    if (status == STATUS_OK) {
        buf_printf(&reply->body, "{\"accepted\":%zu}", n);
    }
    return status;
}

enum status list_spend(struct session *session, const struct request *request, struct reply *reply, struct error *error)
{
    struct spend_page page;
    struct spend_query query = {.shop = request->access.shop,
                                .from = query_text(request, "from"),
                                .to = query_text(request, "to"),
                                .cursor = query_text(request, "cursor")};
    enum status status = query_limit(request, PAGE_DEFAULT, PAGE_MOST, &query.limit, error);
    if (status == STATUS_OK) {
        status = spend_list(session, &query, &page, error);
    }
    if (status != STATUS_OK) {
        return status;
    }
    buf_text(&reply->body, "{\"data\":[");
    for (size_t i = 0; i < page.n; i++) {
        reply_separate(reply);
        spend_print(&reply->body, query.shop, &page.rows[i]);
    }
    buf_text(&reply->body, "],");
    page_print(&reply->body, page.next);
    buf_char(&reply->body, '}');
    reply_next(reply, page.next);
    return STATUS_OK;
}
