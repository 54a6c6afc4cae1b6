// Gets a publication and posts a report over https and http; the only user of Boost.Beast.
#pragma once

#include "agent/transport/connection.h"
#include "agent/transport/http_rules.h"
#include "agent/transport/progress.h"
#include "common/ports/transport.h"
#include "common/ports/uplink.h"

#include <chrono>
#include <string>
#include <variant>

namespace wta {

struct HttpOptions {
    ConnectionOptions connection;
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

// One request, whose bytes are `text` (post_request()), and its answer; otherwise as fetch_http. The body is
// sent while the answer is already waited for: whoever answers before he has read it all is understood.
[[nodiscard]] Result<PostAnswer> post_http(const HttpUrl& url, const std::string& text,
                                           const HttpOptions& options,
                                           std::chrono::steady_clock::time_point deadline,
                                           FetchProgress& progress);

// As read_answer, for the answer to a POST.
[[nodiscard]] Result<PostAnswer> read_post_answer(ByteView bytes, std::size_t at_once);

} // namespace wta
