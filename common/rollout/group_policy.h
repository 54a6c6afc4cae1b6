// The certificates of a rollout as machine policy, in the forms that the tools of Windows import.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace wta {

// Below HKEY_LOCAL_MACHINE. The values of this key are called 1, 2, 3 …
inline constexpr std::string_view certificates_policy_key =
    R"(SOFTWARE\Policies\WsusTrustAgent\Certificates)";

// Each makes the list exactly these entries: one that was there before, and is not among them, goes.

// Registry.pol, [MS-GPREG] 2.2.1, with a record that deletes the values of the key before the others.
[[nodiscard]] std::string registry_policy_file(const std::vector<std::string>& entries);

// What Microsoft's LGPO.exe reads with /t: UTF-16 with a byte order mark, as PowerShell's Out-File writes it.
[[nodiscard]] std::string lgpo_text(const std::vector<std::string>& entries);

// For reg import and regedit, version 5.00: UTF-16 with a byte order mark.
[[nodiscard]] std::string registration_file(const std::vector<std::string>& entries);

// Removes the list.
[[nodiscard]] std::string removal_file();

} // namespace wta
