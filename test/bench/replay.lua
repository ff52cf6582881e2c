-- wrk script: sends the requests of a file ("<length>\n<bytes>" each) in turn and prints one JSON line at the end.
local requests, count, at = {}, 0, 0
function init(args)
  local file = assert(io.open(args[1], "rb"))
  while true do
    local length = file:read("*l")
    if not length or length == "" then break end
    count = count + 1
    requests[count] = file:read(tonumber(length))
  end
  file:close()
  at = tonumber(args[2] or 0) % count
end
function request()
  at = at % count + 1
  return requests[at]
end
function done(summary, latency)
  local errors = summary.errors
  io.write(string.format('\nJSON {"requests":%d,"seconds":%f,"p50":%f,"p99":%f,"failed":%d}\n',
    summary.requests, summary.duration / 1e6, latency:percentile(50) / 1000, latency:percentile(99) / 1000,
    errors.status + errors.connect + errors.read + errors.write + errors.timeout))
end
