// The certificate stores of the local machine and where Windows keeps their registry keys.
#pragma once

#include <array>
#include <string>
#include <string_view>

namespace wta {

enum class StoreName { root, trusted_publisher, disallowed, auth_root, ca };

inline constexpr std::array all_stores{StoreName::root, StoreName::trusted_publisher, StoreName::disallowed,
                                       StoreName::auth_root, StoreName::ca};

// Where a copy of an entry comes from; we write to `machine` only.
enum class Location { machine, group_policy, enterprise };

inline constexpr std::array all_locations{Location::machine, Location::group_policy, Location::enterprise};

[[nodiscard]] std::string_view
to_string(StoreName store); // as Windows spells it: "Root", "TrustedPublisher", …
[[nodiscard]] std::string_view to_string(Location location); // "machine", "groupPolicy", "enterprise"

// The key that holds one sub-key per certificate, below HKLM\SOFTWARE:
// Microsoft\SystemCertificates\<Store>\Certificates and its Group Policy and enterprise counterparts.
[[nodiscard]] std::string certificates_key(StoreName store, Location location);
// The same for a store of any name; `store` must be one part of a key path.
[[nodiscard]] std::string certificates_key(std::string_view store, Location location);

} // namespace wta
