-- One figure, again and again: BENCH_PATH, with If-None-Match when BENCH_ETAG is told.
function init(args)
    wrk.headers["Authorization"] = "Bearer " .. os.getenv("BENCH_KEY")
    local etag = os.getenv("BENCH_ETAG")
    if etag and etag ~= "" then wrk.headers["If-None-Match"] = etag end
end
function request() return wrk.format("GET", os.getenv("BENCH_PATH")) end
function done(summary, latency)
    io.write(string.format("RESULT rate %.0f p50 %.2f p99 %.2f errors %d\n",
        summary.requests / summary.duration * 1e6, latency:percentile(50) / 1000, latency:percentile(99) / 1000,
        summary.errors.status + summary.errors.connect + summary.errors.read + summary.errors.timeout))
end
