#include "agent/commands/inspect_source.h"

#include "agent/commands/load_settings.h"
#include "agent/commands/open_endpoint.h"
#include "agent/platform/platform.h"
#include "agent/platform/utf8_path.h"
#include "common/settings/source_kind.h"
#include "common/trust/named_store.h"

#include <cstdio>
#include <filesystem>

namespace wta {
namespace {

// A relative path counts from the working folder here, but from the settings file there.
std::string as_settings_source(const std::string& source) {
    const auto kind = source_kind(source);
    if (!kind || *kind != SourceKind::file) return source;
    return platform::absolute_name(platform::path_from_utf8(source));
}

// Of a store of the endpoint: on the WSUS server, the certificate that it signs with.
Result<Bytes> certificate_in_store(const Options& options, const std::string& typed, StatusReport& header) {
    const auto source = parse_store_source(typed);
    if (!source) return std::unexpected(source.error());
    const auto endpoint = open_endpoint(options, Use::look, header);
    if (!endpoint) return std::unexpected(endpoint.error());
    return find_in_store((*endpoint)->registry(), *source);
}

InspectedSource judged(Inspection inspection) {
    const int exit = inspection.admitted() ? 0 : 6;
    return {std::move(inspection), exit};
}

std::expected<InspectedSource, StatusReport> inspect_store(const Options& options, const std::string& source,
                                                           StatusReport header) {
    const auto der = certificate_in_store(options, source, header);
    if (!der && der.error().reason != ReasonCode::not_in_store)
        return std::unexpected(not_opened(header, der.error()));
    if (!der) {
        Inspection failed{source, {}, {}, {}, {}, {}};
        failed.refusals.push_back({*der.error().reason, der.error().message});
        return InspectedSource{std::move(failed), 4};
    }
    return judged(inspect_bytes(*der, source, {}, header.time));
}

std::expected<InspectedSource, StatusReport>
inspect_location(const Options& options, const std::string& typed, const StatusReport& header) {
    const LoadedSettings loaded = load_settings(options);
    if (!loaded.problems.empty()) return std::unexpected(ended_early(header, loaded.problems.front()));
    const std::string source = as_settings_source(typed);
    if (const auto kind = source_kind(source); kind && *kind == SourceKind::http)
        std::fputs("wsus-trust-agent: http:// can be changed by anybody on the way; compare the sha256 with "
                   "the publishing "
                   "server before you use it.\n",
                   stderr);
    const auto transport = make_transport(transport_options(loaded.settings));
    const auto response = transport->fetch({.location = source});
    if (!response) {
        const Error& error = response.error();
        // Something arrived, and it is too much to be a certificate: read, and not admitted.
        const bool read = error.reason == ReasonCode::body_too_large;
        Inspection failed{typed, source, {}, {}, {}, {}};
        failed.refusals.push_back(
            {read ? ReasonCode::too_large : error.reason.value_or(ReasonCode::connect_failed),
             error.message});
        return InspectedSource{std::move(failed), read ? 6 : 4};
    }
    return judged(inspect_bytes(response->body, typed, source, header.time));
}

} // namespace

std::expected<InspectedSource, StatusReport> inspect_source(const Options& options, const std::string& source,
                                                            const StatusReport& header) {
    return is_store_source(source) ? inspect_store(options, source, header)
                                   : inspect_location(options, source, header);
}

} // namespace wta
