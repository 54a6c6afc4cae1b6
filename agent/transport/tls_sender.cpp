#include "agent/transport/tls_sender.h"

#include "common/base/utf.h"

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/write.hpp>
#include <fmt/format.h>
#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/ssl.h>

#include <array>
#include <exception>

namespace wta {
namespace {

namespace net = boost::asio;
using boost::system::error_code;

// What the server has said while nothing was expected of it.
struct Heard {
    std::array<char, 1> data{};
    std::size_t bytes = 0;
    std::optional<error_code> outcome;
};

bool is_end(const error_code& code) {
    return code == net::error::eof || code == net::ssl::error::stream_truncated;
}

bool is_breaking_off(const error_code& code) {
    return code == net::error::connection_reset || code == net::error::broken_pipe;
}

// What OpenSSL says of data that comes while it waits for close_notify.
bool is_answer(const error_code& code) {
    return code.category() == net::error::get_ssl_category() &&
           ERR_GET_REASON(static_cast<unsigned long>(code.value())) ==
               SSL_R_APPLICATION_DATA_AFTER_CLOSE_NOTIFY;
}

std::unexpected<Error> answered() {
    return refuse(ReasonCode::truncated,
                  "the server answers, which no receiver of syslog over TLS does (RFC 5425)");
}

std::unexpected<Error> ended_early(const Connection& connection, const Heard& heard) {
    if (heard.bytes > 0) return answered();
    const bool asked = connection.client_certificate() != ClientCertificate::not_asked_for;
    if (!is_end(*heard.outcome) || asked) return std::unexpected(connection.failure(*heard.outcome));
    return refuse(ReasonCode::truncated, "the server ended the connection before it was sent everything");
}

// The first fatal alert that the server sends. Of an SSL_shutdown() that meets one OpenSSL says that it
// succeeded (ssl3_shutdown: whatever ended the reading will do).
class FatalAlert {
public:
    explicit FatalAlert(SSL* tls) : tls_(tls) {
        SSL_set_msg_callback(tls_, note);
        SSL_set_msg_callback_arg(tls_, this);
    }
    ~FatalAlert() { SSL_set_msg_callback(tls_, nullptr); }
    FatalAlert(const FatalAlert&) = delete;
    FatalAlert& operator=(const FatalAlert&) = delete;

    // As OpenSSL itself says it of a read that meets one.
    [[nodiscard]] error_code outcome() const {
        if (!alert_) return {};
        const auto code = ERR_PACK(ERR_LIB_SSL, 0, SSL_AD_REASON_OFFSET + *alert_);
        return {static_cast<int>(code), net::error::get_ssl_category()};
    }

private:
    static void note(int sent, int, int type, const void* content, std::size_t size, SSL*, void* self) {
        auto& alert = static_cast<FatalAlert*>(self)->alert_;
        const auto* bytes = static_cast<const unsigned char*>(content);
        if (sent == 0 && type == SSL3_RT_ALERT && size == 2 && bytes[0] == SSL3_AL_FATAL && !alert)
            alert = bytes[1];
    }

    SSL* tls_;
    std::optional<int> alert_;
};

// Listens meanwhile: whoever has ended before everything was sent cannot have read it, even if he did it in
// order; and with TLS 1.3 it comes only now whether the server wants to talk to us.
Result<void> write_all(Connection& connection, ByteView bytes) {
    connection.enter(FetchPhase::request);
    Heard heard;
    net::cancellation_signal enough; // unlike cancel() of the socket it counts between two steps of TLS, too
    connection.tls().async_read_some(
        net::buffer(heard.data),
        net::bind_cancellation_slot(enough.slot(), [&heard](const error_code& code, std::size_t count) {
            heard.outcome = code;
            heard.bytes = count;
        }));
    const auto code = connection.complete([&](auto done) {
        net::async_write(connection.tls(), net::buffer(bytes.data(), bytes.size()), std::move(done));
    });
    enough.emit(net::cancellation_type::terminal);
    connection.io().restart();
    connection.io().run();
    if (heard.outcome != net::error::operation_aborted) return ended_early(connection, heard);
    if (code) return std::unexpected(connection.failure(code));
    return {};
}

// close_notify both ways (RFC 8446, 6.1), or the end of the connection instead of the server's.
Result<void> end(Connection& connection) {
    connection.enter(FetchPhase::ending);
    const FatalAlert alert(connection.tls().native_handle());
    auto code = connection.complete([&](auto done) { connection.tls().async_shutdown(std::move(done)); });
    if (!code) code = alert.outcome();
    if (!code || is_end(code)) return {};
    if (is_answer(code)) return answered();
    if (is_breaking_off(code)) {
        return refuse(
            ReasonCode::truncated,
            fmt::format("the server broke the connection off instead of ending it ({}), so it may not "
                        "have read everything",
                        words(code)));
    }
    return std::unexpected(connection.failure(code));
}

} // namespace

Result<void> send_over_tls(const HttpUrl& server, ByteView bytes, const ConnectionOptions& options,
                           Conversation::Clock::time_point deadline, FetchProgress& progress) {
    // What OpenSSL keeps for this thread goes before the thread's caller goes on.
    struct ThreadEnd {
        ~ThreadEnd() { OPENSSL_thread_stop(); }
    };
    try {
        const ThreadEnd at_end;
        Connection connection(server, options, deadline, progress);
        WTA_TRY(connection.connect());
        WTA_TRY(connection.handshake());
        WTA_TRY(write_all(connection, bytes));
        return end(connection);
    } catch (const std::exception& exception) {
        return refuse(
            ReasonCode::connect_failed,
            fmt::format("the report's way there was given up: {}", printable(exception.what(), 300)),
            ErrorCode::io);
    }
}

} // namespace wta
