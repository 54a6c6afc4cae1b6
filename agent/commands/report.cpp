#include "agent/commands/commands.h"
#include "agent/commands/load_settings.h"
#include "agent/commands/make_sinks.h"
#include "agent/commands/output.h"
#include "agent/endpoint/live_endpoint.h"
#include "agent/platform/platform.h"
#include "agent/platform/within.h"
#include "common/base/utf.h"
#include "common/report/json_text.h"
#include "common/report/report_json.h"
#include "common/report/status_store.h"
#include "common/trust/observed_state.h"

#include <boost/json.hpp>
#include <fmt/format.h>

#include <algorithm>

namespace wta {
namespace {

namespace json = boost::json;
using Clock = std::chrono::steady_clock;

// A sink ends by itself a little before it is walked away from.
constexpr std::chrono::milliseconds head_start{100};

struct Tried {
    std::string name;
    std::string target;
    Delivery delivery;
};

OutgoingReport test_report(const Options& options) {
    StatusReport report = report_header(options, "test");
    report.endpoint_name = printable(platform::computer_name());
    return {report.run_id, to_compact_text(to_json(report)), report, {}};
}

Delivery try_out(const std::shared_ptr<Sink>& sink, const OutgoingReport& report,
                 std::chrono::milliseconds time) {
    const auto deadline = Clock::now() + time;
    auto delivery = within(deadline, std::stop_token{}, [sink, report, until = deadline - head_start] {
        return sink->test(report, until);
    });
    if (delivery) return *std::move(delivery);
    return {.kind = Delivery::Kind::later,
            .detail = fmt::format("it hung for {} ms, which is fetch.timeout", time.count())};
}

// Written by each run itself, so there is nothing to try: what is there is told.
std::optional<Tried> registry_place() {
    const auto endpoint = open_live(Use::look);
    if (!endpoint) return std::nullopt;
    Tried tried{.name = "registry", .target = R"(HKLM\SOFTWARE\WsusTrustAgent\Status)", .delivery = {}};
    const auto guid = read_machine_guid((*endpoint)->registry());
    const auto stored =
        guid ? read_status((*endpoint)->registry(), {*guid, platform::computer_name()}) : std::nullopt;
    const bool there = stored && *stored;
    tried.delivery.kind = there ? Delivery::Kind::delivered : Delivery::Kind::later;
    tried.delivery.detail = there ? "written by each run; the last was at " + to_rfc3339((*stored)->time)
                                  : "no run has written it yet; run 'wsus-trust-agent check', elevated";
    return tried;
}

std::string_view word(Delivery::Kind kind) {
    switch (kind) {
    case Delivery::Kind::delivered: return "delivered";
    case Delivery::Kind::later: return "failed";
    case Delivery::Kind::refused: return "refused";
    }
    return {};
}

Color color(Delivery::Kind kind) { return kind == Delivery::Kind::delivered ? Color::good : Color::bad; }

json::value to_json(const std::vector<Tried>& places, const OutgoingReport& report) {
    json::array list;
    for (const Tried& tried : places)
        list.push_back(json::object{{"name", tried.name},
                                    {"target", tried.target},
                                    {"outcome", word(tried.delivery.kind)},
                                    {"detail", tried.delivery.detail}});
    return json::object{{"runId", report.id}, {"places", std::move(list)}};
}

std::string to_text(const std::vector<Tried>& places, const OutgoingReport& report) {
    std::vector<TableRow> rows;
    for (const Tried& tried : places) {
        TableRow row{color(tried.delivery.kind),
                     {std::string(word(tried.delivery.kind)), tried.name, tried.target},
                     {}};
        std::string_view detail = tried.delivery.detail;
        if (const std::string prefix = tried.target + ": "; detail.starts_with(prefix))
            detail.remove_prefix(prefix.size()); // it stands beside it
        if (!detail.empty()) row.notes.emplace_back(detail);
        rows.push_back(std::move(row));
    }
    return table({"OUTCOME", "PLACE", "TARGET"}, rows, text_style()) +
           fmt::format("\nThe test report is {}.\n", report.id);
}

} // namespace

int run_report_test(const Options& options) {
    const LoadedSettings loaded = load_settings(options);
    if (!loaded.problems.empty()) {
        StatusReport header = report_header(options, "test");
        describe_settings(loaded, header);
        return print(header, options);
    }
    const OutgoingReport report = test_report(options);
    std::vector<Tried> places;
    if (auto registry = registry_place()) places.push_back(*std::move(registry));
    const auto sinks = make_sinks(loaded.settings, platform::computer_name());
    for (const auto& sink : sinks)
        places.push_back({std::string(sink->name()), sink->target(),
                          try_out(sink, report, loaded.settings.fetch.timeout.value)});
    const bool all = std::ranges::all_of(
        places, [](const Tried& tried) { return tried.delivery.kind == Delivery::Kind::delivered; });
    const int exit = all && !sinks.empty() ? 0 : 1;
    if (options.json) return print(to_json(places, report), exit);
    std::string text;
    if (!places.empty()) text = to_text(places, report);
    if (sinks.empty())
        text +=
            "The settings name no place for reports. 'report:' in agent.yaml, or machine policy, does; see "
            "'wsus-trust-agent config show'.\n";
    return print(text, exit);
}

} // namespace wta
