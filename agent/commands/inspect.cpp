#include "agent/commands/commands.h"
#include "agent/commands/inspect_source.h"
#include "agent/commands/output.h"
#include "common/report/codes.h"

#include <boost/json.hpp>

namespace wta {
namespace {

int print_inspection(const Inspection& inspection, int exit, const Options& options) {
    if (options.json) return print(to_json(inspection), exit);
    if (options.quiet) {
        const std::string word =
            inspection.admitted() ? "admitted" : std::string(info(inspection.refusals.front().code).name);
        return print(word + "\n", exit);
    }
    return print(to_text(inspection, text_style()), exit);
}

} // namespace

int run_inspect(const Options& options) {
    const auto inspected = inspect_source(options, options.source, report_header(options, "inspect"));
    if (!inspected) return print(inspected.error(), options);
    return print_inspection(inspected->inspection, inspected->exit, options);
}

} // namespace wta
