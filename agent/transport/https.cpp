#include "agent/transport/https.h"

#include "agent/transport/http_url.h"
#include "agent/transport/retry_after.h"
#include "common/base/utf.h"

#include <boost/asio/buffer.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/error.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/string_body.hpp>
#include <fmt/format.h>
#include <openssl/crypto.h>

#include <algorithm>
#include <exception>
#include <utility>

namespace wta {
namespace {

namespace net = boost::asio;
namespace beast = boost::beast;
namespace http = boost::beast::http;
using boost::system::error_code;
using Clock = std::chrono::steady_clock;
using Parser = http::response_parser<http::string_body>;

// Holds one answer's headers, or what the parser needs to see at once of a chunked body.
constexpr std::size_t buffer_bytes = 2 * max_header_bytes;
constexpr std::size_t read_bytes = 4096;
constexpr std::size_t quoted_bytes = 300;
// "0\r\n\r\n". Beast 1.81 asserts that it was given that much when it goes on after the line of an empty
// first chunk.
constexpr std::size_t shortest_chunked_body = 5;

bool is_http_error(const error_code& code) {
    return code.category() == error_code(http::error::end_of_stream).category();
}

ResponseHead to_head(const Parser::value_type& message) {
    ResponseHead head{message.version(), message.result_int(), std::string(message.reason()), {}};
    for (const auto& field : message.base()) {
        head.fields.push_back({std::string(field.name_string()), std::string(field.value())});
    }
    return head;
}

// A request and its answer, over any stream.
template <class Stream>
class Exchange {
public:
    Exchange(Conversation& conversation, Stream& stream) : conversation_(conversation), stream_(stream) {
        buffer_.reserve(buffer_bytes); // once, instead of growing with what arrives
    }

    Result<void> send(const std::string& text);
    // Goes on beside the reading; `text` must stay as long as the conversation.
    void begin_to_send(const std::string& text);
    // An answer up to its body.
    Result<ResponseHead> read_head(bool without_body = false);
    // The same, after those that only inform.
    Result<ResponseHead> read_final_head();
    Result<Bytes> read_body(std::size_t limit);

    [[nodiscard]] bool has_more() const { return buffer_.size() != 0; }

private:
    Result<void> read_more();
    [[nodiscard]] std::unexpected<Error> failed(const error_code& code) const;

    Conversation& conversation_;
    Stream& stream_;
    beast::flat_buffer buffer_{buffer_bytes};
    std::optional<Parser> parser_;
    std::size_t limit_ = 0; // of the body
};

// A stream whose other end sent what is known, and hung up.
class Recording {
public:
    using executor_type = net::io_context::executor_type; // NOLINT: Asio's word

    Recording(net::io_context& io, ByteView bytes, std::size_t at_once)
        : io_(io), rest_(bytes), at_once_(at_once) {}

    executor_type get_executor() { return io_.get_executor(); }

    template <class Buffers, class Handler>
    void async_read_some(const Buffers& buffers, Handler&& handler) {
        const std::size_t count =
            net::buffer_copy(buffers, net::buffer(rest_.data(), std::min(at_once_, rest_.size())));
        rest_ = rest_.subspan(count);
        finish(std::forward<Handler>(handler), count == 0 ? net::error::eof : error_code(), count);
    }
    template <class Buffers, class Handler>
    void async_write_some(const Buffers& buffers, Handler&& handler) {
        finish(std::forward<Handler>(handler), error_code(), net::buffer_size(buffers));
    }

private:
    template <class Handler>
    void finish(Handler&& handler, error_code code, std::size_t count) {
        net::post(
            io_, [code, count, handler = std::forward<Handler>(handler)]() mutable { handler(code, count); });
    }

