// Who, apart from administrators, can change one file, folder or link: asks its owner and its access list.
#pragma once

#include "agent/platform/windows/access_rules.h"
#include "agent/platform/windows/link_target.h"
#include "common/base/result.h"

#include <optional>
#include <string>

namespace wta::platform {

// A file, folder or link itself, not what a link leads to.
struct Examined {
    AccessRules rules;
    bool is_folder = false;
    bool is_reparse_point = false;
    bool is_link = false; // a reparse point that leads elsewhere; others (compressed, in a cloud) do not
    std::optional<LinkTarget> target = std::nullopt; // of a link; nothing when it is of an unknown kind
};

// `full` as full_path() makes it. Errors: not_found, access_denied, busy, io.
[[nodiscard]] Result<Examined> examine(const std::wstring& full);

// The same of what `full` leads to in the end.
[[nodiscard]] Result<Examined> examine_target(const std::wstring& full);

// Nothing when only those whom first_outsider() excepts can change (a secret: read) `examined`, found at
// `full`; otherwise a sentence that says who could. This process' own user is excepted unless it is
// LocalSystem.
[[nodiscard]] std::optional<std::string> who_could_change(const std::wstring& full, const Examined& examined,
                                                          PathRole role);

} // namespace wta::platform
