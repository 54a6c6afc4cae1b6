// Every key that the settings know, group by group; the reader, the listing and the documentation are checked
// against it.
#pragma once

#include <array>
#include <string_view>

namespace wta {

inline constexpr std::array<std::string_view, 7> top_level_keys{
    "mode", "certificates", "policy", "only_with_wsus", "fetch", "schedule", "log"};

inline constexpr std::array<std::string_view, 8> certificate_keys{
    "sha256", "source", "der", "state", "allow", "restrict_usage", "retrust", "note"};

inline constexpr std::array<std::string_view, 2> policy_keys{"accept_trusted_publisher_certs",
                                                             "override_owner"};

inline constexpr std::array<std::string_view, 4> fetch_keys{"timeout", "refresh", "ca_file", "proxy"};

inline constexpr std::array<std::string_view, 2> schedule_keys{"interval", "watch"};

inline constexpr std::array<std::string_view, 1> log_keys{"format"};

} // namespace wta
