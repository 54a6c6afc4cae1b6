// Reads a layer of settings that comes as single named values: machine policy, the defaults of an installer,
// the command line.
#pragma once

#include "common/settings/settings_layers.h"

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace wta {

// What a value holds that is neither text nor a number, in words: "REG_BINARY, 12 bytes".
struct UnusableValue {
    std::string what;
    bool operator==(const UnusableValue&) const = default;
};

struct FlatValue {
    std::string name;  // in the registry registry_name(key), or Certificates\N; on the command line the key
    std::string place; // for people: "HKLM\SOFTWARE\Policies\WsusTrustAgent\Fetch\Timeout"
    std::variant<std::string, std::uint32_t, UnusableValue> content;
    bool operator==(const FlatValue&) const = default;
};

struct FlatLayer {
    Layer layer{};
    std::string place; // of the whole
    std::vector<FlatValue> values;
    std::optional<std::filesystem::path> folder; // what relative paths are relative to
    std::string failure;                         // why the values could not be read; empty: they were
    bool operator==(const FlatLayer&) const = default;
};

// The registry's name of a key, which follows from it: fetch.ca_file is Fetch\CaFile, that is, the value
// CaFile of the sub-key Fetch; report.https.url is Report\Https\Url. Certificates are the values 1, 2, … of
// the sub-key Certificates; an installer has one value Certificates for all, as split_certificate_list reads
// it.
[[nodiscard]] std::string registry_name(std::string_view key);

// Every name that the registry may have, and the sub-keys, for "did you mean".
[[nodiscard]] std::vector<std::string> registry_names();

// Texts are read by the rules of agent.yaml; a boolean may also be the number 0 or 1. Names of the registry
// are compared without regard to case. No I/O.
[[nodiscard]] SettingsLayer read_flat_settings(const FlatLayer& layer);

} // namespace wta
