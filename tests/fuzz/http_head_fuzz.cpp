#include "agent/transport/http_rules.h"
#include "agent/transport/http_url.h"
#include "agent/transport/https.h"
#include "agent/transport/retry_after.h"
#include "tests/fuzz/targets.h"

#include <algorithm>
#include <array>

namespace wta::fuzz {
namespace {

constexpr std::size_t limit = 48; // small, so that short inputs reach it
constexpr std::string_view https = "https://pki.example.com/wsus/a.cer";
constexpr std::string_view http = "http://pki.example.com/wsus/a.cer";

// The reasons with which the reading of an answer may end.
bool about_answers(ReasonCode reason) {
    constexpr std::array known{ReasonCode::http_malformed,    ReasonCode::http_status,
                               ReasonCode::headers_too_large, ReasonCode::body_too_large,
                               ReasonCode::body_encoded,      ReasonCode::truncated,
                               ReasonCode::redirect_refused,  ReasonCode::authentication_required};
    return std::ranges::find(known, reason) != known.end();
}

void claim_answer(const HttpAnswer& answer, const FetchRequest& request) {
    if (const auto* redirect = std::get_if<RedirectTo>(&answer)) {
        const auto from = parse_http_url(request.location);
        const auto to = follow_redirect(*from, redirect->location, 0);
        claim(!to || (from->tls && to->tls && to->host == from->host && to->port == from->port),
              "a redirect left https, the host or the port");
        if (!to) claim_printable_line(to.error().message, "the message about a redirect");
        return;
    }
    const auto& response = std::get<FetchResponse>(answer);
    claim(response.body.size() <= request.limit, "a body larger than the limit");
    claim(!response.etag || is_entity_tag(*response.etag), "an entity tag that must not be sent");
    claim(!response.not_modified || (request.etag && response.body.empty()), "not modified since nothing");
}

// The same bytes must mean the same, however they arrive. Only why they are refused may differ: where they
// end inside a head, because Beast does not look at pieces of one; and where a chunk's line is malformed,
// because Beast, when it looks at it again with more of it, counts the chunk's size again.
void claim_same(const Result<HttpAnswer>& one, const Result<HttpAnswer>& other) {
    claim(one.has_value() == other.has_value(), "an answer depends on how it arrives");
    if (!one) {
        const auto excused = [](const Result<HttpAnswer>& answer) {
            return answer.error().reason == ReasonCode::truncated ||
                   answer.error().reason == ReasonCode::body_too_large;
        };
        return claim(one.error().reason == other.error().reason || excused(one) || excused(other),
                     "a refusal depends on how it arrives");
    }
    claim(one->index() == other->index(), "the kind of answer depends on how it arrives");
    const auto* response = std::get_if<FetchResponse>(&*one);
    claim(response == nullptr || *response == std::get<FetchResponse>(*other),
          "a body depends on how it arrives");
}

// By our own reading of RFC 9112 6.3: what says how long it is twice is ambiguous, and never a publication.
void claim_unambiguous(std::string_view text) {
    const std::string_view head = text.substr(0, text.find("\r\n\r\n"));
    std::size_t lengths = 0;
    std::size_t encodings = 0;
    for (std::size_t line = head.find("\r\n"); line != std::string_view::npos;
         line = head.find("\r\n", line + 2)) {
        const std::string_view field = head.substr(line + 2);
        if (field.starts_with("Content-Length:")) ++lengths;
        if (field.starts_with("Transfer-Encoding:")) ++encodings;
    }
    claim(lengths <= 1 && encodings <= 1 && lengths + encodings <= 1, "an answer with two lengths was taken");
    claim(head.find('\0') == std::string_view::npos, "an answer with NUL in its head was taken");
    claim(head.size() <= max_header_bytes, "a head larger than the limit was taken");
}

// The same bytes as the answer to a POST: any status is one, and nothing of it is longer than what is
// allowed.
void claim_post_answer(ByteView bytes, std::size_t at_once) {
    const auto answer = read_post_answer(bytes, 4096);
    const auto pieces = read_post_answer(bytes, at_once);
    claim(answer.has_value() == pieces.has_value(), "an answer to a POST depends on how it arrives");
    if (!answer) {
        claim(answer.error().reason && about_answers(*answer.error().reason),
              "an error of a POST without its reason");
        return claim_printable_line(answer.error().message, "the message about an answer to a POST");
    }
    claim(answer->status == pieces->status && answer->body == pieces->body,
          "the body of an answer to a POST depends on how it arrives");
    claim(answer->status >= 200, "an informational answer to a POST was taken for the answer");
    claim(answer->body.size() <= max_answer_bytes, "the answer to a POST is larger than the limit");
    claim(!answer->retry_after ||
              (answer->retry_after->count() >= 0 && *answer->retry_after <= longest_retry_after),
          "a time to wait that makes no sense");
}

} // namespace

void http_head(ByteView input) {
    if (input.empty()) return;
    const auto how = std::to_integer<unsigned>(input.front());
    const ByteView bytes = input.subspan(1);
    claim_post_answer(bytes, std::size_t{1} << ((how >> 2U) & 7U));
    FetchRequest request{.location = std::string((how & 1U) != 0 ? http : https), .limit = limit};
    if ((how & 2U) != 0) request.etag = "\"1\"";
    const auto answer = read_answer(request, bytes, 4096);
    // 2, 4, … 128 bytes, or 1, at a time.
    claim_same(answer, read_answer(request, bytes, std::size_t{1} << ((how >> 2U) & 7U)));
    if (!answer) {
        claim(answer.error().reason && about_answers(*answer.error().reason), "an error without its reason");
        claim_printable_line(answer.error().message, "the message about an answer");
        return;
    }
    claim_answer(*answer, request);
    // Before the answer there may be others, with heads of their own.
    if (as_text(bytes).starts_with("HTTP/1.1 200")) claim_unambiguous(as_text(bytes));
}

std::vector<Bytes> http_head_seeds() {
    std::vector<Bytes> seeds;
    const auto add = [&seeds](char how, std::string_view text) {
        Bytes seed{static_cast<std::byte>(how)};
        seed.insert(seed.end(), as_byte_view(text).begin(), as_byte_view(text).end());
        seeds.push_back(std::move(seed));
    };
    for (const std::string_view text : {
             "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello",
             "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nETag: \"abc\"\r\n\r\nhello",
             "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhello",
             "HTTP/1.1 200 OK\r\nContent-Length: 99999999999999999999\r\n\r\n",
             "HTTP/1.1 200 OK\r\nContent-Length: 49\r\n\r\n",
             "HTTP/1.1 200 OK\r\n\r\nuntil the end",
             "HTTP/1.0 200 OK\r\n\r\nuntil the end",
             "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n3;x=y\r\nabc\r\n0\r\nX: "
             "y\r\n\r\n",
             "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
             "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nFFFFFFFFFFFFFFFF\r\nx",
             "HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n",
             "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n0\r\n\r\n",
             "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nhello",
             "HTTP/1.1 200 OK\r\nContent-Length: -5\r\n\r\nhello",
             "HTTP/1.1 200 OK\r\nContent-Encoding: br\r\nContent-Length: 5\r\n\r\nhello",
             "HTTP/1.1 200 OK\r\nA: b\r\n c\r\nContent-Length: 0\r\n\r\n",
             "HTTP/1.1 200 OK\r\nA : b\r\n\r\n",
             "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early\r\nLink: x\r\n\r\nHTTP/1.1 200 "
             "OK\r\nContent-Length: 0\r\n\r\n",
             "HTTP/1.1 101 Switching Protocols\r\n\r\n",
             "HTTP/1.1 301 Moved\r\nLocation: /other.cer\r\nContent-Length: 0\r\n\r\n",
             "HTTP/1.1 302 Found\r\nLocation: https://pki.example.com/x#y\r\n\r\n",
             "HTTP/1.1 307 \r\nLocation: http://pki.example.com/x\r\nLocation: //evil.example\r\n\r\n",
             "HTTP/1.1 304 Not Modified\r\n\r\n",
             "HTTP/1.1 401 Unauthorized\r\nWWW-Authenticate: Negotiate\r\nWWW-Authenticate: NTLM x\r\n\r\n",
             "HTTP/1.1 407 Proxy\r\nProxy-Authenticate: Basic realm=\"x\"\r\n\r\n",
             "HTTP/1.1 404 Not\x1B[31m Found\r\n\r\n",
             "HTTP/1.1 429 Later\r\nRetry-After: 120\r\nContent-Length: 5\r\n\r\nlater",
             "HTTP/1.1 503 Later\r\nRetry-After: Sun, 06 Nov 1994 08:49:37 GMT\r\n\r\nlater",
             "HTTP/1.1 413 Long\r\nRetry-After: Sunday, 06-Nov-94 08:49:37 GMT\r\n\r\n",
             "HTTP/1.1 202 Taken\r\nRetry-After: Sun Nov  6 08:49:37 1994\r\nContent-Encoding: gzip\r\n\r\nx",
             "HTTP/1.1 204 No Content\r\n\r\n",
             "HTTP/1.1 099 No Status\r\n\r\n",
             "HTTP/0.9 200 OK\r\n\r\n",
             "<html></html>",
             "\r\n\r\n",
         })
        add(0, text);
    add(1, "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello");
    add(1, "HTTP/1.1 200 OK\r\n\r\nuntil the end");
    add(2, "HTTP/1.1 304 Not Modified\r\nETag: \"1\"\r\n\r\n");
    add(8, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n");
    return seeds;
}

} // namespace wta::fuzz
