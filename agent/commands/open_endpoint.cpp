#include "agent/commands/open_endpoint.h"

#include "agent/cycle/run_cycle.h"
#include "agent/endpoint/image_endpoint.h"
#include "agent/endpoint/live_endpoint.h"
#include "agent/platform/file_tree.h"
#include "agent/platform/platform.h"
#include "common/base/utf.h"
#include "common/report/json_text.h"
#include "common/report/report_json.h"

#include <boost/json.hpp>
#include <spdlog/spdlog.h>

namespace wta {
namespace {

constexpr std::size_t max_path_text = 8'192;

// When libhivex ends the process, there is a document, or the answer to a consumer, all the same.
platform::LastWords last_words(const StatusReport& header, const Options& options, const std::string& image) {
    StatusReport named = header;
    named.endpoint_name = printable(image, max_path_text);
    const StatusReport report =
        ended_early(named, {.code = ReasonCode::image_damaged,
                            .subject = named.endpoint_name,
                            .detail = "The hive is damaged in a way that made the hive library give up."});
    if (options.consumer) {
        const ConsumerAnswer answer = answer_to(*options.consumer, report);
        return {.document = answer.line + "\n", .sentence = false, .exit = answer.exit};
    }
    return {.document = to_indented_text(to_json(report))};
}

Result<std::unique_ptr<Endpoint>> open_named_image(const Options& options, Use use, StatusReport& header) {
    header.endpoint_kind = "image";
    header.endpoint_name = printable(*options.image, max_path_text);
    MakeLastWords words;
    if (options.json || options.consumer)
        words = [header, options](const std::string& name) { return last_words(header, options, name); };
    auto endpoint = open_image(platform::path_of(*options.image), use, words);
    if (!endpoint) return std::unexpected(endpoint.error());
    header.endpoint_name = printable((*endpoint)->description().name, max_path_text);
    return endpoint;
}

Result<std::unique_ptr<Endpoint>> open_this_machine(Use use, StatusReport& header) {
    auto endpoint = open_live(use);
    if (!endpoint && endpoint.error().reason == ReasonCode::usage_error) return endpoint;
    header.endpoint_kind = "live";
    header.endpoint_name = printable(platform::computer_name(), max_path_text);
    return endpoint;
}

} // namespace

Result<std::unique_ptr<Endpoint>> open_endpoint(const Options& options, Use use, StatusReport& header) {
    auto endpoint = options.image ? open_named_image(options, use, header) : open_this_machine(use, header);
    if (endpoint) spdlog::info("{}: {}", header.endpoint_kind, header.endpoint_name);
    return endpoint;
}

std::string computer_name_of(const Options& options) {
    return options.image ? std::string() : platform::computer_name();
}

StatusReport not_opened(const StatusReport& header, const Error& error) {
    Finding finding =
        to_finding(error, header.endpoint_kind == "live" ? EndpointKind::live : EndpointKind::image);
    finding.subject = header.endpoint_name;
    return ended_early(header, finding);
}

} // namespace wta
