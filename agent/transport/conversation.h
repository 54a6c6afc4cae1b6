// The steps of talking to one server: each ends when the time is over, and each failure gets its reason.
#pragma once

#include "agent/transport/progress.h"
#include "agent/transport/tls_verdict.h"
#include "common/base/error.h"

#include <boost/asio/io_context.hpp>
#include <boost/system/error_code.hpp>

#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace wta {

// The outcome of a step that did not end in its time; the system never says it of a socket.
[[nodiscard]] boost::system::error_code time_is_over();

// The system's words for an outcome, made safe to print.
[[nodiscard]] std::string words(const boost::system::error_code& code);

class Conversation {
public:
    using Clock = std::chrono::steady_clock;

    // `host` is whom messages name; `progress` always says what is being waited for.
    Conversation(std::string host, Clock::time_point deadline, FetchProgress& progress)
        : host_(std::move(host)), deadline_(deadline), progress_(progress) {}
    virtual ~Conversation() = default;
    Conversation(const Conversation&) = delete;
    Conversation& operator=(const Conversation&) = delete;

    boost::asio::io_context& io() { return io_; }

    // Runs one asynchronous operation to its end, or until the time is over; what was begun before and still
    // runs goes on beside it. The clock is looked at between any two steps: a timer of the stream
    // (beast::tcp_stream) is never heard while there always is something to read.
    template <class Start>
    boost::system::error_code complete(Start start, Clock::time_point until) {
        std::optional<boost::system::error_code> outcome;
        start([&outcome](const boost::system::error_code& code, const auto&...) { outcome = code; });
        io_.restart();
        while (!outcome && io_.run_one_until(until) != 0) {}
        if (outcome) return *outcome;
        hang_up();
        io_.restart();
        io_.run();
        return time_is_over();
    }
    template <class Start>
    boost::system::error_code complete(Start start) {
        return complete(std::move(start), deadline_);
    }

    // Ends what an operation on the stream waits for.
    virtual void hang_up() = 0;

    void enter(FetchPhase phase) { progress_.phase = phase; }
    [[nodiscard]] FetchPhase phase() const { return progress_.phase; }
    [[nodiscard]] Clock::time_point deadline() const { return deadline_; }
    // Whether the server asked us for a certificate, and what it was given.
    [[nodiscard]] ClientCertificate client_certificate() const { return client_certificate_; }

    // What a failed read or write means while an answer is expected.
    [[nodiscard]] Error failure(const boost::system::error_code& code) const;
    // truncated; authentication_required where the server had asked for a certificate.
    [[nodiscard]] Error ended_too_early(std::string_view how) const;

protected:
    [[nodiscard]] Error timed_out() const;
    [[nodiscard]] Error tls_error(const boost::system::error_code& code) const;

    std::string host_;                                                        // NOLINT: shared on purpose
    ClientCertificate client_certificate_ = ClientCertificate::not_asked_for; // NOLINT
    boost::asio::io_context io_{1};                                           // NOLINT

private:
    Clock::time_point deadline_;
    FetchProgress& progress_;
};

} // namespace wta
