// The real transport: https and http, files; one total deadline for each fetch.
#pragma once

#include "agent/platform/platform.h"
#include "common/ports/transport.h"
#include "common/settings/settings.h"

#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace wta {

struct TransportOptions {
    std::chrono::milliseconds timeout{std::chrono::seconds{30}}; // for each fetch, everything included
    std::optional<std::string> ca_file; // PEM roots for TLS; nothing: what the system trusts
    Proxy proxy{ProxyNone{}};
    platform::SystemProxy system_proxy; // what the system says; used with ProxySystem
    std::string user_agent;
};

// No thread, no TLS context, no file is touched before the first fetch.
[[nodiscard]] std::unique_ptr<Transport> make_transport(TransportOptions options);

// Runs the requests with at most 4 under way at once; results in the order of the requests. When all of n
// hang, it takes n/4 time-outs, rounded up; but none is begun after the deadline: those end as timed_out.
[[nodiscard]] std::vector<Result<FetchResponse>> fetch_all(Transport& transport,
                                                           const std::vector<FetchRequest>& requests,
                                                           std::chrono::steady_clock::time_point deadline);

} // namespace wta
