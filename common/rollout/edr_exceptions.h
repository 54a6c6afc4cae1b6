// What keeps endpoint security tools quiet about exactly this: the agent placing exactly these certificates.
//
// Each exception asks for both, the agent's program and the registry values of the pinned thumbprints:
// another program that places them, and the agent placing another certificate, still alert.
#pragma once

#include "common/rollout/rollout.h"

#include <string>

namespace wta {

inline constexpr std::string_view installed_program =
    R"(C:\Program Files\WsusTrustAgent\wsus-trust-agent.exe)";

// An exception list with one item, as Elastic Security imports it; for its rule "Creation or Modification of
// Root Certificate".
[[nodiscard]] std::string elastic_exceptions(const Rollout& rollout);

// macros.conf with the filter that Splunk's detection "Windows Registry Certificate Added" asks.
[[nodiscard]] std::string splunk_filter(const Rollout& rollout);

// A Sigma filter for the rule "New Root or CA or AuthRoot Certificate to Store".
[[nodiscard]] std::string sigma_filter(const Rollout& rollout);

} // namespace wta