    net::io_context& io_;
    ByteView rest_;
    std::size_t at_once_;
};

// A recording ends by itself.
class RecordedConversation final : public Conversation {
public:
    RecordedConversation(std::string host, FetchProgress& progress)
        : Conversation(std::move(host), Clock::time_point::max(), progress) {}

private:
    void hang_up() override {}
};

// What a failed read or write means while an answer is expected.
template <class Stream>
std::unexpected<Error> Exchange<Stream>::failed(const error_code& code) const {
    if (code == http::error::end_of_stream || code == http::error::partial_message) {
        return std::unexpected(conversation_.ended_too_early(words(code)));
    }
    if (code == http::error::header_limit) {
        return refuse(ReasonCode::headers_too_large,
                      fmt::format("the headers of the answer are longer than {} bytes", max_header_bytes));
    }
    if (code == http::error::body_limit) {
        return refuse(ReasonCode::body_too_large,
                      fmt::format("the body is longer than the limit of {} bytes", limit_));
    }
    if (code == http::error::buffer_overflow) {
        return refuse(
            ReasonCode::http_malformed,
            fmt::format("the answer breaks the rules of HTTP: what stands around its chunks is longer "
                        "than {} bytes",
                        buffer_bytes));
    }
    if (code == http::error::bad_version) {
        return refuse(
            ReasonCode::http_malformed,
            "the answer breaks the rules of HTTP: it does not begin as one of HTTP/1.1 or 1.0 does");
    }
    if (is_http_error(code)) {
        return refuse(ReasonCode::http_malformed,
                      fmt::format("the answer breaks the rules of HTTP: {}", words(code)));
    }
    return std::unexpected(conversation_.failure(code));
}

template <class Stream>
Result<void> Exchange<Stream>::send(const std::string& text) {
    const auto code = conversation_.complete(
        [&](auto done) { net::async_write(stream_, net::buffer(text), std::move(done)); });
    if (code) return failed(code);
    return {};
}

// When it fails, the reading tells why: an answer that came before, or the end of the connection.
template <class Stream>
void Exchange<Stream>::begin_to_send(const std::string& text) {
    net::async_write(stream_, net::buffer(text),
                     [&conversation = conversation_](const error_code& code, std::size_t) {
                         if (!code && conversation.phase() == FetchPhase::request)
                             conversation.enter(FetchPhase::headers);
                     });
}

// Appends what arrives next to the buffer.
template <class Stream>
Result<void> Exchange<Stream>::read_more() {
    const auto space = buffer_.prepare(std::min(read_bytes, buffer_.max_size() - buffer_.size()));
    const auto code = conversation_.complete([&](auto done) {
        stream_.async_read_some(space, [this, done](const error_code& ended, std::size_t bytes) mutable {
            buffer_.commit(bytes);
            done(ended);
        });
    });
    if (code) return failed(code);
    return {};
}

// The bytes are counted here: the parser's own limit starts anew with every field that is followed by less
// than three bytes of the next.
template <class Stream>
Result<ResponseHead> Exchange<Stream>::read_head(bool without_body) {
    parser_.emplace();
    parser_->header_limit(max_header_bytes);
    parser_->body_limit(boost::none);
    parser_->skip(without_body);
    std::size_t consumed = 0;
    std::size_t unfinished = 0; // bytes that the parser has seen and cannot use without more
    while (!parser_->is_header_done()) {
        if (buffer_.size() <= unfinished) WTA_TRY(read_more());
        error_code code;
        const std::size_t used = parser_->put(buffer_.data(), code);
        buffer_.consume(used);
        consumed += used;
        unfinished = buffer_.size();
        const std::size_t seen = parser_->is_header_done() ? consumed : consumed + unfinished;
        if (seen > max_header_bytes) return failed(http::error::header_limit);
        if (code && code != http::error::need_more) return failed(code);
    }
    return to_head(parser_->get());
}

template <class Stream>
Result<ResponseHead> Exchange<Stream>::read_final_head() {
    auto head = read_head();
    for (int i = 0; head && head->status / 100 == 1; ++i) {
        if (i == max_informational || head->status == 101) {
            return refuse(ReasonCode::http_malformed,
                          fmt::format("the server keeps answering {} instead of an answer", head->status));
        }
        head = read_head();
    }
    return head;
}

template <class Stream>
Result<Bytes> Exchange<Stream>::read_body(std::size_t limit) {
    conversation_.enter(FetchPhase::body);
    limit_ = limit;
    parser_->body_limit(limit);
    while (parser_->chunked() && buffer_.size() < shortest_chunked_body) WTA_TRY(read_more());
    if (!parser_->is_done()) {
        const auto code = conversation_.complete(
            [&](auto done) { http::async_read(stream_, buffer_, *parser_, std::move(done)); });
        if (code) return failed(code);
    }
    return to_bytes(as_byte_view(parser_->get().body()));
}

// Through the proxy to the server.
Result<void> tunnel(Connection& connection, const HttpUrl& url, std::string_view user_agent) {
    connection.enter(FetchPhase::proxy);
    const auto proxy_error = [](Error error) {
        if (error.reason != ReasonCode::timed_out) error.reason = ReasonCode::proxy_failed;
        return within_context("the proxy", std::move(error));
    };
    Exchange exchange(connection, connection.tcp());
    if (auto sent = exchange.send(connect_request(url, user_agent)); !sent) {
        return proxy_error(std::move(sent).error());
    }
    auto head = exchange.read_head(true);
    if (!head) return proxy_error(std::move(head).error());
    WTA_TRY(judge_tunnel(*head));
    if (exchange.has_more()) {
        return refuse(ReasonCode::proxy_failed, "the proxy sent data of its own into the tunnel");
    }
    return {};
}

// To where the request can be sent: over TLS the server is known then.
Result<void> reach(Connection& connection, const HttpUrl& url, const HttpOptions& options) {
    WTA_TRY(connection.connect());
    if (!url.tls) return {};
    if (options.connection.proxy) WTA_TRY(tunnel(connection, url, options.user_agent));
    return connection.handshake();
}

// What is asked of one server.
struct Question {
    const HttpUrl& url;
    const FetchRequest& request;
    const HttpOptions& options;
};

template <class Stream>
Result<HttpAnswer> get(Conversation& conversation, Stream& stream, const Question& question) {
    const auto& [url, request, options] = question;
    const bool absolute_form = options.connection.proxy.has_value() && !url.tls;
    const bool conditional = request.etag && is_entity_tag(*request.etag);
    Exchange exchange(conversation, stream);
    conversation.enter(FetchPhase::request);
    WTA_TRY(exchange.send(get_request(url, {options.user_agent, request.etag, absolute_form})));
    conversation.enter(FetchPhase::headers);
    auto head = exchange.read_final_head();
    if (!head) return std::unexpected(std::move(head).error());

    auto verdict = judge(*head, {url.tls, conditional, absolute_form, request.limit});
    if (!verdict) {
        Error error = std::move(verdict).error();
        if (conversation.client_certificate() != ClientCertificate::not_asked_for &&
            error.reason == ReasonCode::http_status)
            error.message += "; it had asked for a client certificate, and none is ever offered";
        return std::unexpected(std::move(error));
    }
    if (auto* redirect = std::get_if<RedirectTo>(&*verdict)) return std::move(*redirect);
    if (std::holds_alternative<NotModified>(*verdict)) return FetchResponse{true, {}, request.etag};
    auto body = exchange.read_body(request.limit);
    if (!body) return std::unexpected(std::move(body).error());
    return FetchResponse{false, std::move(*body), entity_tag(*head)};
}

Result<HttpAnswer> ask(const Question& question, Clock::time_point deadline, FetchProgress& progress) {
    Connection connection(question.url, question.options.connection, deadline, progress);
    WTA_TRY(reach(connection, question.url, question.options));
    return question.url.tls ? get(connection, connection.tls(), question)
                            : get(connection, connection.tcp(), question);
}

Result<FetchResponse> follow(const FetchRequest& request, const HttpOptions& options,
                             Clock::time_point deadline, FetchProgress& progress) {
    auto url = parse_http_url(request.location);
    for (int redirects = 0; url; ++redirects) {
        auto answer = ask({*url, request, options}, deadline, progress);
        if (!answer) return std::unexpected(std::move(answer).error());
        if (auto* response = std::get_if<FetchResponse>(&*answer)) return std::move(*response);
        url = follow_redirect(*url, std::get<RedirectTo>(*answer).location, redirects);
    }
    return std::unexpected(std::move(url).error());
}

template <class Stream>
Result<PostAnswer> post_over(Conversation& conversation, Stream& stream, const std::string& text) {
    Exchange exchange(conversation, stream);
    conversation.enter(FetchPhase::request);
    exchange.begin_to_send(text);
    auto head = exchange.read_final_head();
    if (!head) return std::unexpected(std::move(head).error());

    PostAnswer answer{.status = head->status};
    if (const auto value = only_value(*head, "Retry-After"))
        answer.retry_after =
            retry_after(*value, std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now()));
    const auto body_follows = judge_answer_body(*head, max_answer_bytes);
    if (!body_follows) return std::unexpected(body_follows.error());
    if (!*body_follows) return answer;
    auto body = exchange.read_body(max_answer_bytes);
    if (!body) return std::unexpected(std::move(body).error());
    answer.body = as_text(*body);
    return answer;
}

// What OpenSSL keeps for this thread goes before the thread's caller goes on.
struct ThreadEnd {
    ~ThreadEnd() { OPENSSL_thread_stop(); }
};

std::unexpected<Error> given_up(std::string_view what, const std::exception& exception) {
    return refuse(ReasonCode::connect_failed,
                  fmt::format("{} was given up: {}", what, printable(exception.what(), quoted_bytes)),
                  ErrorCode::io);
}

} // namespace

