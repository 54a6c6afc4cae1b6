#include "agent/transport/https.h"

#include "agent/transport/http_url.h"
#include "agent/transport/system_trust.h"
#include "agent/transport/tls_context.h"
#include "agent/transport/tls_verdict.h"
#include "common/base/utf.h"

#include <boost/asio/buffer.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core/error.hpp>
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
using Tcp = net::ip::tcp;
using TlsStream = net::ssl::stream<Tcp::socket&>;
using Parser = http::response_parser<http::string_body>;

// Holds one answer's headers, or what the parser needs to see at once of a chunked body.
constexpr std::size_t buffer_bytes = 2 * max_header_bytes;
constexpr std::size_t read_bytes = 4096;
constexpr std::size_t quoted_bytes = 300;
// "0\r\n\r\n". Beast 1.81 asserts that it was given that much when it goes on after the line of an empty
// first chunk.
constexpr std::size_t shortest_chunked_body = 5;

std::string words(const error_code& code) { return printable(code.message(), quoted_bytes); }

bool is_end_of_connection(const error_code& code) {
    return code == net::error::eof || code == net::ssl::error::stream_truncated ||
           code == net::error::broken_pipe || code == net::error::connection_reset ||
           code == http::error::end_of_stream || code == http::error::partial_message;
}

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

// One request and its answer, over any stream.
class Exchange {
public:
    Exchange(const HttpUrl& url, const FetchRequest& request, const HttpOptions& options,
             Clock::time_point deadline, FetchProgress& progress)
        : url_(url), request_(request), options_(options), deadline_(deadline), progress_(progress) {
        buffer_.reserve(buffer_bytes); // once, instead of growing with what arrives
    }
    virtual ~Exchange() = default;

    template <class Stream>
    Result<HttpAnswer> exchange(Stream& stream);

    net::io_context& io() { return io_; }

protected:
    // Runs one asynchronous operation to its end, or until the time is over. The clock is looked at between
    // any two steps: a timer of the stream (beast::tcp_stream) is never heard while there always is something
    // to read.
    template <class Start>
    error_code complete(Start start, Clock::time_point until) {
        error_code outcome = net::error::operation_aborted;
        start([&outcome](const error_code& code, const auto&...) { outcome = code; });
        io_.restart();
        io_.run_until(until);
        if (io_.stopped()) return outcome;
        hang_up();
        io_.run();
        return beast::error::timeout;
    }
    template <class Start>
    error_code complete(Start start) {
        return complete(std::move(start), deadline_);
    }

    // Ends what an operation on the stream waits for.
    virtual void hang_up() = 0;

    void enter(FetchPhase phase) { progress_.phase = phase; }
    std::unexpected<Error> timed_out() const;
    std::unexpected<Error> tls_error(const error_code& code) const;
    std::unexpected<Error> read_error(const error_code& code) const;

    template <class Stream>
    Result<void> send(Stream& stream, const std::string& text);
    template <class Stream>
    Result<void> read_more(Stream& stream);
    template <class Stream>
    Result<ResponseHead> read_head(Stream& stream, std::optional<Parser>& parser, bool without_body);
    template <class Stream>
    Result<Bytes> read_body(Stream& stream, Parser& parser);

    // Protected, because only Connection shares them.
    const HttpUrl& url_;
    const FetchRequest& request_;
    const HttpOptions& options_;
    Clock::time_point deadline_;
    FetchProgress& progress_;
    net::io_context io_{1};
    bool certificate_demanded_ = false; // by the server, of us
    beast::flat_buffer buffer_{buffer_bytes};
};

// One connection for one exchange: directly, to a proxy, or through its tunnel.
class Connection : private Exchange {
public:
    Connection(const HttpUrl& url, const FetchRequest& request, const HttpOptions& options,
               Clock::time_point deadline, FetchProgress& progress)
        : Exchange(url, request, options, deadline, progress) {}

    Result<HttpAnswer> ask();

private:
    Result<Tcp::resolver::results_type> resolve();
    Result<void> connect();
    Result<void> tunnel();
    Result<void> handshake();
    std::unexpected<Error> handshake_error(const error_code& code,
                                           const std::optional<VerifyFailure>& failure);

    void hang_up() override {
        error_code ignored;
        ignored = tcp_.close(ignored);
    }

