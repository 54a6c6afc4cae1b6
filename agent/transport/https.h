// Gets a publication over https and http; the only user of Boost.Beast.
#pragma once

#include "agent/transport/http_rules.h"
#include "agent/transport/progress.h"
#include "common/ports/transport.h"
#include "common/settings/settings.h"

#include <chrono>
#include <optional>
#include <string>
#include <variant>

namespace wta {

struct HttpOptions {
    std::optional<std::string> ca_file; // PEM; nothing: what the system trusts
    std::optional<ProxyExplicit> proxy;
    std::string user_agent;
};

// One fetch with its redirects. Ends by itself at `deadline` (timed_out), except where a name look-up hangs:
// so it is called in a worker. `progress` always says what it is waiting for. Every Error has a reason of the
// fetch group.
[[nodiscard]] Result<FetchResponse> fetch_http(const FetchRequest& request, const HttpOptions& options,
                                               std::chrono::steady_clock::time_point deadline,
                                               FetchProgress& progress);

// What one answer of a server is: the publication, or where it has gone.
using HttpAnswer = std::variant<FetchResponse, RedirectTo>;

// What is made of the answer `bytes` to `request`, when they arrive `at_once` bytes at a time and then the
// connection is closed: read by the code that reads connections, without one. For tests and fuzzers.
[[nodiscard]] Result<HttpAnswer> read_answer(const FetchRequest& request, ByteView bytes,
                                             std::size_t at_once);

} // namespace wta
