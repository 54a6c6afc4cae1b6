#include "agent/transport/conversation.h"

#include "common/base/utf.h"

#include <boost/asio/error.hpp>
#include <boost/asio/ssl/error.hpp>
#include <fmt/format.h>

namespace wta {
namespace {

namespace net = boost::asio;
using boost::system::error_code;

constexpr std::size_t quoted_bytes = 300;

bool is_end_of_connection(const error_code& code) {
    return code == net::error::eof || code == net::ssl::error::stream_truncated ||
           code == net::error::broken_pipe || code == net::error::connection_reset;
}

} // namespace

// Of the generic category: what the system says of sockets is of its own.
error_code time_is_over() { return make_error_code(boost::system::errc::stream_timeout); }

std::string words(const error_code& code) {
    return code == time_is_over() ? std::string("no answer in time")
                                  : printable(code.message(), quoted_bytes);
}

Error Conversation::timed_out() const {
    // The sentence is made by the caller, who knows the time-out; here only the reason counts.
    return {ErrorCode::timed_out, "the time is over", std::nullopt, ReasonCode::timed_out};
}

Error Conversation::tls_error(const error_code& code) const {
    return tls_handshake_error(host_, static_cast<unsigned long>(code.value()), client_certificate_);
}

Error Conversation::ended_too_early(std::string_view how) const {
    // TLS 1.3 has no other way to say that it does without who has no certificate (RFC 8446, 4.4.2.4), and
    // not every server sends the alert.
    const bool none_given = client_certificate_ == ClientCertificate::never_offered ||
                            client_certificate_ == ClientCertificate::not_configured;
    if (none_given && phase() < FetchPhase::body)
        return client_certificate_error(host_, how, client_certificate_);
    return {ErrorCode::invalid, fmt::format("the connection ended before the answer was complete ({})", how),
            std::nullopt, ReasonCode::truncated};
}

Error Conversation::failure(const error_code& code) const {
    if (code == time_is_over()) return timed_out();
    if (is_end_of_connection(code)) return ended_too_early(words(code));
    if (code.category() == net::error::get_ssl_category()) return tls_error(code);
    return {ErrorCode::unreachable, fmt::format("the connection failed: {}", words(code)), code.value(),
            ReasonCode::connect_failed};
}

} // namespace wta
