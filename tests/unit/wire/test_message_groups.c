/* What metrics group by, as messages tell it: lines, countries, channels, requests, reasons, and their terms. */
#include "message_fixture.h"

#include "base/buf.h"
#include "core/money.h"

#define COMPLETED "Order Completed"

static void assert_line(const struct event *e, const char *product, const char *category, int64_t units, int64_t value)
{
    uint64_t id = *product ? hash64(span_of(product)) : 0, group = *category ? hash64(span_of(category)) : 0;
    for (size_t i = 0; i < e->n_lines; i++) {
        if (e->lines[i].product == id && e->lines[i].category == group) {
            assert_int_equal(e->lines[i].units, units);
            assert_int_equal(e->lines[i].value, value);
            return;
        }
    }
    fail_msg("no line of %s in %s", product, category);
}

static void assert_term(const struct event *e, uint64_t hash, const char *text, const char *label)
{
    for (size_t i = 0; i < e->n_terms; i++) {
        if (e->terms[i].hash == hash) {
            assert_span(e->terms[i].text, text);
            assert_span(e->terms[i].label, label);
            return;
        }
    }
    fail_msg("no term %s", text);
}

/* --- lines --- */

static void products_of_one_id_and_category_are_one_line(void **state)
{
    (void)state;
    struct event e = tracked(COMPLETED, "{\"products\":["
                                        "{\"product_id\":\"p\",\"category\":\"Tea\",\"price\":1.5,\"quantity\":2},"
                                        "{\"sku\":\"p\",\"category\":\" tea \",\"price\":\"0.25\",\"quantity\":\"0.5\"},"
                                        "{\"id\":\"p\",\"category\":\"Gifts\",\"price\":3},"
                                        "{\"category\":\"tea\",\"price\":7},{\"price\":9}]}");
    assert_int_equal(e.n_lines, 3);
    assert_line(&e, "p", "tea", 2500, 313); /* 3.00, and 0.125 that is rounded away from zero */
    assert_line(&e, "p", "gifts", 1000, 300);
    assert_line(&e, "", "tea", 1000, 700);
}

static void terms_are_the_texts_of_products_and_categories(void **state)
{
    (void)state;
    struct event e = tracked(
        COMPLETED, "{\"products\":[{\"product_id\":\"p\",\"category\":\"Tee & Tea\",\"name\":\" Assam \",\"price\":1}]}");
    assert_term(&e, hash64(span_of("p")), "p", "Assam");
    assert_term(&e, e.lines[0].category, "Tee & Tea", "");
}

static void lines_are_in_the_money_of_the_shop(void **state)
{
    (void)state;
    struct event e = tracked(COMPLETED, "{\"currency\":\"USD\",\"exchange_rate\":\"0.9\","
                                        "\"products\":[{\"product_id\":\"p\",\"price\":10.05,\"quantity\":3}]}");
    assert_line(&e, "p", "", 3000, 2714); /* 30.15 * 0.9 = 27.135 */
}

static void without_a_rate_lines_have_units_and_no_value(void **state)
{
    (void)state;
    struct event e = tracked("Order Updated", "{\"order_id\":\"o\",\"currency\":\"USD\",\"revenue\":0,"
                                              "\"exchange_rate\":1,\"products\":[{\"product_id\":\"p\",\"price\":2}]}");
    assert_line(&e, "p", "", 1000, 200);
    e = tracked("Order Refunded", "{\"order_id\":\"o\",\"products\":[{\"product_id\":\"p\",\"price\":2,\"quantity\":4}]}");
    assert_line(&e, "p", "", 4000, 800);
}

static void what_cannot_be_read_of_a_line_is_not_told_and_refuses_nothing(void **state)
{
    static const struct {
        const char *fields;
        int64_t units, value;
    } cases[] = {
        {"\"price\":\"free\"", 1000, 0},
        {"\"price\":-3,\"quantity\":2", 2000, 0},
        {"\"price\":true", 1000, 0},
        {"\"price\":null,\"quantity\":null", 1000, 0},
        {"\"price\":[1],\"quantity\":{}", 1000, 0},
        {"\"price\":1e400", 1000, 0},
        {"\"price\":99999999999999999999999", 1000, 0},
        {"\"price\":3,\"quantity\":-1", 1000, 300},
        {"\"price\":3,\"quantity\":\"two\"", 1000, 300},
        {"\"price\":3,\"quantity\":0", 0, 0},
        {"\"price\":1,\"quantity\":0.0004", 0, 0},
        {"\"price\":1,\"quantity\":0.0005", 1, 0},
        {"\"price\":1,\"quantity\":1000000", UNITS_MAX, 100000000},
        {"\"price\":1,\"quantity\":1000000.001", 0, 100000000},
        {"\"price\":0.01,\"quantity\":9000000000", 0, INT64_C(9000000000)},
        {"\"price\":9999999999,\"quantity\":9999999999", 0, 0},
    };
    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct event e = tracked(COMPLETED, arena_printf(arena, "{\"revenue\":5,\"products\":[{\"product_id\":\"p\",%s}]}",
                                                         cases[i].fields));
        assert_int_equal(e.value, 500);
        assert_int_equal(e.n_lines, 1);
        if (e.lines[0].units != cases[i].units || e.lines[0].value != cases[i].value) {
            fail_msg("%s: %lld thousandths, %lld cents", cases[i].fields, (long long)e.lines[0].units,
                     (long long)e.lines[0].value);
        }
    }
}

