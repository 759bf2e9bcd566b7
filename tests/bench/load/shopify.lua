-- New orders as Shopify's webhooks, of 13 KB each and signed: one message each, of customers with an id and an e-mail.
local ffi = require("ffi")
ffi.cdef [[
    const void *EVP_sha256(void);
    unsigned char *HMAC(const void *md, const void *key, int key_len, const unsigned char *d, size_t n, unsigned char *out, unsigned *out_len);
    int EVP_EncodeBlock(unsigned char *out, const unsigned char *in, int n);
]]
local loaded, crypto = pcall(ffi.load, "crypto")
if not loaded then crypto = ffi.load("libcrypto.so.3") end

local thread_counter = 0
function setup(thread) thread:set("id", thread_counter); thread_counter = thread_counter + 1 end
local n = 0
local parts, secret, place
local digest, text, length = ffi.new("unsigned char[32]"), ffi.new("unsigned char[48]"), ffi.new("unsigned[1]")

-- The sample order, paid now, in pieces between which stand the order's id, the customer's, and twice the e-mail.
local function cut(order)
    local now = os.date("!%Y-%m-%dT%H:%M:%SZ")
    local pieces = {}
    order = order:gsub('"test": true', '"test": false'):gsub('"cancelled_at": "[^"]*"', '"cancelled_at": null')
        :gsub('"voided"', '"paid"'):gsub("USD", "EUR"):gsub('("%a+_at": )"[^"]*"', '%1"' .. now .. '"')
        :gsub("820982911946154508", "\1order\1"):gsub("115310627314723954", "\1customer\1")
        :gsub("joh?n@example.com", "\1email\1")
    for piece in (order .. "\1"):gmatch("(.-)\1") do pieces[#pieces + 1] = piece end
    return pieces
end

function init(args)
    math.randomseed(os.time() * 10 + id)
    n = (os.time() % 100000000) * 10000000 -- an id of its own in each run
    place, secret = os.getenv("BENCH_PLACE"), os.getenv("BENCH_SECRET")
    customers = tonumber(os.getenv("BENCH_CUSTOMERS") or "10000")
    local file = io.open("tests/fuzz/corpus/fuzz_mask/order")
    parts = cut(file:read("*a"))
    file:close()
    wrk.headers["Content-Type"] = "application/json"
    wrk.headers["X-Shopify-Topic"] = "orders/paid"
end

function request()
    n = n + 1
    local customer = math.random(1, customers)
    local values = {order = string.format("%.0f", n), customer = "7000" .. customer, email = "shopper-" .. customer .. "@example.com"}
    local pieces = {}
    for i, piece in ipairs(parts) do pieces[i] = i % 2 == 0 and values[piece] or piece end
    local body = table.concat(pieces)
    crypto.HMAC(crypto.EVP_sha256(), secret, #secret, ffi.cast("const unsigned char *", body), #body, digest, length)
    wrk.headers["X-Shopify-Hmac-Sha256"] = ffi.string(text, crypto.EVP_EncodeBlock(text, digest, 32))
    return wrk.format("POST", place, nil, body)
end

function done(summary, latency)
    io.write(string.format("RESULT rate %.0f p50 %.2f p99 %.2f errors %d\n",
        summary.requests / summary.duration * 1e6, latency:percentile(50) / 1000, latency:percentile(99) / 1000,
        summary.errors.status + summary.errors.connect + summary.errors.read + summary.errors.timeout))
end
