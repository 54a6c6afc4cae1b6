#include "common/trust/contest_memory.h"

#include <array>

namespace wta {
namespace {

constexpr std::string_view digest_name = "SettingsDigest";
constexpr std::string_view right_name = "PolicyRight";
constexpr std::string_view reverted_name = "PolicyTakenBack"; // times, separated by ','
constexpr std::string_view owner_name = "PolicyOwner";

constexpr std::array states{std::pair(Placed::State::in_place, std::string_view("inPlace")),
                            std::pair(Placed::State::putting_back, std::string_view("puttingBack")),
                            std::pair(Placed::State::put_back, std::string_view("putBack"))};
constexpr std::array stores{StoreName::root, StoreName::trusted_publisher};

// Before and after the first `separator`; all and nothing when there is none.
std::pair<std::string_view, std::string_view> split(std::string_view text, char separator) {
    const std::size_t at = text.find(separator);
    if (at == std::string_view::npos) return {text, {}};
    return {text.substr(0, at), text.substr(at + 1)};
}

std::vector<Timestamp> times_from(std::string_view text) {
    std::vector<Timestamp> times;
    while (!text.empty()) {
        const auto [first, rest] = split(text, ',');
        const std::optional<Timestamp> time = from_rfc3339(first);
        if (!time || times.size() == contested_after) return {};
        times.push_back(*time);
        text = rest;
    }
    return times;
}

std::string text_of(const std::vector<Timestamp>& times) {
    std::string text;
    for (const Timestamp time : times) text += (text.empty() ? "" : ",") + to_rfc3339(time);
    return text;
}

std::optional<Placed> placed_from(std::string_view text) {
    const auto [word, time] = split(text, ' ');
    for (const auto& [state, name] : states) {
        if (word != name) continue;
        if (state == Placed::State::in_place) return Placed{state, {}};
        if (const auto when = from_rfc3339(time)) return Placed{state, *when};
    }
    return std::nullopt;
}

std::string text_of(const Placed& placed) {
    for (const auto& [state, name] : states)
        if (state == placed.state)
            return std::string(name) +
                   (state == Placed::State::in_place ? "" : " " + to_rfc3339(placed.when));
    return {};
}

std::optional<std::pair<Sha256, StoreName>> place_from(std::string_view name) {
    const auto [word, digits] = split(name, ' ');
    const std::optional<Sha256> sha256 = sha256_from_hex(digits);
    for (const StoreName store : stores)
        if (sha256 && word == to_string(store)) return std::pair(*sha256, store);
    return std::nullopt;
}

// By the name of the value; what says nothing has none.
std::map<std::string, RegistryValue, std::less<>> values_of(const ContestMemory& memory) {
    std::map<std::string, RegistryValue, std::less<>> values;
    const auto tell = [&values](std::string_view name, const std::string& text) {
        if (!text.empty()) values.emplace(name, string_value(text));
    };
    tell(digest_name, memory.settings_digest);
    if (memory.policy_right) values.emplace(right_name, dword_value(1));
    tell(reverted_name, text_of(memory.policy_reverted));
    if (memory.policy_owner) tell(owner_name, std::string(to_string(*memory.policy_owner)));
    for (const auto& [place, placed] : memory.placed)
        tell(std::string(to_string(place.second)) + " " + to_string(place.first), text_of(placed));
    return values;
}

void remember(ContestMemory& memory, const std::string& name, const RegistryValue& value) {
    if (name == right_name) memory.policy_right = as_dword(value) == 1U;
    const std::string text = as_string(value).value_or("");
    if (name == digest_name) memory.settings_digest = text;
    if (name == reverted_name) memory.policy_reverted = times_from(text);
    if (name == owner_name) memory.policy_owner = owner_from(text);
    const auto place = place_from(name);
    const auto placed = placed_from(text);
    if (place && placed) memory.placed.emplace(*place, *placed);
}

} // namespace

Result<ContestMemory> read_contest_memory(Registry& registry) {
    ContestMemory memory;
    const auto listing = registry.list(contest_key);
    if (!listing) return std::unexpected(listing.error());
    if (!*listing) return memory;
    for (const std::string& name : (*listing)->values) {
        const auto value = registry.get(contest_key, name);
        if (!value) return std::unexpected(value.error());
        if (*value) remember(memory, name, **value);
    }
    return memory;
}

Result<void> write_contest_memory(Registry& registry, const ContestMemory& stored,
                                  const ContestMemory& memory) {
    const auto before = values_of(stored);
    const auto now = values_of(memory);
    for (const auto& [name, value] : before)
        if (!now.contains(name)) WTA_TRY(registry.erase(contest_key, name));
    for (const auto& [name, value] : now) {
        const auto known = before.find(name);
        if (known == before.end() || known->second != value) WTA_TRY(registry.set(contest_key, name, value));
    }
    return {};
}

} // namespace wta
