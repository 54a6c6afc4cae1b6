// A certificate store that a person names: WSUS on the WSUS server, or any other of the local machine.
#pragma once

#include "common/certificate/digest.h"
#include "common/certificate/stored_certificate.h"
#include "common/ports/registry.h"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace wta {

// "store:NAME" or "store:NAME/THUMBPRINT", as `inspect` takes it.
struct StoreSource {
    std::string store;
    std::optional<Thumbprint> thumbprint;
    bool operator==(const StoreSource&) const = default;
};

[[nodiscard]] bool is_store_source(std::string_view text);
// `text` starts with "store:". A thumbprint may be pasted as Windows shows it: with spaces, in either case.
// Refuses with usage_error.
[[nodiscard]] Result<StoreSource> parse_store_source(std::string_view text);

// The certificates that Windows loads from that store, from every location, each once, in the order of the
// registry. Errors: those of the registry.
[[nodiscard]] Result<std::vector<Bytes>> read_named_store(Registry& registry, std::string_view store);

// The one certificate that is meant. Refuses with not_in_store when there is none, and with usage_error,
// naming each, when there are several and `source` names no thumbprint.
[[nodiscard]] Result<Bytes> find_in_store(Registry& registry, const StoreSource& source);

} // namespace wta
