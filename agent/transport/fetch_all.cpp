#include "agent/transport/transports.h"

#include <algorithm>
#include <atomic>
#include <system_error>
#include <thread>

namespace wta {
namespace {

constexpr std::size_t at_once = 4;

// False: the system has no thread to give.
bool add_helper(std::vector<std::jthread>& helpers, const auto& work) {
    try {
        helpers.emplace_back(work);
        return true;
    } catch (const std::system_error&) {
        return false;
    }
}

Result<FetchResponse> not_begun() {
    Error error{.code = ErrorCode::timed_out,
                .message = "not asked: other sources took all the time of the run"};
    error.reason = ReasonCode::timed_out;
    return std::unexpected(std::move(error));
}

} // namespace

std::vector<Result<FetchResponse>> fetch_all(Transport& transport, const std::vector<FetchRequest>& requests,
                                             std::chrono::steady_clock::time_point deadline) {
    std::vector<std::optional<Result<FetchResponse>>> answers(requests.size());
    std::atomic<std::size_t> next{0};
    const auto take_turns = [&] {
        for (std::size_t i = next.fetch_add(1); i < requests.size(); i = next.fetch_add(1)) {
            if (std::chrono::steady_clock::now() < deadline)
                answers[i].emplace(transport.fetch(requests[i]));
            else
                answers[i].emplace(not_begun());
        }
    };
    {
        const std::size_t wished = std::min(at_once, requests.size());
        std::vector<std::jthread> helpers;
        bool more = true;
        while (more && helpers.size() + 1 < wished) more = add_helper(helpers, take_turns);
        // Fewer threads than wished for only make it slower: the caller's own thread does the rest.
        take_turns();
    }
    std::vector<Result<FetchResponse>> results;
    results.reserve(answers.size());
    for (auto& answer : answers) results.push_back(std::move(*answer));
    return results;
}

} // namespace wta
