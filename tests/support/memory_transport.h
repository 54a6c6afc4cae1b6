// A transport that answers from a table and remembers what it was asked.
#pragma once

#include "common/ports/transport.h"

#include <map>
#include <mutex>
#include <string>
#include <vector>

namespace wta::test {

class MemoryTransport : public Transport {
public:
    void publish(const std::string& location, Bytes body, std::optional<std::string> etag = std::nullopt) {
        FetchResponse response;
        response.body = std::move(body);
        response.etag = std::move(etag);
        answers_.insert_or_assign(location, Result<FetchResponse>(std::move(response)));
    }

    void fail(const std::string& location, ReasonCode reason) {
        answers_.insert_or_assign(
            location, Result<FetchResponse>(refuse(reason, "told to fail", ErrorCode::unreachable)));
    }

    Result<FetchResponse> fetch(const FetchRequest& request) override {
        const std::lock_guard lock(mutex_);
        requests_.push_back(request);
        const auto found = answers_.find(request.location);
        if (found == answers_.end())
            return refuse(ReasonCode::connect_failed, "nobody is there", ErrorCode::unreachable);
        if (found->second && request.etag && found->second->etag == request.etag) {
            FetchResponse same;
            same.not_modified = true;
            return same;
        }
        return found->second;
    }

    [[nodiscard]] const std::vector<FetchRequest>& requests() const { return requests_; }
    void forget_requests() { requests_.clear(); }

private:
    std::mutex mutex_;
    std::map<std::string, Result<FetchResponse>> answers_;
    std::vector<FetchRequest> requests_;
};

} // namespace wta::test
