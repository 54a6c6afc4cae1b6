#include "agent/platform/platform.h"

namespace wta::platform {

SystemProxy system_proxy() { return {}; }

} // namespace wta::platform
