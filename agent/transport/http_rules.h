// What is asked of an HTTP server, and which of its answers are accepted: pure rules, no network.
#pragma once

#include "agent/transport/http_url.h"
#include "common/base/result.h"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace wta {

inline constexpr std::size_t max_header_bytes = 8 * 1024; // of one answer, status line included
inline constexpr int max_informational = 5;               // 1xx answers before the real one

struct HeaderField {
    std::string name;
    std::string value;
};

// An answer up to its body. `version` is 10 or 11.
struct ResponseHead {
    unsigned version = 11;
    unsigned status = 0;
    std::string reason;
    std::vector<HeaderField> fields;
};

// What was asked, as far as it decides which answers make sense.
struct Asked {
    bool tls = false;
    bool etag_sent = false;
    bool proxy_may_answer = false; // plain http through a proxy: the answer may be the proxy's own
    std::size_t limit = 0;         // bytes of body
};

struct BodyFollows {
    std::optional<std::uint64_t> length; // nothing: chunked, or until the end of the TLS stream
    bool operator==(const BodyFollows&) const = default;
};
struct NotModified {
    bool operator==(const NotModified&) const = default;
};
struct RedirectTo {
    std::string location;
    bool operator==(const RedirectTo&) const = default;
};
using HeadVerdict = std::variant<BodyFollows, NotModified, RedirectTo>;

// Decides over a final answer (no 1xx). Errors: authentication_required, proxy_authentication_required,
// http_status, http_malformed, body_encoded, body_too_large, redirect_refused (without a target), and
// truncated: over plain http a body without a length cannot be told from a truncated one.
[[nodiscard]] Result<HeadVerdict> judge(const ResponseHead& head, const Asked& asked);

// Whether the body of a final answer to a POST is read: not where there is none (204, 205, 304), nor where it
// is encoded, because nothing is ever decoded. Errors: http_malformed, body_too_large (`limit` in bytes).
[[nodiscard]] Result<bool> judge_answer_body(const ResponseHead& head, std::size_t limit);

// Decides over a proxy's answer to CONNECT: the tunnel stands, proxy_authentication_required or proxy_failed.
[[nodiscard]] Result<void> judge_tunnel(const ResponseHead& head);

// The value of the field `name`; nothing where there is none, or more than one.
[[nodiscard]] std::optional<std::string_view> only_value(const ResponseHead& head, std::string_view name);

// RFC 9110, 8.8.3, ASCII, at most 256 bytes: only such a value is kept from an answer and sent in a request.
[[nodiscard]] bool is_entity_tag(std::string_view text);
// The one entity tag of an answer; nothing when there is none or it is not sane.
[[nodiscard]] std::optional<std::string> entity_tag(const ResponseHead& head);

struct RequestOptions {
    std::string user_agent;
    std::optional<std::string> etag; // sent only where is_entity_tag
    bool absolute_form = false;      // to a proxy, over plain http (RFC 9112, 3.2.2)
};

// Host and User-Agent, as in every request; `host` as host_header().
[[nodiscard]] std::string common_fields(std::string_view host, std::string_view user_agent);

// The bytes of the request. Nothing in it ever answers a demand for credentials.
[[nodiscard]] std::string get_request(const HttpUrl& url, const RequestOptions& options);
[[nodiscard]] std::string connect_request(const HttpUrl& url, std::string_view user_agent);

} // namespace wta