static void many_large_lines_together_are_no_larger_than_one_may_be(void **state)
{
    struct buf text;
    (void)state;
    buf_init(&text, 0);
    buf_text(&text, "{\"revenue\":1,\"products\":[");
    for (int i = 0; i < 500; i++) {
        buf_printf(&text, "%s{\"id\":\"p%d\",\"price\":100000,\"quantity\":900000}", i ? "," : "", i % 2);
    }
    buf_text(&text, "]}");
    struct event e = tracked(COMPLETED, arena_text(arena, (struct span){text.p, text.n}));
    buf_done(&text);
    assert_int_equal(e.n_lines, 2);
    assert_int_equal(e.lines[0].value, MONEY_MAX);
    assert_int_equal(e.lines[0].units, UNITS_MAX);
}

/* --- groups --- */

static struct event told(const char *members)
{
    return decoded("track", arena_printf(arena, "{\"userId\":\"u\",\"event\":\"Order Completed\",%s}", members)).event;
}

static void a_country_is_in_upper_case_and_the_one_of_the_properties_goes_first(void **state)
{
    (void)state;
    struct event e = told("\"properties\":{\"country\":\" de \"},\"context\":{\"location\":{\"country\":\"FR\"}}");
    assert_int_equal(e.by_country, hash64(span_of("DE")));
    assert_term(&e, e.by_country, "DE", "");
    e = told("\"context\":{\"location\":{\"country\":\"fr\"}}");
    assert_int_equal(e.by_country, hash64(span_of("FR")));
    assert_int_equal(told("\"properties\":{\"country\":7}").by_country, 0);
    assert_int_equal(told("\"context\":{\"location\":\"fr\"}").by_country, 0);
    assert_int_equal(told("\"properties\":{\"country\":\"  \"}").by_country, 0);
}

static void the_channel_is_told_or_the_source_of_the_campaign(void **state)
{
    (void)state;
    struct event e = told("\"context\":{\"channel\":\"Email\",\"campaign\":{\"name\":\"Spring\",\"source\":\"News\"}}");
    assert_int_equal(e.by_channel, hash64(span_of("email")));
    assert_int_equal(e.by_campaign, hash64(span_of("Spring")));
    e = told("\"context\":{\"campaign\":{\"source\":\"News\"}}");
    assert_int_equal(e.by_channel, hash64(span_of("news")));
    assert_int_equal(e.by_campaign, 0);
    e = told("\"context\":{\"channel\":7,\"campaign\":[]}");
    assert_int_equal(e.by_channel, 0);
}

static void reasons_are_of_those_who_leave_and_never_0(void **state)
{
    (void)state;
    assert_int_equal(tracked("Customer Churned", "{\"reason\":\"price\"}").by_reason, hash64(span_of("price")));
    assert_int_equal(tracked("Subscription Cancelled", "{}").by_reason, hash64(span_of("unspecified")));
    assert_int_equal(tracked("Order Cancelled", "{\"order_id\":\"o\",\"reason\":\"price\"}").by_reason, 0);
}

static void a_request_is_known_by_the_first_of_its_ids(void **state)
{
    (void)state;
    assert_int_equal(tracked("Complaint Opened", "{\"complaint_id\":\"7\",\"id\":\"8\"}").inquiry, hash64(span_of("7")));
    assert_int_equal(tracked("Support Answered", "{\"ticket_id\":7}").inquiry, hash64(span_of("7")));
    assert_int_equal(tracked("Support Requested", "{\"id\":\"\"}").inquiry, 0);
    assert_int_equal(tracked("Product Viewed", "{\"id\":\"7\"}").inquiry, 0);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(products_of_one_id_and_category_are_one_line),
        TEST(terms_are_the_texts_of_products_and_categories),
        TEST(lines_are_in_the_money_of_the_shop),
        TEST(without_a_rate_lines_have_units_and_no_value),
        TEST(what_cannot_be_read_of_a_line_is_not_told_and_refuses_nothing),
        TEST(many_large_lines_together_are_no_larger_than_one_may_be),
        TEST(a_country_is_in_upper_case_and_the_one_of_the_properties_goes_first),
        TEST(the_channel_is_told_or_the_source_of_the_campaign),
        TEST(reasons_are_of_those_who_leave_and_never_0),
        TEST(a_request_is_known_by_the_first_of_its_ids),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
