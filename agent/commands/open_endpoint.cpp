#include "agent/commands/open_endpoint.h"

#include "agent/cycle/run_cycle.h"
#include "agent/endpoint/crash_guard.h"
#include "agent/platform/platform.h"
#include "common/base/utf.h"
#include "common/report/json_text.h"
#include "common/report/report_json.h"

#include <boost/json.hpp>
#include <spdlog/spdlog.h>

namespace wta {
namespace {

constexpr std::size_t max_path_text = 8'192;

// What stdout gets when libhivex ends the process: a document all the same.
void prepare_for_a_crash(const Options& options, const StatusReport& header) {
    if (!options.json) return;
    const StatusReport report =
        ended_early(header, {.code = ReasonCode::image_damaged,
                             .subject = header.endpoint_name,
                             .detail = "The hive is damaged in a way that made the hive library give up."});
    CrashGuard::prepare_document(to_indented_text(to_json(report)));
}

} // namespace

Result<std::unique_ptr<Endpoint>> open_endpoint(const Options& options, Use use, StatusReport& header) {
    if (!options.image)
        return refuse(ReasonCode::usage_error, "this build has no live Windows to work on; give --image with "
                                               "a SOFTWARE hive or the root of a mounted "
                                               "Windows volume");
    header.endpoint_kind = "image";
    header.endpoint_name = printable(*options.image, max_path_text);
    prepare_for_a_crash(options, header);
    auto endpoint = open_image(*options.image, use);
    if (!endpoint) return std::unexpected(endpoint.error());
    header.endpoint_name = printable((*endpoint)->description().name, max_path_text);
    spdlog::info("image: {}", header.endpoint_name);
    prepare_for_a_crash(options, header);
    return endpoint;
}

std::string computer_name_of(const Options& options) {
    return options.image ? std::string() : platform::computer_name();
}

StatusReport not_opened(const StatusReport& header, const Error& error) {
    Finding finding = to_finding(error, EndpointKind::image);
    finding.subject = header.endpoint_name;
    return ended_early(header, finding);
}

} // namespace wta
