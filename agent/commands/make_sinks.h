// The places that reports go to, as the settings name them.
#pragma once

#include "agent/reporting/sink.h"
#include "common/settings/settings.h"

#include <memory>
#include <string>
#include <vector>

namespace wta {

// Those on this machine first, because they are done at once. Nothing is touched yet. `computer` is the name
// of this machine.
[[nodiscard]] std::vector<std::shared_ptr<Sink>> make_sinks(const Settings& settings,
                                                            const std::string& computer);

} // namespace wta
