// The registry port over Win32.
#pragma once

#include "common/ports/registry.h"

#include <memory>

namespace wta {

// Which key stands for HKLM\SOFTWARE. Tests use another one, so that they never touch the machine's own.
struct LiveRoot {
    enum class Hive { local_machine, current_user };
    Hive hive = Hive::local_machine;
    std::string path = "SOFTWARE"; // below the hive
    [[nodiscard]] bool is_the_machine() const { return hive == Hive::local_machine && path == "SOFTWARE"; }
};

} // namespace wta
