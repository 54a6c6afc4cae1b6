#include "agent/commands/run_id.h"

#include "agent/platform/platform.h"
#include "common/base/hex.h"

#include <fmt/format.h>

#include <array>
#include <string_view>

namespace wta {

std::string make_run_id(std::chrono::system_clock::time_point now) {
    std::array<std::byte, 16> id{};
    platform::fill_randomly(id);
    const auto milliseconds = static_cast<std::uint64_t>(
        std::chrono::duration_cast<std::chrono::milliseconds>(now.time_since_epoch()).count());
    for (std::size_t i = 0; i < 6; ++i)
        id.at(i) = static_cast<std::byte>((milliseconds >> (40 - 8 * i)) & 0xFFU);
    id[6] = (id[6] & std::byte{0x0F}) | std::byte{0x70};
    id[8] = (id[8] & std::byte{0x3F}) | std::byte{0x80};
    const std::string digits = to_hex_lower(id);
    const std::string_view text = digits;
    return fmt::format("{}-{}-{}-{}-{}", text.substr(0, 8), text.substr(8, 4), text.substr(12, 4),
                       text.substr(16, 4), text.substr(20));
}

} // namespace wta
