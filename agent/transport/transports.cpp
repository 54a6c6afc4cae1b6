#include "agent/transport/transports.h"

#include "agent/platform/within.h"
#include "agent/transport/file_transport.h"
#include "agent/transport/http_url.h"
#include "agent/transport/https.h"
#include "agent/transport/progress.h"
#include "agent/transport/system_proxy.h"
#include "common/base/utf.h"
#include "common/settings/source_kind.h"

#include <fmt/format.h>

#include <algorithm>
#include <exception>

namespace wta {
namespace {

using Clock = std::chrono::steady_clock;

Result<FetchResponse> over_http(const FetchRequest& request, const TransportOptions& options,
                                Clock::time_point deadline, FetchProgress& progress) {
    // A redirect never leaves host, port and scheme, so one answer holds for all of a fetch.
    const auto url = parse_http_url(request.location);
    if (!url) return within_context(printable(request.location, 300), url.error());
    auto proxy = effective_proxy(*url, options.proxy, options.system_proxy);
    if (!proxy) return std::unexpected(std::move(proxy).error());
    auto response =
        fetch_http(request, {{options.ca_file, std::move(*proxy)}, options.user_agent}, deadline, progress);
    if (response) return response;
    if (response.error().reason == ReasonCode::timed_out) {
        return std::unexpected(timed_out_error(request.location, options.timeout, progress.phase));
    }
    return within_context(printable(request.location, 300), std::move(response).error());
}

std::unexpected<Error> out_of_resources(const FetchRequest& request, const std::exception& exception) {
    return refuse(ReasonCode::connect_failed,
                  fmt::format("{}: the system gives no thread or memory for the fetch: {}",
                              printable(request.location, 300), printable(exception.what(), 300)),
                  ErrorCode::io);
}

Result<FetchResponse> fetch_by_kind(SourceKind kind, const FetchRequest& request,
                                    const TransportOptions& options, Clock::time_point deadline,
                                    FetchProgress& progress) try {
    switch (kind) {
    case SourceKind::https:
    case SourceKind::http: return over_http(request, options, deadline, progress);
    case SourceKind::file: progress.phase = FetchPhase::reading_file; return fetch_file(request);
    case SourceKind::unc:
        if (platform::can_read_shares()) {
            progress.phase = FetchPhase::reading_file;
            return fetch_file(request);
        }
        return refuse(
            ReasonCode::source_not_supported,
            fmt::format(
                "the share {} cannot be read on this system; mount it and name the path of the file, or "
                "publish the certificate over https",
                printable(request.location, 300)));
    }
    return refuse(ReasonCode::source_not_supported, "the source is of an unknown kind");
} catch (const std::exception& exception) {
    return out_of_resources(request, exception);
}

class NetworkTransport final : public Transport {
public:
    explicit NetworkTransport(TransportOptions options)
        : options_(std::make_shared<const TransportOptions>(std::move(options))) {}

    Result<FetchResponse> fetch(const FetchRequest& request) override try {
        auto kind = source_kind(request.location);
        if (!kind) return refuse(ReasonCode::source_not_supported, std::move(kind).error().message);

        const auto start = Clock::now();
        const auto worker_deadline = start + options_->timeout - head_start(options_->timeout);
        auto progress = std::make_shared<FetchProgress>();
        auto response = within(start + options_->timeout, std::stop_token{},
                               [request, options = options_, worker_deadline, progress, kind = *kind] {
                                   return fetch_by_kind(kind, request, *options, worker_deadline, *progress);
                               });
        if (response) return std::move(*response);
        return std::unexpected(timed_out_error(request.location, options_->timeout, progress->phase));
    } catch (const std::exception& exception) {
        return out_of_resources(request, exception);
    }

private:
    std::shared_ptr<const TransportOptions> options_; // shared with workers that outlive this
};

} // namespace

std::unique_ptr<Transport> make_transport(TransportOptions options) {
    return std::make_unique<NetworkTransport>(std::move(options));
}

} // namespace wta
