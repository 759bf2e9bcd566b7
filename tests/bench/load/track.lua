-- New orders of 100,000 seeded customers, one message a request. With BENCH_IDENTITIES each tells besides whose browser it
-- was and the customer's e-mail, which are known to be theirs.
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
end
local function names(customer)
    if not known then return "" end
    return string.format('"anonymousId":"browser-%d","context":{"traits":{"email":"customer-%d@example.com"}},', customer, customer)
end
function request()
    n = n + 1
    local customer = math.random(1, customers)
    local body = string.format(
        '{"type":"track","event":"Order Completed","userId":"customer-%d",%s"messageId":"%s%d",' ..
        '"properties":{"order_id":"%s%d","revenue":"%d.%02d","currency":"EUR","products":[]}}',
        customer, names(customer), prefix, n, prefix, n, math.random(5, 200), math.random(0, 99))
    return wrk.format("POST", "/v1/track", nil, body)
end
local bad = 0
function response(status) if status ~= 200 then bad = bad + 1 end end
function done(summary, latency)
    io.write(string.format("RESULT rate %.0f p50 %.2f p99 %.2f errors %d\n",
        summary.requests / summary.duration * 1e6, latency:percentile(50) / 1000, latency:percentile(99) / 1000,
        summary.errors.status + summary.errors.connect + summary.errors.read + summary.errors.timeout))
end
