#include "agent/reporting/reported.h"

#include "agent/reporting/state_file.h"

#include <boost/json.hpp>

namespace wta {

namespace {

namespace json = boost::json;

constexpr std::string_view file_name = "reported.json";

} // namespace

Reported read_reported(const std::filesystem::path& folder, const std::string& machine) {
    Reported reported{.machine = machine};
    const json::object object = read_state_file(folder / file_name);
    if (text_in(object, "machine") != machine) return reported;
    if (const auto time = time_in(object, "time"))
        reported.last = LastReported{text_in(object, "mark"), *time};
    reported.last_success = time_in(object, "lastSuccess");
    return reported;
}

Result<void> write_reported(const std::filesystem::path& folder, const Reported& reported) {
    const auto& last = reported.last;
    return write_state_file(folder / file_name,
                            {{"machine", reported.machine},
                             {"mark", last ? json::value(last->mark) : json::value()},
                             {"time", time_or_null(last ? std::optional(last->time) : std::nullopt)},
                             {"lastSuccess", time_or_null(reported.last_success)}});
}

} // namespace wta
