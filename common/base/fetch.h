// What to get from where, and what came back: spoken between publications and transports.
#pragma once

#include "common/base/bytes.h"

#include <cstddef>
#include <optional>
#include <string>

namespace wta {

struct FetchRequest {
    std::string location;          // https://, http://, or the path of a file
    std::size_t limit = 64 * 1024; // bytes of body
    std::optional<std::string>
        etag{}; // sent as If-None-Match; only where it came with bytes that we still hold
    bool operator==(const FetchRequest&) const = default;
};

struct FetchResponse {
    bool not_modified = false; // the publication is what `etag` stood for; `body` is empty
    Bytes body{};
    std::optional<std::string> etag{};
    bool operator==(const FetchResponse&) const = default;
};

} // namespace wta
