#include "agent/commands/commands.h"
#include "agent/commands/load_settings.h"
#include "agent/commands/open_endpoint.h"
#include "agent/commands/output.h"
#include "common/report/codes.h"
#include "common/report/inspection.h"
#include "common/settings/source_kind.h"
#include "common/trust/named_store.h"

#include <boost/json.hpp>
#include <cstdio>
#include <filesystem>

namespace wta {
namespace {

// A relative path counts from the working folder here, but from the settings file there.
std::string as_settings_source(const std::string& source) {
    const auto kind = source_kind(source);
    if (!kind || *kind != SourceKind::file) return source;
    std::error_code error;
    const std::u8string typed(source.begin(), source.end()); // a plain string would be text of the C locale
    const std::filesystem::path absolute = std::filesystem::absolute(typed, error);
    return error ? source : absolute.lexically_normal().string();
}

// Of a store of the endpoint: on the WSUS server, the certificate that it signs with.
Result<Bytes> certificate_in_store(const Options& options, StatusReport& header) {
    const auto source = parse_store_source(options.source);
    if (!source) return std::unexpected(source.error());
    const auto endpoint = open_endpoint(options, Use::look, header);
    if (!endpoint) return std::unexpected(endpoint.error());
    return find_in_store((*endpoint)->registry(), *source);
}

int print_inspection(const Inspection& inspection, int exit, const Options& options) {
    if (options.json) return print(to_json(inspection), exit);
    if (options.quiet) {
        const std::string word =
            inspection.admitted() ? "admitted" : std::string(info(inspection.refusals.front().code).name);
        return print(word + "\n", exit);
    }
    return print(to_text(inspection, text_style()), exit);
}

int inspect_store(const Options& options) {
    StatusReport header = report_header(options, "inspect");
    const auto der = certificate_in_store(options, header);
    if (!der && der.error().reason != ReasonCode::not_in_store)
        return print(not_opened(header, der.error()), options);
    if (!der) {
        Inspection failed{options.source, {}, {}, {}, {}, {}};
        failed.refusals.push_back({*der.error().reason, der.error().message});
        return print_inspection(failed, 4, options);
    }
    const Inspection inspection = inspect_bytes(*der, options.source, {}, header.time);
    return print_inspection(inspection, inspection.admitted() ? 0 : 6, options);
}

int inspect_location(const Options& options) {
    const StatusReport header = report_header(options, "inspect");
    const LoadedSettings loaded = load_settings(options);
    if (!loaded.problems.empty()) return print(ended_early(header, loaded.problems.front()), options);
    const std::string source = as_settings_source(options.source);
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
        Inspection failed{options.source, source, {}, {}, {}, {}};
        failed.refusals.push_back(
            {read ? ReasonCode::too_large : error.reason.value_or(ReasonCode::connect_failed),
             error.message});
        return print_inspection(failed, read ? 6 : 4, options);
    }
    const Inspection inspection = inspect_bytes(response->body, options.source, source, header.time);
    return print_inspection(inspection, inspection.admitted() ? 0 : 6, options);
}

} // namespace

int run_inspect(const Options& options) {
    return is_store_source(options.source) ? inspect_store(options) : inspect_location(options);
}

} // namespace wta
