// The certificates of a rollout as a custom configuration profile of Intune.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace wta {

// Separates names and values of a list in a policy's data.
inline constexpr std::string_view list_separator = "\uF000";

// One JSON document, a windows10CustomConfiguration of Microsoft Graph with two settings: the ADMX, and its
// policy "Certificates" as [enabled with the list]. Forms as Microsoft documents them in "Win32 and Desktop
// Bridge app ADMX policy ingestion" and "Understanding ADMX policies".
[[nodiscard]] std::string intune_profile(const std::vector<std::string>& entries, std::string_view admx);

} // namespace wta
