// One connection to a server: name look-up, connect, TLS; directly or to the proxy on the way.
#pragma once

#include "agent/transport/client_identity.h"
#include "agent/transport/conversation.h"
#include "agent/transport/http_url.h"
#include "common/base/result.h"
#include "common/settings/settings.h"

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/stream.hpp>

#include <memory>
#include <optional>
#include <string>

namespace wta {

struct ConnectionOptions {
    std::optional<std::string> ca_file; // PEM; nothing: what the system trusts
    std::optional<ProxyExplicit> proxy;
    // For a server that asks for a certificate; where there is none, `without` says why.
    std::shared_ptr<const ClientIdentity> identity{};
    ClientCertificate without = ClientCertificate::never_offered;
    bool this_machine_only = false; // what the name leads to is refused where it is another machine
};

class Connection final : public Conversation {
public:
    using Socket = boost::asio::ip::tcp::socket;
    using TlsStream = boost::asio::ssl::stream<Socket&>;

    // Both references are used until the end. Nothing is sent yet.
    Connection(const HttpUrl& url, const ConnectionOptions& options, Clock::time_point deadline,
               FetchProgress& progress)
        : Conversation(url.host, deadline, progress), url_(url), options_(options) {}
    ~Connection() override;

    // A connection to the proxy, or else to the server. Errors: dns_failed, connect_failed, proxy_failed,
    // timed_out.
    Result<void> connect();
    // TLS with the server over what connect() made; afterwards it is proven who the server is. Errors:
    // timed_out and those of TLS.
    Result<void> handshake();

    Socket& tcp() { return tcp_; }
    TlsStream& tls() { return *tls_; } // after handshake()

    void hang_up() override;

private:
    Result<boost::asio::ip::tcp::resolver::results_type> resolve();
    boost::system::error_code connect_to(const boost::asio::ip::tcp::endpoint& endpoint,
                                         Clock::time_point until);
    Result<void> prepare_tls();
    void take_roots();
    Error handshake_error(const boost::system::error_code& code);

    const HttpUrl& url_;
    const ConnectionOptions& options_;
    Socket tcp_{io_};
    std::optional<boost::asio::ssl::context> tls_context_;
    std::optional<TlsStream> tls_;
    std::optional<VerifyFailure> first_objection_;
    std::string ca_text_;
    Result<void> roots_;
};

} // namespace wta
