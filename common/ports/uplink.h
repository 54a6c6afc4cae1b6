// Takes a report to a server, within one total deadline and hard size limits.
#pragma once

#include "common/base/bytes.h"
#include "common/base/result.h"

#include <chrono>
#include <optional>
#include <string>
#include <vector>

namespace wta {

struct PostField {
    std::string name;
    std::string value; // visible ASCII and single blanks
    bool operator==(const PostField&) const = default;
};

struct PostRequest {
    std::string url;                 // https://; http:// for this machine only (loopback)
    std::vector<PostField> fields{}; // beyond Host, User-Agent, Accept, Content-Length, Connection
    std::string body{};
    std::optional<std::string>
        client_certificate{}; // a file, PEM or PKCS #12 without a password: certificate, chain, key
    bool operator==(const PostRequest&) const = default;
};

struct PostAnswer {
    unsigned status = 0;                               // any that is final
    std::optional<std::chrono::seconds> retry_after{}; // RFC 9110, 10.2.3, in either form, from now
    std::string body{};
    bool operator==(const PostAnswer&) const = default;
};

inline constexpr std::size_t max_answer_bytes = 64 * 1024; // of an answer's body

// Where a stream of bytes goes over TLS.
struct TlsAddress {
    std::string host; // ASCII; an IPv6 address without its brackets
    std::string port; // decimal
    bool operator==(const TlsAddress&) const = default;
};

// Safe to call from several threads at once. Each call ends at `deadline`, whatever hangs, and an Error says
// in its reason (those of the fetch group of ReasonCode) what stood in the way; then it is not known whether
// the server has got it. `invalid` without a reason: a field of the request must not be sent.
class Uplink {
public:
    using Deadline = std::chrono::steady_clock::time_point;

    virtual ~Uplink() = default;

    // One request, and its complete answer, whatever its status: redirects are not followed, and a demand for
    // credentials is an answer like any other. An answer that is too long, or does not end, is an Error.
    virtual Result<PostAnswer> post(const PostRequest& request, Deadline deadline) = 0;

    // All bytes, then the end of the stream; returns when the server has ended its side in order
    // (close_notify, or the end of the connection), which it does after it has read everything. TLS cannot
    // say more than that.
    virtual Result<void> send(const TlsAddress& address, ByteView bytes, Deadline deadline) = 0;
};

} // namespace wta
