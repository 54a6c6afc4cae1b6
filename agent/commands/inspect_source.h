// Fetches what a person names, and inspects it: shared by the commands that look at certificates.
#pragma once

#include "agent/commands/options.h"
#include "common/report/inspection.h"
#include "common/report/status_report.h"

#include <expected>
#include <string>

namespace wta {

struct InspectedSource {
    Inspection inspection;
    int exit = 0; // 0 would be admitted; 6 was read and would not be; 4 no such file, or no complete answer
};

// `source` is a file, an https:// or http:// address, or store:NAME of the endpoint that the options name.
// Needs no settings file; the `fetch` settings of one count. Unexpected: the run ends with this report,
// because the settings have errors or the endpoint cannot be opened. Warns of http:// on stderr.
[[nodiscard]] std::expected<InspectedSource, StatusReport>
inspect_source(const Options& options, const std::string& source, const StatusReport& header);

} // namespace wta
