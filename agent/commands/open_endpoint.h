// Opens the endpoint that the command line names.
#pragma once

#include "agent/commands/options.h"
#include "agent/endpoint/endpoint.h"
#include "agent/endpoint/image_endpoint.h"
#include "common/report/status_report.h"

#include <memory>
#include <string>

namespace wta {

// Fills the endpoint of `header`. An error without a reason of its own has the one of the image that cannot
// be used.
[[nodiscard]] Result<std::unique_ptr<Endpoint>> open_endpoint(const Options& options, Use use,
                                                              StatusReport& header);

// The computer's name where the endpoint is this computer; a hive does not know its own.
[[nodiscard]] std::string computer_name_of(const Options& options);

// The report of a run whose endpoint could not be opened.
[[nodiscard]] StatusReport not_opened(const StatusReport& header, const Error& error);

} // namespace wta
