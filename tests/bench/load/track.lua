-- New orders of 100,000 seeded customers, one message a request. With BENCH_IDENTITIES each tells besides whose browser it
-- was and the customer's e-mail, which are known to be theirs. With BENCH_LINES each has two products and a campaign.
local thread_counter = 0
function setup(thread) thread:set("id", thread_counter); thread_counter = thread_counter + 1 end
local n = 0
local prefix
function init(args)
    math.randomseed(os.time() * 10 + id)
    prefix = string.format("%x-%x-%d-", os.time(), math.random(0, 0x7fffffff), id)
    wrk.headers["Authorization"] = "Bearer " .. os.getenv("BENCH_KEY")
    wrk.headers["Content-Type"] = "application/json"
    customers = tonumber(os.getenv("BENCH_CUSTOMERS") or "100000")
    known = os.getenv("BENCH_IDENTITIES")
    has_lines = os.getenv("BENCH_LINES")
end
local function names(customer)
    if not known then return "" end
    return string.format('"anonymousId":"browser-%d","context":{"traits":{"email":"customer-%d@example.com"}},', customer, customer)
end
local function product()
    local id = math.random(1, 3000)
    return string.format('{"product_id":"P-%d","category":"category-%d","price":%d,"quantity":%d}', id, id % 40, 5 + id % 95, math.random(1, 3))
end
local function lines()
    return has_lines and product() .. "," .. product() or ""
end
local function campaign()
    if not has_lines then return "" end
    return string.format('"context":{"campaign":{"name":"campaign-%d","source":"google"}},', math.random(1, 60))
end
function request()
    n = n + 1
    local customer = math.random(1, customers)
    local body = string.format(
        '{"type":"track","event":"Order Completed","userId":"customer-%d",%s%s"messageId":"%s%d",' ..
        '"properties":{"order_id":"%s%d","revenue":"%d.%02d","currency":"EUR","products":[%s]}}',
        customer, names(customer), campaign(), prefix, n, prefix, n, math.random(5, 200), math.random(0, 99), lines())
    return wrk.format("POST", "/v1/track", nil, body)
end
local bad = 0
function response(status) if status ~= 200 then bad = bad + 1 end end
function done(summary, latency)
    io.write(string.format("RESULT rate %.0f p50 %.2f p99 %.2f errors %d\n",
        summary.requests / summary.duration * 1e6, latency:percentile(50) / 1000, latency:percentile(99) / 1000,
        summary.errors.status + summary.errors.connect + summary.errors.read + summary.errors.timeout))
end
