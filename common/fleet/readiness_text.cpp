#include "common/fleet/readiness_text.h"

#include "common/fleet/fleet_lists.h"
#include "common/settings/duration.h"

#include <algorithm>
#include <array>
#include <fmt/format.h>
#include <utility>

namespace wta {
namespace {

// What people read, and what to do about it.
std::pair<std::string_view, std::string_view> words(Obstacle obstacle) {
    switch (obstacle) {
    case Obstacle::none: return {"Yes", ""};
    case Obstacle::silent: return {"Left out: silent", "Add them again by leaving out --exclude-silent."};
    case Obstacle::nothing_observed:
        return {"Not looked at: its last run ended early", "Run 'check' there and correct what it says."};
    case Obstacle::not_reported:
        return {"Not in its report", "Put the certificate into its settings, and wait for its next report."};
    case Obstacle::not_in_stores:
        return {"Not in every store that it requires",
                "Run 'repair' there, or wait for its next scheduled run."};
    case Obstacle::disallowed:
        return {
            "In Untrusted Certificates (Disallowed)",
            "Whoever put it there distrusts it; to trust it, a person must remove it there (certlm.msc)."};
    case Obstacle::not_usable:
        return {"In place, but not usable there", "Run 'check' there and do what it says."};
    case Obstacle::still_trusted:
        return {"Still trusted",
                "Run 'distrust' or 'repair' there; copies from Group Policy go where they come from."};
    case Obstacle::not_asked:
        return {"Not asked about it",
                "Name it in the settings there as withdrawn or distrusted, and wait for the next report."};
    }
    return {};
}

constexpr std::array obstacles{Obstacle::still_trusted,    Obstacle::disallowed,   Obstacle::not_in_stores,
                               Obstacle::not_usable,       Obstacle::not_reported, Obstacle::not_asked,
                               Obstacle::nothing_observed, Obstacle::silent};

void add_obstacle(std::string& out, const Fleet& fleet, const FleetAnswer& answer, Obstacle obstacle,
                  const TextStyle& style) {
    std::vector<std::string> names;
    for (const MachineAnswer& each : answer.machines) {
        if (each.obstacle != obstacle) continue;
        const std::string& name = fleet.machines[each.machine].name;
        names.push_back(each.detail.empty() ? name : fmt::format("{}  {}", name, each.detail));
    }
    if (names.empty()) return;
    const auto& [what, remedy] = words(obstacle);
    out += heading(fmt::format("{}: {}", what, names.size()), style);
    add_names(out, names, style);
    out += wrapped(fmt::format("Do: {}", remedy), 2, style);
}

std::string certificate_line(const Fleet& fleet, const FleetAnswer& answer) {
    const std::string digits = to_string(answer.sha256);
    const auto known = std::ranges::find(fleet.certificates, digits, &FleetCertificate::sha256);
    if (known == fleet.certificates.end()) return fmt::format("{}, which no report names", digits);
    return known->subject.empty() ? digits : fmt::format("{}, {}", digits, known->subject);
}

std::string not_proven_by(const FleetAnswer& answer) {
    std::string text;
    if (answer.no > 0) text = plural(answer.no, "machine") + (answer.no == 1 ? " says no" : " say no");
    if (answer.unreadable > 0) {
        if (!text.empty()) text += ", and ";
        text += plural(answer.unreadable, "file") + " could not be read";
    }
    return text;
}

std::string verdict(const FleetAnswer& answer) {
    const bool ready = answer.question == FleetQuestion::ready;
    const std::string left_out =
        answer.excluded > 0 ? fmt::format(" ({} left out: silent)", answer.excluded) : std::string();
    if (answer.proven()) {
        const std::string all =
            answer.yes == 1 ? "the one machine" : fmt::format("all {} machines", answer.yes);
        return ready ? fmt::format("Yes, you may switch: {} hold{} it{}.", all, answer.yes == 1 ? "s" : "",
                                   left_out)
                     : fmt::format("Yes, it is gone: {} withdrew it{}.", all, left_out);
    }
    if (answer.yes + answer.no + answer.unreadable == 0)
        return fmt::format("Not proven: no reports{}: nothing is proven.", left_out);
    return fmt::format("{}: {}{}.", ready ? "Do not switch yet" : "Not proven that it is gone",
                       not_proven_by(answer), left_out);
}

} // namespace

std::string to_text(const Fleet& fleet, const FleetSummary& summary, const FleetAnswer& answer,
                    const TextStyle& style) {
    const bool ready = answer.question == FleetQuestion::ready;
    std::string out =
        wrapped(fmt::format("{} {}", ready ? "Is every machine ready for" : "Is it gone everywhere:",
                            certificate_line(fleet, answer)),
                0, style);
    std::vector<TableRow> rows;
    rows.push_back(
        {Color::good,
         {ready ? "ready" : "gone", std::to_string(answer.yes),
          ready ? "in every store that they require" : "withdrawn, and in no store that gives trust"},
         {}});
    rows.push_back({answer.no > 0 ? Color::bad : Color::none,
                    {ready ? "not ready" : "not gone, or not proven", std::to_string(answer.no), ""},
                    {}});
    if (answer.exclude_silent)
        rows.push_back({Color::none,
                        {"left out", std::to_string(answer.excluded),
                         "no report for more than " + to_string(*answer.exclude_silent)},
                        {}});
    rows.push_back({answer.unreadable > 0 ? Color::bad : Color::none,
                    {"unreadable files", std::to_string(answer.unreadable), ""},
                    {}});
    if (const std::size_t silent = summary.silent.size(); silent > 0 && !answer.exclude_silent)
        rows.push_back({Color::warn,
                        {"silent", std::to_string(silent),
                         fmt::format("no report for more than {}: judged by their last one",
                                     to_string(summary.silent_after))},
                        {}});
    out += "\n" + table({"", "", ""}, rows, style);
    for (const Obstacle obstacle : obstacles) add_obstacle(out, fleet, answer, obstacle, style);
    add_unreadable(out, fleet, style);
    const bool proven = answer.proven();
    out += "\n" + painted(wrapped(fmt::format("{} Exit code {}.", verdict(answer), proven ? 0 : 1), 0, style),
                          proven ? Color::good : Color::bad, style);
    return out;
}

std::string to_line(const FleetAnswer& answer) { return verdict(answer); }

} // namespace wta
