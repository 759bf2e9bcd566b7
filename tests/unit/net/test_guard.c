#include "net/guard.h"

#include <arpa/inet.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

static struct guard *guard_of(const char *allow)
{
    struct guard *guard;
    struct error error = {0};
    if (guard_new(span_of(allow), &guard, &error) != STATUS_OK)
        fail_msg("%s: %s", allow, error.detail);
    return guard;
}

static enum guard_verdict judge(const struct guard *guard, const char *text, unsigned scope)
{
    struct sockaddr_in6 in6 = {.sin6_family = AF_INET6, .sin6_scope_id = scope};
    struct sockaddr_in in = {.sin_family = AF_INET};
    if (strchr(text, ':')) {
        assert_int_equal(inet_pton(AF_INET6, text, &in6.sin6_addr), 1);
        return guard_judge(guard, (struct sockaddr *)&in6);
    }
    assert_int_equal(inet_pton(AF_INET, text, &in.sin_addr), 1);
    return guard_judge(guard, (struct sockaddr *)&in);
}

/* --- addresses --- */

static void an_address_of_nobody_or_of_the_house_is_refused_and_its_neighbours_are_not(void **state)
{
    /* the first and the last of each network */
    static const char *const refused[] = {
        "0.0.0.0",
        "0.255.255.255",
        "10.0.0.0",
        "10.255.255.255",
        "100.64.0.0",
        "100.127.255.255",
        "127.0.0.1",
        "127.255.255.255",
        "169.254.0.0",
        "169.254.169.254",
        "169.254.255.255",
        "172.16.0.0",
        "172.31.255.255",
        "192.0.0.0",
        "192.0.0.255",
        "192.0.2.0",
        "192.0.2.255",
        "192.88.99.1",
        "192.168.0.0",
        "192.168.255.255",
        "198.18.0.0",
        "198.19.255.255",
        "198.51.100.7",
        "203.0.113.255",
        "224.0.0.1",
        "239.255.255.255",
        "240.0.0.0",
        "255.255.255.255",
        "::",
        "::1",
        "::7f00:1",
        "::ffff:127.0.0.1",
        "::ffff:10.1.2.3",
        "::ffff:169.254.169.254",
        "64:ff9b::7f00:1",
        "64:ff9b::808:808",
        "64:ff9b:1::1",
        "100::1",
        "2001::1",
        "2001:0:ffff::1",
        "2001:db8::1",
        "2001:db8:ffff::",
        "2002:7f00:1::",
        "3fff::1",
        "3fff:fff:ffff::1",
        "5f00::1",
        "fc00::1",
        "fdff::1",
        "fe80::1",
        "febf::1",
        "fec0::1",
        "ff02::1",
        "ffff::1",
    };
    static const char *const public[] = {
        "1.1.1.1",         "9.255.255.255",   "11.0.0.0",         "100.63.255.255", "100.128.0.0",
        "126.255.255.255", "128.0.0.0",       "169.253.255.255",  "169.255.0.0",    "172.15.255.255",
        "172.32.0.0",      "191.255.255.255", "192.0.1.0",        "192.0.3.0",      "192.88.98.255",
        "192.88.100.0",    "192.167.255.255", "192.169.0.0",      "198.17.255.255", "198.20.0.0",
        "198.51.99.255",   "198.51.101.0",    "203.0.112.255",    "203.0.114.0",    "223.255.255.255",
        "::ffff:8.8.8.8",  "2001:1::1",       "2001:db7:ffff::1", "2001:db9::1",    "2001:4860:4860::8888",
        "2606:4700::1111", "2003::1",         "3ffe:ffff::1",     "4000::1",        "5eff::1",
        "5f01::1",         "100:0:0:1::1",    "64:ff9a::1",       "64:ff9b:2::1",
    };
    struct guard *guard = guard_of("");
    (void)state;
    for (size_t i = 0; i < COUNT_OF(refused); i++)
        if (judge(guard, refused[i], 0) != GUARD_REFUSED)
            fail_msg("%s is not refused", refused[i]);
    for (size_t i = 0; i < COUNT_OF(public); i++)
        if (judge(guard, public[i], 0) != GUARD_PUBLIC)
            fail_msg("%s is refused", public[i]);
    assert_int_equal(judge(guard, "2001:4860:4860::8888", 2), GUARD_REFUSED);
    assert_int_equal(guard_judge(guard, &(struct sockaddr){.sa_family = AF_UNIX}), GUARD_REFUSED);
    guard_free(guard);
}

static void a_network_that_was_named_is_allowed_and_no_other(void **state)
{
    struct guard *guard = guard_of(" 10.1.0.0/16,127.0.0.1 , fd00:1::/32");
    (void)state;
    assert_int_equal(judge(guard, "10.1.255.255", 0), GUARD_ALLOWED);
    assert_int_equal(judge(guard, "::ffff:10.1.2.3", 0), GUARD_ALLOWED);
    assert_int_equal(judge(guard, "10.2.0.0", 0), GUARD_REFUSED);
    assert_int_equal(judge(guard, "127.0.0.1", 0), GUARD_ALLOWED);
    assert_int_equal(judge(guard, "127.0.0.2", 0), GUARD_REFUSED);
    assert_int_equal(judge(guard, "fd00:1::1", 0), GUARD_ALLOWED);
    assert_int_equal(judge(guard, "fd00:1::1", 3), GUARD_REFUSED);
    assert_int_equal(judge(guard, "fd00:2::1", 0), GUARD_REFUSED);
    assert_int_equal(judge(guard, "8.8.8.8", 0), GUARD_PUBLIC);
    guard_free(guard);
}

