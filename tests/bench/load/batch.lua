-- New orders in batches of 500.
local counter = 0
function setup(thread) thread:set("id", counter); counter = counter + 1 end
local n = 0
local prefix
function init(args)
    math.randomseed(os.time() * 10 + id + 5)
    prefix = string.format("b%x-%x-", os.time(), math.random(0, 0x7fffffff))
    wrk.headers["Authorization"] = "Bearer " .. os.getenv("BENCH_KEY")
    wrk.headers["Content-Type"] = "application/json"
    customers = tonumber(os.getenv("BENCH_CUSTOMERS") or "100000")
end
function request()
    local items = {}
    for i = 1, 500 do
        n = n + 1
        items[i] = string.format(
            '{"type":"track","event":"Order Completed","userId":"customer-%d","messageId":"%s%d",' ..
            '"properties":{"order_id":"%s%d","revenue":"%d.%02d","currency":"EUR"}}',
            math.random(1, customers), prefix, n, prefix, n, math.random(5, 200), math.random(0, 99))
    end
    return wrk.format("POST", "/v1/batch", nil, '{"batch":[' .. table.concat(items, ",") .. "]}")
end
function done(summary, latency)
    io.write(string.format("RESULT rate %.0f p50 %.2f p99 %.2f errors %d\n",
        summary.requests * 500 / summary.duration * 1e6, latency:percentile(50) / 1000, latency:percentile(99) / 1000,
        summary.errors.status + summary.errors.connect + summary.errors.read + summary.errors.timeout))
end