Result<HttpAnswer> read_answer(const FetchRequest& request, ByteView bytes, std::size_t at_once) {
    const auto url = parse_http_url(request.location);
    if (!url) return std::unexpected(url.error());
    FetchProgress progress;
    RecordedConversation conversation(url->host, progress);
    Recording recording(conversation.io(), bytes, at_once);
    const HttpOptions options;
    return get(conversation, recording, {*url, request, options});
}

Result<FetchResponse> fetch_http(const FetchRequest& request, const HttpOptions& options,
                                 Clock::time_point deadline, FetchProgress& progress) {
    try {
        const ThreadEnd at_end;
        return follow(request, options, deadline, progress);
    } catch (const std::exception& exception) {
        return given_up("the fetch", exception);
    }
}

Result<PostAnswer> read_post_answer(ByteView bytes, std::size_t at_once) {
    FetchProgress progress;
    RecordedConversation conversation("recorded", progress);
    Recording recording(conversation.io(), bytes, at_once);
    const std::string request;
    return post_over(conversation, recording, request);
}

Result<PostAnswer> post_http(const HttpUrl& url, const std::string& text, const HttpOptions& options,
                             Clock::time_point deadline, FetchProgress& progress) {
    try {
        const ThreadEnd at_end;
        Connection connection(url, options.connection, deadline, progress);
        WTA_TRY(reach(connection, url, options));
        return url.tls ? post_over(connection, connection.tls(), text)
                       : post_over(connection, connection.tcp(), text);
    } catch (const std::exception& exception) {
        return given_up("the report's way there", exception);
    }
}

} // namespace wta
