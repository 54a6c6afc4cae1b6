// Gets the bytes at one location, within one total deadline and hard size limits.
#pragma once

#include "common/base/fetch.h"
#include "common/base/result.h"

namespace wta {

// Safe to call from several threads at once.
class Transport {
public:
    virtual ~Transport() = default;

    // Returns within the deadline of the transport, whatever hangs. Every Error carries the reason of the
    // fetch group of ReasonCode.
    virtual Result<FetchResponse> fetch(const FetchRequest& request) = 0;
};

} // namespace wta
