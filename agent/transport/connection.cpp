#include "agent/transport/connection.h"

#include "agent/transport/system_trust.h"
#include "agent/transport/tls_context.h"
#include "common/base/utf.h"

#include <boost/asio/post.hpp>
#include <fmt/format.h>

#include <exception>

namespace wta {
namespace {

namespace net = boost::asio;
using boost::system::error_code;
using Tcp = net::ip::tcp;

constexpr std::size_t quoted_bytes = 300;

} // namespace

// What still runs is ended first: it writes to, and reads from, what goes now.
Connection::~Connection() {
    try {
        hang_up();
        io_.restart();
        io_.run();
    } catch (const std::exception&) {
        // Out of memory in an operation that nobody waits for any more.
        return;
    }
}

// What still waits is called off before the socket goes: Wine 8's server breaks on a send that was pending.
void Connection::hang_up() {
    error_code ignored;
    ignored = tcp_.cancel(ignored);
    ignored = tcp_.close(ignored);
}

Result<Tcp::resolver::results_type> Connection::resolve() {
    const auto& proxy = options_.proxy;
    enter(proxy ? FetchPhase::resolving_proxy : FetchPhase::resolving);
    const std::string host = proxy ? proxy->host : resolver_name(url_);
    const std::string& port = proxy ? proxy->port : url_.port;
    Tcp::resolver resolver(io_);
    error_code code;
    auto addresses = resolver.resolve(host, port, net::ip::resolver_base::numeric_service, code);
    if (!code) return addresses;
    const std::string name = printable(host, quoted_bytes);
    if (proxy) {
        return refuse(ReasonCode::proxy_failed,
                      fmt::format("no address was found for the proxy \"{}\": {}", name, words(code)),
                      ErrorCode::unreachable, code.value());
    }
    return refuse(ReasonCode::dns_failed,
                  fmt::format("no address was found for \"{}\": {}", name, words(code)),
                  ErrorCode::unreachable, code.value());
}

// A name that stands for this machine may be told otherwise by a resolver (RFC 6761, 6.3).
error_code Connection::connect_to(const Tcp::endpoint& endpoint, Clock::time_point until) {
    if (options_.this_machine_only && !endpoint.address().is_loopback()) return net::error::access_denied;
    return complete([&](auto done) { tcp_.async_connect(endpoint, std::move(done)); }, until);
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
        if (now >= deadline()) return std::unexpected(timed_out());
        code = connect_to(entry.endpoint(), now + (deadline() - now) / left--);
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
    if (Clock::now() >= deadline()) return std::unexpected(timed_out());
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

Error Connection::handshake_error(const error_code& code) {
    if (auto refusal = system_refusal(tls_->native_handle())) return *std::move(refusal);
    if (first_objection_) return tls_verify_error(url_.host, *first_objection_);
    if (code == time_is_over()) return timed_out();
    if (code.category() == net::error::get_ssl_category()) return tls_error(code);
    return {ErrorCode::invalid, fmt::format("the connection ended in the TLS handshake: {}", words(code)),
            std::nullopt, ReasonCode::tls_failed};
}

Result<void> Connection::prepare_tls() {
    auto context = make_tls_context(options_.ca_file ? TlsRoots::none_yet : TlsRoots::of_the_system);
    if (!context) return std::unexpected(std::move(context).error());
    tls_context_.emplace(context->release());
    if (options_.ca_file) {
        auto text = read_ca_file(*options_.ca_file);
        if (!text) return std::unexpected(std::move(text).error());
        ca_text_ = std::move(*text);
    }
    tls_.emplace(tcp_, *tls_context_);
    WTA_TRY(expect_host(tls_->native_handle(), url_.host, url_.ip_literal));
    if (options_.identity) WTA_TRY(offer_identity(tls_->native_handle(), *options_.identity));
    const auto note_demand = [](SSL*, void* self) {
        auto& connection = *static_cast<Connection*>(self);
        connection.client_certificate_ =
            connection.options_.identity ? ClientCertificate::offered : connection.options_.without;
        return 1; // go on
    };
    SSL_set_cert_cb(tls_->native_handle(), note_demand, this);
    const auto keep_first_objection = [this](bool accepted, net::ssl::verify_context& verification) {
        X509_STORE_CTX* chain = verification.native_handle();
        if (!accepted && !first_objection_) {
            first_objection_ =
                VerifyFailure{X509_STORE_CTX_get_error(chain), X509_STORE_CTX_get_error_depth(chain),
                              describe_peer(X509_STORE_CTX_get_current_cert(chain))};
        }
        return accepted;
    };
    error_code code;
    if (tls_->set_verify_callback(keep_first_objection, code)) return std::unexpected(handshake_error(code));
    return {};
}

void Connection::take_roots() {
    roots_ = add_roots(tls_context_->native_handle(), *options_.ca_file, ca_text_);
    ca_text_ = {};
    if (!roots_) hang_up();
}

Result<void> Connection::handshake() {
    enter(FetchPhase::handshake);
    WTA_TRY(prepare_tls());
    // Parsing the roots of a file takes as long as the server needs to answer, so both are done at once. They
    // count when its certificate is verified, which cannot be before; without them it is refused.
    const auto code = complete([&](auto done) {
        tls_->async_handshake(net::ssl::stream_base::client, std::move(done));
        if (options_.ca_file) net::post(io_, [this] { take_roots(); });
    });
    WTA_TRY(std::move(roots_));
    if (code) return std::unexpected(handshake_error(code));
    // Said again where it counts: what follows is only ever sent to a server that was verified.
    if (SSL_get_verify_result(tls_->native_handle()) != X509_V_OK ||
        SSL_get0_peer_certificate(tls_->native_handle()) == nullptr) {
        return refuse(ReasonCode::tls_failed, "the server did not prove who it is");
    }
    return {};
}

} // namespace wta