static void what_is_no_network_is_told(void **state)
{
    static const char *const wrong[] = {
        "10.0.0.0/33",  "10.0.0.0/",    "10.0.0/8", "10.0.0.1/8",      "fd00::/129",  "fd00::1/8",
        "localhost",    "10.0.0.0/8,,", ",",        "10.0.0.0/8;::/0", "10.0.0.0/-1", "10.0.0.0/8/8",
        "fe80::1%eth0", "10.0.0.0/0008"};
    (void)state;
    for (size_t i = 0; i < COUNT_OF(wrong); i++) {
        struct guard *guard;
        struct error error = {0};
        if (guard_new(span_of(wrong[i]), &guard, &error) != STATUS_BAD_CONFIG)
            fail_msg("%s is taken", wrong[i]);
        assert_non_null(strstr(error.detail, "LIFECYCLED_WEBHOOK_ALLOW"));
    }
    guard_free(guard_of("0.0.0.0/0,::/0"));
    guard_free(guard_of("  "));
}

static bool permits(const struct guard *guard, const char *text, int port, bool is_https)
{
    struct sockaddr_in in = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
    assert_int_equal(inet_pton(AF_INET, text, &in.sin_addr), 1);
    return guard_permits(guard, (struct sockaddr *)&in, is_https);
}

static void a_public_address_is_reached_by_https_on_its_port_only(void **state)
{
    struct guard *guard = guard_of("10.0.0.0/8");
    (void)state;
    assert_true(permits(guard, "8.8.8.8", 443, true));
    assert_false(permits(guard, "8.8.8.8", 443, false));
    assert_false(permits(guard, "8.8.8.8", 8443, true));
    assert_false(permits(guard, "8.8.8.8", 80, false));
    assert_true(permits(guard, "10.0.0.1", 80, false));
    assert_true(permits(guard, "10.0.0.1", 9999, true));
    assert_false(permits(guard, "192.168.0.1", 443, true));
    guard_free(guard);
}

/* --- URLs --- */

static void a_url_is_judged_by_where_it_leads(void **state)
{
    static const char *const refused[] = {
        "http://8.8.8.8/",
        "https://8.8.8.8:8443/",
        "https://127.0.0.1/",
        "https://localhost/",
        "https://[::1]/",
        "https://[::ffff:127.0.0.1]/",
        "https://[::ffff:7f00:1]/",
        "https://0x7f.1/",
        "https://2130706433/",
        "https://0177.0.0.1/",
        "https://127.1/",
        "https://0/",
        "https://169.254.169.254/latest/meta-data",
        "https://user@8.8.8.8/",
        "https://user:password@8.8.8.8/",
        "https://:x@8.8.8.8/",
        "ftp://8.8.8.8/",
        "file:///etc/passwd",
        "gopher://8.8.8.8/",
        "8.8.8.8",
        "//8.8.8.8/",
        "https://",
        "https:///x",
        "",
        "https://8.8.8.8:0/",
        "https://8.8.8.8:99999/",
        "https://[fe80::1%25eth0]/",
        "https://[2001:4860:4860::8888%251]/",
        "https://8.8.8.8 /",
        "https://nobody.invalid/",
        "javascript:alert(1)",
        "https://\xe2\x93\x9b.1/",
        "https://[64:ff9b::7f00:1]/",
        "https://8.8.8.8\r\nX: y/",
        "https://0x7f000001:443/",
        "https://017700000001/",
    };
    static const char *const fine[] = {"https://8.8.8.8/",       "https://8.8.8.8:443/a?b=c",
                                       "HTTPS://8.8.8.8",        "https://[2606:4700::1111]/x",
                                       "http://10.0.0.1:8080/x", "http://0xa.1/",
                                       "https://10.0.0.1:444/"};
    struct guard *guard = guard_of("10.0.0.0/8");
    (void)state;
    for (size_t i = 0; i < COUNT_OF(refused); i++) {
        struct error error = {0};
        if (guard_check_url(guard, span_of(refused[i]), &error) != STATUS_INVALID_ENDPOINT)
            fail_msg("%s is taken", refused[i]);
        assert_string_equal(error.pointer, "/url");
    }
    for (size_t i = 0; i < COUNT_OF(fine); i++) {
        struct error error = {0};
        if (guard_check_url(guard, span_of(fine[i]), &error) != STATUS_OK)
            fail_msg("%s: %s", fine[i], error.detail);
    }
    assert_int_equal(guard_check_url(guard, (struct span){"https://8.8.8.8/\0x", 18}, NULL),
                     STATUS_INVALID_ENDPOINT);
    guard_free(guard);
}

static void a_name_is_judged_by_its_addresses(void **state)
{
    struct guard *guard = guard_of("127.0.0.0/8,::1");
    (void)state;
    assert_int_equal(guard_check_url(guard, span_of("http://localhost:1234/x"), NULL), STATUS_OK);
    guard_free(guard);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_address_of_nobody_or_of_the_house_is_refused_and_its_neighbours_are_not),
        cmocka_unit_test(a_network_that_was_named_is_allowed_and_no_other),
        cmocka_unit_test(what_is_no_network_is_told),
        cmocka_unit_test(a_public_address_is_reached_by_https_on_its_port_only),
        cmocka_unit_test(a_url_is_judged_by_where_it_leads),
        cmocka_unit_test(a_name_is_judged_by_its_addresses),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
