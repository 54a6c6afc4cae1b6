#include "agent/transport/uplink.h"

#include "agent/platform/within.h"
#include "agent/transport/https.h"
#include "agent/transport/post_request.h"
#include "agent/transport/progress.h"
#include "agent/transport/system_proxy.h"
#include "agent/transport/tls_sender.h"
#include "common/base/utf.h"

#include <fmt/format.h>

#include <exception>

namespace wta {
namespace {

using Clock = std::chrono::steady_clock;
using std::chrono::milliseconds;

constexpr std::size_t quoted_bytes = 300;
constexpr std::string_view no_answer = "there was no complete answer";
constexpr std::string_view no_end = "the server did not end the connection after it was sent everything";

std::unexpected<Error> out_of_resources(const std::string& where, const std::exception& exception) {
    return refuse(ReasonCode::connect_failed,
                  fmt::format("{}: the system gives no thread or memory to send the report: {}",
                              printable(where, quoted_bytes), printable(exception.what(), quoted_bytes)),
                  ErrorCode::io);
}

// A request that is on its way; shared with a worker that may outlive the call.
struct Posting {
    HttpUrl url;
    std::string text;
    std::optional<std::string> client_certificate;
};

Result<ConnectionOptions> connection_options(const Posting& posting, const UplinkOptions& options) {
    const HttpUrl& url = posting.url;
    ConnectionOptions connection;
    connection.ca_file = options.ca_file;
    connection.without = ClientCertificate::not_configured;
    connection.this_machine_only = !url.tls;
    if (!url.tls) return connection;
    auto proxy = effective_proxy(url, options.proxy, options.system_proxy);
    if (!proxy) return std::unexpected(std::move(proxy).error());
    connection.proxy = std::move(*proxy);
    if (!posting.client_certificate) return connection;
    auto identity = read_client_identity(*posting.client_certificate);
    if (!identity) return std::unexpected(std::move(identity).error());
    connection.identity = std::make_shared<const ClientIdentity>(std::move(*identity));
    return connection;
}

Result<PostAnswer> post_now(const Posting& posting, const UplinkOptions& options, Clock::time_point deadline,
                            FetchProgress& progress) {
    auto connection = connection_options(posting, options);
    if (!connection) return std::unexpected(std::move(connection).error());
    return post_http(posting.url, posting.text, {std::move(*connection), options.user_agent}, deadline,
                     progress);
}

// Runs `work` (called with its own deadline and the progress) in a worker, and says of what went wrong where
// that was.
template <class Work>
std::invoke_result_t<Work, Clock::time_point, FetchProgress&>
carried_out(const std::string& where, Clock::time_point deadline, std::string_view missing, Work work) try {
    using Tenths = std::chrono::duration<std::int64_t, std::deci>; // as exact as people need it
    const milliseconds patience =
        std::chrono::ceil<Tenths>(std::max(deadline - Clock::now(), Clock::duration{0}));
    const auto worker_deadline = deadline - head_start(patience);
    auto progress = std::make_shared<FetchProgress>();
    auto result = within(deadline, std::stop_token{}, [worker_deadline, progress, work = std::move(work)] {
        return work(worker_deadline, *progress);
    });
    if (result && (*result || result->error().reason != ReasonCode::timed_out)) {
        if (*result) return std::move(*result);
        return within_context(printable(where, quoted_bytes), std::move(*result).error());
    }
    return std::unexpected(timed_out_error(where, patience, progress->phase, missing));
} catch (const std::exception& exception) {
    return out_of_resources(where, exception);
}

class NetworkUplink final : public Uplink {
public:
    explicit NetworkUplink(UplinkOptions options)
        : options_(std::make_shared<const UplinkOptions>(std::move(options))) {}

    Result<PostAnswer> post(const PostRequest& request, Deadline deadline) override {
        auto url = check_post(request);
        if (!url) return within_context(printable(request.url, quoted_bytes), std::move(url).error());
        auto text = post_request(*url, request, options_->user_agent);
        auto posting =
            std::make_shared<const Posting>(std::move(*url), std::move(text), request.client_certificate);
        return carried_out(request.url, deadline, no_answer,
                           [posting, options = options_](Clock::time_point until, FetchProgress& progress) {
                               return post_now(*posting, *options, until, progress);
                           });
    }

    Result<void> send(const TlsAddress& address, ByteView bytes, Deadline deadline) override {
        const bool ipv6 = address.host.find(':') != std::string::npos;
        const std::string where =
            fmt::format(fmt::runtime(ipv6 ? "[{}]:{}" : "{}:{}"), address.host, address.port);
        auto server = parse_http_url("https://" + where);
        if (!server) return std::unexpected(std::move(server).error());
        ConnectionOptions connection;
        connection.ca_file = options_->ca_file;
        connection.without = ClientCertificate::not_configured;
        return carried_out(where, deadline, no_end,
                           [server = std::move(*server), bytes = to_bytes(bytes),
                            connection](Clock::time_point until, FetchProgress& progress) {
                               return send_over_tls(server, bytes, connection, until, progress);
                           });
    }

private:
    std::shared_ptr<const UplinkOptions> options_; // shared with workers that outlive this
};

} // namespace

std::unique_ptr<Uplink> make_uplink(UplinkOptions options) {
    return std::make_unique<NetworkUplink>(std::move(options));
}

} // namespace wta
