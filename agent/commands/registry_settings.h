// The layers of settings that stand in the registry: machine policy, and the defaults of an installer.
#pragma once

#include "common/ports/registry.h"
#include "common/settings/flat_settings.h"

#include <string_view>

namespace wta {

// Relative to HKLM\SOFTWARE.
inline constexpr std::string_view policy_settings_key = R"(Policies\WsusTrustAgent)";
inline constexpr std::string_view installer_settings_key = R"(WsusTrustAgent\Defaults)";

// The value among an installer's defaults that is no setting: where the settings file is, when the command
// line does not say it.
inline constexpr std::string_view settings_file_value = "Config";

// Every value below the key, whatever it is called and holds; values of a name that no setting has are not
// read. A key that is absent has none. More than 1 MiB in all, or what may not be read, is a failure of the
// layer. `layer` is machine_policy or installer.
[[nodiscard]] FlatLayer read_registry_layer(Registry& registry, Layer layer);

// The text of settings_file_value; nothing when there is none. Refuses with settings_invalid what is no text
// (REG_SZ, REG_EXPAND_SZ is none), is empty, or is longer than 8,192 bytes.
[[nodiscard]] Result<std::optional<std::string>> read_settings_file_value(Registry& registry);

} // namespace wta
