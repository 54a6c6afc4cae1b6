// Whole runs over a live machine of a test, with a certificate that the settings carry themselves.
#pragma once

#include "agent/cycle/run_cycle.h"
#include "tests/support/certificate_builder.h"
#include "tests/support/memory_transport.h"

namespace wta::test {

// Trusts the certificate, which is pinned and given.
[[nodiscard]] inline wta::Settings settings_for(const Bytes& der) {
    CertificateSettings entry;
    entry.sha256 = sha256_of(der);
    entry.der = der;
    wta::Settings settings;
    settings.certificates.push_back(entry);
    return settings;
}

[[nodiscard]] inline CycleRequest live_request(CycleKind kind, std::string command) {
    CycleRequest request{.kind = kind, .now = reference_time, .computer_name = "PC-1", .header = {}};
    request.header.command = std::move(command);
    request.header.settings_digest = std::string(64, 'd');
    request.header.run_id = "019303f0-0000-7000-8000-000000000000";
    request.header.time = reference_time;
    request.header.endpoint_kind = "live";
    request.header.mode = "enforce";
    return request;
}

[[nodiscard]] inline StatusReport repair(Endpoint& endpoint, const wta::Settings& settings) {
    MemoryTransport transport;
    return run_cycle(live_request(CycleKind::repair, "repair"), settings, endpoint, transport);
}

[[nodiscard]] inline StatusReport undo(Endpoint& endpoint) {
    return run_undo(live_request(CycleKind::repair, "undo"), endpoint);
}

} // namespace wta::test
