// Reads `certificates:` of the settings: which certificates are meant, where they come from, and what is
// allowed for them.
#pragma once

#include "common/settings/value_reader.h"

#include <vector>

namespace wta {

inline constexpr std::size_t max_sources = 16;
inline constexpr std::size_t max_source_size = 2'048; // bytes
inline constexpr std::size_t max_note_size = 1'000;   // bytes

// `node` is the value of `certificates`. What could not be read is reported, and its entry is left out or
// incomplete.
[[nodiscard]] std::vector<CertificateSettings> read_certificates(const YamlNode& node,
                                                                 SettingsReading& reading);

} // namespace wta
