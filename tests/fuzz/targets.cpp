#include "tests/fuzz/targets.h"

#include <array>

namespace wta::fuzz {

std::span<const Target> targets() {
    static constexpr std::array all{
        Target{"certificate_input", certificate_input, certificate_input_seeds},
        Target{"stored_certificate", stored_certificate, stored_certificate_seeds},
        Target{"settings", settings, settings_seeds},
        Target{"flat_settings", flat_settings, flat_settings_seeds},
        Target{"http_head", http_head, http_head_seeds},
        Target{"url_pin", url_pin, url_pin_seeds},
        Target{"policy_file", policy_file, policy_file_seeds},
        Target{"registry_state", registry_state, registry_state_seeds},
#if __has_include(<hivex.h>) // not with Visual Studio
        Target{"hive_check", hive_check, hive_check_seeds},
#endif
    };
    return all;
}

} // namespace wta::fuzz
