// Where a symbolic link or a junction leads, from what the file system stores of it.
#pragma once

#include "common/base/bytes.h"

#include <optional>
#include <string>

namespace wta::platform {

struct LinkTarget {
    std::wstring path; // \\?\C:\folder; or, when relative, what follows the folder of the link
    bool relative = false;
    bool operator==(const LinkTarget&) const = default;
};

// `stored` is a REPARSE_DATA_BUFFER ([MS-FSCC] 2.1.2.4 and 2.1.2.5). Nothing when it is neither kind, or
// garbled.
[[nodiscard]] std::optional<LinkTarget> link_target(ByteView stored);

} // namespace wta::platform
