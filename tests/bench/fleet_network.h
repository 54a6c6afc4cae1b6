// The network of the fleet simulation: the real one, every request noted with the virtual time at which it
// was made.
#pragma once

#include "common/base/time.h"
#include "common/ports/transport.h"
#include "common/ports/uplink.h"

#include <atomic>
#include <memory>
#include <mutex>
#include <vector>

namespace wta::bench {

struct Request {
    enum class Server { publisher, receiver };
    Timestamp time;
    Server server{};
    unsigned status = 0; // 0: no answer; 400: another than asked for
};

// For all threads.
class Traffic {
public:
    void note(const Request& request) {
        const std::scoped_lock lock(mutex_);
        requests_.push_back(request);
    }
    [[nodiscard]] std::vector<Request> requests() const {
        const std::scoped_lock lock(mutex_);
        return requests_;
    }

private:
    mutable std::mutex mutex_;
    std::vector<Request> requests_;
};

class NotedTransport : public Transport {
public:
    NotedTransport(std::unique_ptr<Transport> real, Timestamp now, Traffic& traffic)
        : real_(std::move(real)), now_(now), traffic_(traffic) {}

    Result<FetchResponse> fetch(const FetchRequest& request) override {
        auto response = real_->fetch(request);
        const bool refused = !response && response.error().reason == ReasonCode::http_status;
        unsigned status = refused ? 400 : 0;
        if (response) status = response->not_modified ? 304 : 200;
        traffic_.note({now_, Request::Server::publisher, status});
        return response;
    }

private:
    std::unique_ptr<Transport> real_;
    Timestamp now_;
    Traffic& traffic_;
};

class NotedUplink : public Uplink {
public:
    NotedUplink(std::unique_ptr<Uplink> real, Traffic& traffic) : real_(std::move(real)), traffic_(traffic) {}

    // From now on; a delivery that was left meanwhile is noted with either time.
    void set_time(Timestamp now) { now_ = now; }

    Result<PostAnswer> post(const PostRequest& request, Deadline deadline) override {
        auto answer = real_->post(request, deadline);
        traffic_.note({now_, Request::Server::receiver, answer ? answer->status : 0});
        return answer;
    }

    Result<void> send(const TlsAddress& address, ByteView bytes, Deadline deadline) override {
        return real_->send(address, bytes, deadline);
    }

private:
    std::unique_ptr<Uplink> real_;
    std::atomic<Timestamp> now_{};
    Traffic& traffic_;
};

} // namespace wta::bench
