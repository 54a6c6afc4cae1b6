// The real uplink: reports over https, and as a stream over TLS; each call in a worker that can be left.
#pragma once

#include "agent/platform/platform.h"
#include "common/ports/uplink.h"
#include "common/settings/settings.h"

#include <memory>
#include <optional>
#include <string>

namespace wta {

struct UplinkOptions {
    std::optional<std::string> ca_file{}; // PEM roots for TLS; nothing: what the system trusts
    Proxy proxy{ProxyNone{}};             // of post(); send() uses none
    platform::SystemProxy system_proxy{}; // what the system says; used with ProxySystem
    std::string user_agent{};
};

// No thread, no TLS context, no file is touched before the first report.
[[nodiscard]] std::unique_ptr<Uplink> make_uplink(UplinkOptions options);

} // namespace wta
