// Settings come in layers, from the defaults of an installer up to machine policy; this makes one of them.
#pragma once

#include "common/settings/settings.h"
#include "common/settings/settings_reader.h"

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace wta {

// What one layer says. A setting whose origin is built in is not said by it.
struct SettingsLayer {
    Layer layer = Layer::file;
    std::string place; // the file, the registry key, "--set"
    Settings settings; // what is valid
    std::vector<std::string>
        invalid; // keys that decide about trust, said and not valid: nothing below counts
    std::vector<SettingsError> problems; // about those keys; while there are any, nothing may be changed
    std::vector<SettingsError> ignored;  // about others: the next lower layer decides
    bool operator==(const SettingsLayer&) const = default;
};

// A layer that says nothing that could be relied on, and may have said anything.
[[nodiscard]] SettingsLayer unusable_layer(Layer layer, std::string place,
                                           std::vector<SettingsError> problems);

// The layer of a settings file; with errors it is unusable as a whole.
[[nodiscard]] SettingsLayer file_layer(ReadSettings read, std::string place);

// An entry that does not count, because another layer names the certificates, or distrusts this one.
struct OverriddenCertificate {
    CertificateSettings entry;
    Layer by{};
    bool operator==(const OverriddenCertificate&) const = default;
};

struct MergedSettings {
    Settings settings;
    std::vector<OverriddenCertificate> overridden; // in falling rank
    bool operator==(const MergedSettings&) const = default;
};

// `layers` in rising rank. Each setting is that of the highest layer that says it; what a layer says in an
// invalid way and decides about trust is as it is built in, unless a higher layer says it validly.
//
// Certificates are those of the highest layer that names any, as a whole; withdrawn and distrusted ones count
// from every layer, and before a trusted one of the same SHA-256 (distrusted before withdrawn).
[[nodiscard]] MergedSettings merge_layers(std::span<const SettingsLayer> layers);

} // namespace wta
