#include "tests/support/registry_lines.h"

#include "common/base/hex.h"
#include "common/trust/agent_state.h"

#include <array>
#include <fmt/format.h>

namespace wta::test {
namespace {

void add_lines(Registry& registry, const std::string& key, Lines& lines) {
    const auto listing = registry.list(key).value();
    if (!listing) return;
    lines.insert(key + "|");
    for (const std::string& name : listing->values)
        if (const auto value = registry.get(key, name).value())
            lines.insert(fmt::format("{}|{}={}:{}", key, name, value->type, to_hex_lower(value->data)));
    for (const std::string& name : listing->subkeys)
        add_lines(registry, key.empty() ? name : key + "\\" + name, lines);
}

} // namespace

Lines lines_of(Registry& registry) {
    Lines lines;
    add_lines(registry, "", lines);
    return lines;
}

Lines settled(const Lines& lines) {
    const std::string status = std::string(status_key) + "|";
    return filtered(lines, [&](const std::string& line) {
        return std::ranges::none_of(std::array{"LastCheckUtc=", "LastRepairUtc=", "LastLookUtc=", "Report="},
                                    [&](const char* name) { return line.starts_with(status + name); });
    });
}

Lines outside(const Lines& lines) {
    return filtered(lines, [](const std::string& line) { return !is_state(line); });
}

bool is_state(std::string_view line) { return line.starts_with(state_key); }

std::string difference(const Lines& a, const Lines& b) {
    Lines only;
    std::ranges::set_difference(a, b, std::inserter(only, only.end()));
    std::string text;
    for (const std::string& line : only) text += line.substr(0, 200) + "\n";
    return text;
}

} // namespace wta::test