    Tcp::socket tcp_{io_};
    std::optional<net::ssl::context> tls_context_;
    std::optional<TlsStream> tls_;
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
class RecordedExchange : public Exchange {
public:
    using Exchange::Exchange;

private:
    void hang_up() override {}
};

std::unexpected<Error> Exchange::timed_out() const {
    // The sentence is made by the caller, who knows the time-out; here only the reason counts.
    return refuse(ReasonCode::timed_out, "the time is over", ErrorCode::timed_out);
}

std::unexpected<Error> Exchange::tls_error(const error_code& code) const {
    return std::unexpected(
        tls_handshake_error(url_.host, static_cast<unsigned long>(code.value()), certificate_demanded_));
}

// What a failed read or write means while an answer is expected.
std::unexpected<Error> Exchange::read_error(const error_code& code) const {
    if (code == beast::error::timeout) return timed_out();
    if (is_end_of_connection(code) && certificate_demanded_ && progress_.phase < FetchPhase::body)
        return std::unexpected(client_certificate_error(url_.host, words(code)));
    if (is_end_of_connection(code)) {
        return refuse(ReasonCode::truncated,
                      fmt::format("the connection ended before the answer was complete ({})", words(code)));
    }
    if (code == http::error::header_limit) {
        return refuse(ReasonCode::headers_too_large,
                      fmt::format("the headers of the answer are longer than {} bytes", max_header_bytes));
    }
    if (code == http::error::body_limit) {
        return refuse(ReasonCode::body_too_large,
                      fmt::format("the body is longer than the limit of {} bytes", request_.limit));
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
    if (code.category() == net::error::get_ssl_category()) return tls_error(code);
    return refuse(ReasonCode::connect_failed, fmt::format("the connection failed: {}", words(code)),
                  ErrorCode::unreachable, code.value());
}

Result<Tcp::resolver::results_type> Connection::resolve() {
    enter(options_.proxy ? FetchPhase::resolving_proxy : FetchPhase::resolving);
    const std::string host = options_.proxy ? options_.proxy->host : resolver_name(url_);
    const std::string& port = options_.proxy ? options_.proxy->port : url_.port;
    Tcp::resolver resolver(io_);
    error_code code;
    auto addresses = resolver.resolve(host, port, net::ip::resolver_base::numeric_service, code);
    if (!code) return addresses;
    const std::string name = printable(host, quoted_bytes);
    if (options_.proxy) {
        return refuse(ReasonCode::proxy_failed,
                      fmt::format("no address was found for the proxy \"{}\": {}", name, words(code)),
                      ErrorCode::unreachable, code.value());
    }
    return refuse(ReasonCode::dns_failed,
                  fmt::format("no address was found for \"{}\": {}", name, words(code)),
                  ErrorCode::unreachable, code.value());
}

// Tries every address in turn, each with its share of the time that is left: one that does not answer must
// not take the time of the next.
Result<void> Connection::connect() {
    auto addresses = resolve();
    if (!addresses) return std::unexpected(std::move(addresses).error());
    enter(options_.proxy ? FetchPhase::connecting_to_proxy : FetchPhase::connecting);
    std::string tried;
    std::size_t not_named = 0; // addresses that were tried, too
    auto left = static_cast<long>(addresses->size());
    error_code code = net::error::host_not_found;
    for (const auto& entry : *addresses) {
        const auto now = Clock::now();
        if (now >= deadline_) return timed_out();
        code = complete([&](auto done) { tcp_.async_connect(entry.endpoint(), std::move(done)); },
                        now + (deadline_ - now) / left--);
        if (!code) return {};
        hang_up();
        if (tried.size() < quoted_bytes) {
            tried += fmt::format("{}{}: {}", tried.empty() ? "" : "; ",
                                 entry.endpoint().address().to_string(), words(code));
        } else {
            ++not_named;
        }
    }
    if (not_named > 0) tried += fmt::format("; and {} more addresses", not_named);
    if (Clock::now() >= deadline_) return timed_out();
    if (options_.proxy) {
        return refuse(ReasonCode::proxy_failed,
                      fmt::format("the proxy \"{}\" port {} was not reached: {}",
                                  printable(options_.proxy->host, quoted_bytes), options_.proxy->port, tried),
                      ErrorCode::unreachable, code.value());
    }
    return refuse(ReasonCode::connect_failed,
                  fmt::format("no connection to {}: {}", host_and_port(url_), tried), ErrorCode::unreachable,
                  code.value());
}

template <class Stream>
Result<void> Exchange::send(Stream& stream, const std::string& text) {
    const auto code =
        complete([&](auto done) { net::async_write(stream, net::buffer(text), std::move(done)); });
    if (code) return read_error(code);
    return {};
}

// Appends what arrives next to the buffer.
template <class Stream>
Result<void> Exchange::read_more(Stream& stream) {
    const auto space = buffer_.prepare(std::min(read_bytes, buffer_.max_size() - buffer_.size()));
    const auto code = complete([&](auto done) {
        stream.async_read_some(space, [this, done](const error_code& ended, std::size_t bytes) mutable {
            buffer_.commit(bytes);
            done(ended);
        });
    });
    if (code) return read_error(code);
    return {};
}

// Reads one answer up to its body. The bytes are counted here: the parser's own limit starts anew with every
// field that is followed by less than three bytes of the next.
template <class Stream>
Result<ResponseHead> Exchange::read_head(Stream& stream, std::optional<Parser>& parser, bool without_body) {
    parser.emplace();
    parser->header_limit(max_header_bytes);
    parser->body_limit(boost::none);
    parser->skip(without_body);
    std::size_t consumed = 0;
    std::size_t unfinished = 0; // bytes that the parser has seen and cannot use without more
    while (!parser->is_header_done()) {
        if (buffer_.size() <= unfinished) WTA_TRY(read_more(stream));
        error_code code;
        const std::size_t used = parser->put(buffer_.data(), code);
        buffer_.consume(used);
        consumed += used;
        unfinished = buffer_.size();
        const std::size_t seen = parser->is_header_done() ? consumed : consumed + unfinished;
        if (seen > max_header_bytes) return read_error(http::error::header_limit);
        if (code && code != http::error::need_more) return read_error(code);
    }
    return to_head(parser->get());
}

Result<void> Connection::tunnel() {
    enter(FetchPhase::proxy);
    const auto proxy_error = [](Error error) {
        if (error.reason != ReasonCode::timed_out) error.reason = ReasonCode::proxy_failed;
        return within_context("the proxy", std::move(error));
    };
    if (auto sent = send(tcp_, connect_request(url_, options_.user_agent)); !sent) {
        return proxy_error(std::move(sent).error());
    }
    std::optional<Parser> parser;
    auto head = read_head(tcp_, parser, true);
    if (!head) return proxy_error(std::move(head).error());
    WTA_TRY(judge_tunnel(*head));
    if (buffer_.size() != 0) {
        return refuse(ReasonCode::proxy_failed, "the proxy sent data of its own into the tunnel");
    }
    return {};
}

std::unexpected<Error> Connection::handshake_error(const error_code& code,
                                                   const std::optional<VerifyFailure>& failure) {
    if (auto refusal = system_refusal(tls_->native_handle())) return std::unexpected(*std::move(refusal));
    if (failure) return std::unexpected(tls_verify_error(url_.host, *failure));
    if (code == beast::error::timeout) return timed_out();
    if (code.category() == net::error::get_ssl_category()) return tls_error(code);
    return refuse(ReasonCode::tls_failed,
                  fmt::format("the connection ended in the TLS handshake: {}", words(code)));
}

Result<void> Connection::handshake() {
    enter(FetchPhase::handshake);
    auto context = make_tls_context(options_.ca_file ? TlsRoots::none_yet : TlsRoots::of_the_system);
    if (!context) return std::unexpected(std::move(context).error());
    tls_context_.emplace(context->release());
    std::string ca_text;
    if (options_.ca_file) {
        auto text = read_ca_file(*options_.ca_file);
        if (!text) return std::unexpected(std::move(text).error());
        ca_text = std::move(*text);
    }
    tls_.emplace(tcp_, *tls_context_);
    WTA_TRY(expect_host(tls_->native_handle(), url_.host, url_.ip_literal));
    std::optional<VerifyFailure> failure;
    const auto keep_first_failure = [&failure](bool accepted, net::ssl::verify_context& verification) {
        X509_STORE_CTX* chain = verification.native_handle();
        if (!accepted && !failure) {
            failure = VerifyFailure{X509_STORE_CTX_get_error(chain), X509_STORE_CTX_get_error_depth(chain),
                                    describe_peer(X509_STORE_CTX_get_current_cert(chain))};
        }
        return accepted;
    };
    const auto no_certificate = [](SSL*, void* demanded) {
        *static_cast<bool*>(demanded) = true;
        return 1; // go on, without one
    };
    SSL_set_cert_cb(tls_->native_handle(), no_certificate, &certificate_demanded_);
    error_code code;
    if (tls_->set_verify_callback(keep_first_failure, code)) return handshake_error(code, failure);
    // Parsing the roots of a file takes as long as the server needs to answer, so both are done at once. They
    // count when its certificate is verified, which cannot be before; without them it is refused.
    Result<void> roots;
    const auto take_roots = [&] {
        roots = add_roots(tls_context_->native_handle(), *options_.ca_file, ca_text);
        if (!roots) hang_up();
    };
    code = complete([&](auto done) {
        tls_->async_handshake(net::ssl::stream_base::client, std::move(done));
        if (options_.ca_file) net::post(io_, take_roots);
    });
    WTA_TRY(std::move(roots));
    if (code) return handshake_error(code, failure);
    // Said again where it counts: what follows is only ever sent to a server that was verified.
    if (SSL_get_verify_result(tls_->native_handle()) != X509_V_OK ||
        SSL_get0_peer_certificate(tls_->native_handle()) == nullptr) {
        return refuse(ReasonCode::tls_failed, "the server did not prove who it is");
    }
    return {};
}

template <class Stream>
Result<Bytes> Exchange::read_body(Stream& stream, Parser& parser) {
    enter(FetchPhase::body);
    parser.body_limit(request_.limit);
    while (parser.chunked() && buffer_.size() < shortest_chunked_body) WTA_TRY(read_more(stream));
    if (!parser.is_done()) {
        const auto code =
            complete([&](auto done) { http::async_read(stream, buffer_, parser, std::move(done)); });
        if (code) return read_error(code);
    }
    return to_bytes(as_byte_view(parser.get().body()));
}

template <class Stream>
Result<HttpAnswer> Exchange::exchange(Stream& stream) {
    const bool absolute_form = options_.proxy.has_value() && !url_.tls;
    const bool conditional = request_.etag && is_entity_tag(*request_.etag);
    enter(FetchPhase::request);
    WTA_TRY(send(stream, get_request(url_, {options_.user_agent, request_.etag, absolute_form})));

    enter(FetchPhase::headers);
    std::optional<Parser> parser;
    auto head = read_head(stream, parser, false);
    for (int i = 0; head && head->status / 100 == 1; ++i) {
        if (i == max_informational || head->status == 101) {
            return refuse(ReasonCode::http_malformed,
                          fmt::format("the server keeps answering {} instead of an answer", head->status));
        }
        head = read_head(stream, parser, false);
    }
    if (!head) return std::unexpected(std::move(head).error());

    auto verdict = judge(*head, {url_.tls, conditional, absolute_form, request_.limit});
    if (!verdict) {
        Error error = std::move(verdict).error();
        if (certificate_demanded_ && error.reason == ReasonCode::http_status)
            error.message += "; it had asked for a client certificate, and none is ever offered";
        return std::unexpected(std::move(error));
    }
    if (auto* redirect = std::get_if<RedirectTo>(&*verdict)) return std::move(*redirect);
    if (std::holds_alternative<NotModified>(*verdict)) return FetchResponse{true, {}, request_.etag};
    auto body = read_body(stream, *parser);
    if (!body) return std::unexpected(std::move(body).error());
    return FetchResponse{false, std::move(*body), entity_tag(*head)};
}

Result<HttpAnswer> Connection::ask() {
    WTA_TRY(connect());
    if (!url_.tls) return exchange(tcp_);
    if (options_.proxy) WTA_TRY(tunnel());
    WTA_TRY(handshake());
    return exchange(*tls_);
}

Result<FetchResponse> follow(const FetchRequest& request, const HttpOptions& options,
                             Clock::time_point deadline, FetchProgress& progress) {
    auto url = parse_http_url(request.location);
    for (int redirects = 0; url; ++redirects) {
        auto answer = Connection(*url, request, options, deadline, progress).ask();
        if (!answer) return std::unexpected(std::move(answer).error());
        if (auto* response = std::get_if<FetchResponse>(&*answer)) return std::move(*response);
        url = follow_redirect(*url, std::get<RedirectTo>(*answer).location, redirects);
    }
    return std::unexpected(std::move(url).error());
}

} // namespace

Result<HttpAnswer> read_answer(const FetchRequest& request, ByteView bytes, std::size_t at_once) {
    const auto url = parse_http_url(request.location);
    if (!url) return std::unexpected(url.error());
    const HttpOptions options;
    FetchProgress progress;
    RecordedExchange exchange(*url, request, options, Clock::time_point::max(), progress);
    Recording recording(exchange.io(), bytes, at_once);
    return exchange.exchange(recording);
}

Result<FetchResponse> fetch_http(const FetchRequest& request, const HttpOptions& options,
                                 Clock::time_point deadline, FetchProgress& progress) {
    // What OpenSSL keeps for this thread goes before the thread's caller goes on.
    struct ThreadEnd {
        ~ThreadEnd() { OPENSSL_thread_stop(); }
    };
    try {
        const ThreadEnd at_end;
        return follow(request, options, deadline, progress);
    } catch (const std::exception& exception) {
        return refuse(ReasonCode::connect_failed,
                      fmt::format("the fetch was given up: {}", printable(exception.what(), quoted_bytes)),
                      ErrorCode::io);
    }
}

} // namespace wta
