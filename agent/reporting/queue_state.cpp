#include "agent/reporting/queue_state.h"

#include "agent/reporting/state_file.h"

#include <boost/json.hpp>

#include <algorithm>

namespace wta {

namespace {

namespace json = boost::json;

constexpr std::string_view file_name = "state.json";

json::object to_json(const Loss& loss) {
    return {{"count", loss.count}, {"told", loss.told}, {"reason", loss.reason}};
}

Loss loss_in(const json::object& object, std::string_view key) {
    const json::object part = object_in(object, key);
    const std::uint64_t count = count_in(part, "count");
    return {
        .count = count, .told = std::min(count_in(part, "told"), count), .reason = text_in(part, "reason")};
}

} // namespace

QueueState read_queue_state(const std::filesystem::path& folder) {
    const json::object object = read_state_file(folder / file_name);
    return {.failures = static_cast<int>(count_in(object, "failures")),
            .failing_since = time_in(object, "failingSince"),
            .not_before = time_in(object, "notBefore"),
            .failure = text_in(object, "failure"),
            .dropped = loss_in(object, "dropped"),
            .refused = loss_in(object, "refused"),
            .damaged = loss_in(object, "damaged")};
}

Result<void> write_queue_state(const std::filesystem::path& folder, const QueueState& state) {
    return write_state_file(folder / file_name, {{"failures", state.failures},
                                                 {"failingSince", time_or_null(state.failing_since)},
                                                 {"notBefore", time_or_null(state.not_before)},
                                                 {"failure", state.failure},
                                                 {"dropped", to_json(state.dropped)},
                                                 {"refused", to_json(state.refused)},
                                                 {"damaged", to_json(state.damaged)}});
}

} // namespace wta
