// An uplink that remembers what it was given, and answers what the test says.
#pragma once

#include "common/ports/uplink.h"

#include <deque>
#include <vector>

namespace wta::test {

class RecordingUplink : public Uplink {
public:
    // In the order of the calls; without one the answer is 200.
    void answer(PostAnswer answer) { answers_.emplace_back(std::move(answer)); }
    void fail(std::string message) {
        failing_ = Error{.code = ErrorCode::unreachable, .message = std::move(message)};
    }

    Result<PostAnswer> post(const PostRequest& request, Deadline deadline) override {
        posts.push_back(request);
        deadlines.push_back(deadline);
        if (failing_) return std::unexpected(*failing_);
        if (answers_.empty()) return PostAnswer{.status = 200};
        PostAnswer next = std::move(answers_.front());
        answers_.pop_front();
        return next;
    }

    Result<void> send(const TlsAddress& address, ByteView bytes, Deadline deadline) override {
        addresses.push_back(address);
        sent.emplace_back(as_text(bytes));
        deadlines.push_back(deadline);
        if (failing_) return std::unexpected(*failing_);
        return {};
    }

    std::vector<PostRequest> posts;
    std::vector<TlsAddress> addresses;
    std::vector<std::string> sent;
    std::vector<Deadline> deadlines;

private:
    std::deque<PostAnswer> answers_;
    std::optional<Error> failing_;
};

inline constexpr Uplink::Deadline some_deadline{std::chrono::hours{5}};

} // namespace wta::test
