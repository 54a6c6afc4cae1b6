// Which proxy is used for a location, also where the system's setting names it: pure, the same on every
// system.
#pragma once

#include "agent/platform/platform.h"
#include "agent/transport/http_url.h"
#include "common/base/result.h"
#include "common/settings/settings.h"

#include <optional>

namespace wta {

// The grammar is that of WINHTTP_PROXY_INFO, of which "http://host:port" in https_proxy is one form; entries
// are separated by spaces or semicolons. A proxy is "[scheme=][http://]host:port"; one for the scheme of
// `url` comes before one for all schemes. A host not to go through it is "[scheme://]host[:port]" with '*'
// for anything; "<local>" stands for names without a dot. Nothing: directly. proxy_failed: user information
// (it is never quoted), TLS to the proxy itself, no port.
[[nodiscard]] Result<std::optional<ProxyExplicit>> proxy_for(const HttpUrl& url,
                                                             const platform::SystemProxy& system);

// The proxy for `url` by what the settings say, and by what the system says where they leave it to the
// system.
[[nodiscard]] Result<std::optional<ProxyExplicit>> effective_proxy(const HttpUrl& url, const Proxy& setting,
                                                                   const platform::SystemProxy& system);

} // namespace wta
