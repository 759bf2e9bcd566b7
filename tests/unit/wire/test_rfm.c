#include "wire/rfm.h"

#include "message_fixture.h"

#define LISTS                                                                                                \
    "\"recency\":[90,60,30,7],\"frequency\":[1,1,2,4],\"monetary\":[\"12.00\",\"30.00\",\"30.00\",\"120."    \
    "50\"]"
#define AUTOMATIC "{\"mode\":\"auto\"," LISTS ",\"customers\":1520,\"as_of\":\"2026-11-22\"}"

static struct rfm *parsed(const char *document, int exponent)
{
    struct rfm *rfm;
    struct error error;
    if (rfm_parse(arena, span_of(document), exponent, &rfm, &error) != STATUS_OK) {
        fail_msg("%s: %s %s", document, error.pointer, error.detail);
    }
    return rfm;
}

static const char *printed(const struct rfm *rfm, int exponent)
{
    struct buf out;
    buf_init(&out, 0);
    rfm_print(&out, rfm, exponent);
    const char *text = arena_text(arena, (struct span){out.p, out.n});
    buf_done(&out);
    return text;
}

static void assert_refused(const char *document, const char *pointer)
{
    struct rfm *rfm;
    struct error error;
    if (rfm_parse(arena, span_of(document), 2, &rfm, &error) != STATUS_INVALID_SETTINGS ||
        strcmp(error.pointer, pointer) != 0) {
        fail_msg("%s: %s %s", document, error.pointer, error.detail);
    }
}

static void automatic_bounds_say_of_whom_and_when_they_were_taken(void **state)
{
    (void)state;
    const struct rfm *rfm = parsed(AUTOMATIC, 2);
    assert_false(rfm->is_fixed);
    assert_int_equal(rfm->customers, 1520);
    assert_int_equal(rfm->as_of, day_from_date(2026, 11, 22));
    assert_int_equal(rfm->recency[0], 90);
    assert_int_equal(rfm->recency[3], 7);
    assert_int_equal(rfm->frequency[3], 4);
    assert_int_equal(rfm->monetary[0], 1200);
    assert_int_equal(rfm->monetary[3], 12050);
    assert_string_equal(printed(rfm, 2), AUTOMATIC);
}

static void fixed_bounds_are_of_nobody(void **state)
{
    (void)state;
    const struct rfm *rfm = parsed("{\"mode\":\"fixed\"," LISTS "}", 2);
    assert_true(rfm->is_fixed);
    assert_int_equal(rfm->customers, 0);
    assert_true(rfm->as_of == NONE);
    assert_string_equal(printed(rfm, 2), "{\"mode\":\"fixed\"," LISTS "}");
}

static void amounts_are_of_the_currency_and_may_be_sums(void **state)
{
    (void)state;
    static const char *const dinars =
        "{\"mode\":\"fixed\",\"recency\":[0,0,0,0],\"frequency\":[0,0,0,2147483647],"
        "\"monetary\":[\"-9007199254740.991\",\"0.000\",\"1.250\",\"9007199254740.991\"]}";
    const struct rfm *rfm = parsed(dinars, 3);
    assert_int_equal(rfm->monetary[0], -9007199254740991);
    assert_int_equal(rfm->monetary[2], 1250);
    assert_string_equal(printed(rfm, 3), dinars);
}

#define WITH(recency, frequency, monetary)                                                                   \
    "{\"mode\":\"fixed\",\"recency\":" recency ",\"frequency\":" frequency ",\"monetary\":" monetary "}"
#define R "[9,6,3,1]"
#define F "[1,2,3,4]"
#define M "[\"1\",\"2\",\"3\",\"4\"]"

static void what_is_no_document_of_bounds_is_refused_with_its_place(void **state)
{
    (void)state;
    parsed(WITH(R, F, M), 2);
    assert_refused("[]", "");
    assert_refused("{}", "/mode");
    assert_refused("{\"mode\":\"manual\"," LISTS "}", "/mode");
    assert_refused("{\"mode\":\"fixed\"," LISTS ",\"more\":1}", "/more");
    assert_refused("{\"mode\":\"fixed\"," LISTS ",\"customers\":3}", "/customers");
    assert_refused("{\"mode\":\"fixed\"," LISTS ",\"as_of\":\"2026-11-22\"}", "/as_of");
    assert_refused("{\"mode\":\"auto\"," LISTS ",\"as_of\":\"2026-11-22\"}", "/customers");
    assert_refused("{\"mode\":\"auto\"," LISTS ",\"as_of\":\"2026-11-22\",\"customers\":0}", "/customers");
    assert_refused("{\"mode\":\"auto\"," LISTS ",\"customers\":5}", "/as_of");
    assert_refused("{\"mode\":\"auto\"," LISTS ",\"customers\":5,\"as_of\":\"2026-11-31\"}", "/as_of");
    assert_refused("{\"mode\":\"fixed\",\"recency\":" R ",\"frequency\":" F "}", "/monetary");
    assert_refused(WITH("9", F, M), "/recency");
    assert_refused(WITH("[9,6,3]", F, M), "/recency");
    assert_refused(WITH("[9,6,3,1,0]", F, M), "/recency");
    assert_refused(WITH("[9,6,7,1]", F, M), "/recency/2");
    assert_refused(WITH("[9,6,3,-1]", F, M), "/recency/3");
    assert_refused(WITH("[9,6,3,0.5]", F, M), "/recency/3");
    assert_refused(WITH("[4000001,6,3,1]", F, M), "/recency/0");
    assert_refused(WITH("[9,6,3,[1]]", F, M), "/recency/3");
    assert_refused(WITH(R, "[1,2,1,4]", M), "/frequency/2");
    assert_refused(WITH(R, "[1,2,3,2147483648]", M), "/frequency/3");
    assert_refused(WITH(R, "[1,2,3,\"4\"]", M), "/frequency/3");
    assert_refused(WITH(R, F, "[1,2,3,4]"), "/monetary/0");
    assert_refused(WITH(R, F, "[\"1\",\"2\",\"3\",\"4.005\"]"), "/monetary/3");
    assert_refused(WITH(R, F, "[\"1\",\"2\",\"3\",\"4e2\"]"), "/monetary/3");
    assert_refused(WITH(R, F, "[\"1\",\"2\",\"3\",\"90071992547409.92\"]"), "/monetary/3");
    assert_refused(WITH(R, F, "[\"1\",\"0.99\",\"3\",\"4\"]"), "/monetary/1");
    assert_refused(WITH(R, F, "[\"1\",null,\"3\",\"4\"]"), "/monetary/1");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(automatic_bounds_say_of_whom_and_when_they_were_taken),
        cmocka_unit_test(fixed_bounds_are_of_nobody),
        cmocka_unit_test(amounts_are_of_the_currency_and_may_be_sums),
        cmocka_unit_test(what_is_no_document_of_bounds_is_refused_with_its_place),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
