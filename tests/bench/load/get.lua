-- One customer a request, at random.
local counter = 0
function setup(thread) thread:set("id", counter); counter = counter + 1 end
function init(args)
    math.randomseed(os.time() * 10 + id)
    wrk.headers["Authorization"] = "Bearer " .. os.getenv("BENCH_KEY")
    customers = tonumber(os.getenv("BENCH_CUSTOMERS") or "100000")
end
function request()
    return wrk.format("GET", "/v1/customers/customer-" .. math.random(1, customers))
end
function done(summary, latency)
    io.write(string.format("RESULT rate %.0f p50 %.2f p99 %.2f errors %d\n",
        summary.requests / summary.duration * 1e6, latency:percentile(50) / 1000, latency:percentile(99) / 1000,
        summary.errors.status + summary.errors.connect + summary.errors.read + summary.errors.timeout))
end
