// Sends bytes to a server that says nothing back but that it ended, as receivers of syslog do (RFC 5425).
#pragma once

#include "agent/transport/connection.h"
#include "common/base/bytes.h"

namespace wta {

// All bytes, then the end of the stream; returns when the server has ended its side after that. truncated: it
// ended before; connect_failed: it broke off. Otherwise as fetch_http.
[[nodiscard]] Result<void> send_over_tls(const HttpUrl& server, ByteView bytes,
                                         const ConnectionOptions& options,
                                         Conversation::Clock::time_point deadline, FetchProgress& progress);

} // namespace wta
