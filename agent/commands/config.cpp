#include "agent/commands/commands.h"
#include "agent/commands/load_settings.h"
#include "agent/commands/output.h"
#include "common/report/codes.h"
#include "common/settings/settings_listing.h"

#include <algorithm>
#include <boost/json.hpp>
#include <fmt/format.h>
#include <fmt/ranges.h>

namespace wta {
namespace {

namespace json = boost::json;

json::array to_array(const std::vector<Finding>& findings) {
    json::array array;
    for (const Finding& problem : findings) {
        const ReportFinding finding = to_report(problem);
        array.push_back(json::object{{"code", finding.code},
                                     {"place", finding.subject},
                                     {"message", finding.message},
                                     {"remedy", finding.remedy}});
    }
    return array;
}

// Each mistake on a line of its own, as compilers and editors know it.
std::string to_lines(const std::vector<Finding>& findings) {
    std::string text;
    for (const Finding& problem : findings) {
        const ReportFinding finding = to_report(problem);
        const bool mistake =
            problem.code == ReasonCode::settings_invalid || problem.code == ReasonCode::setting_ignored;
        text += fmt::format("{}: {}\n", problem.subject, mistake ? problem.detail : finding.message);
        if (!mistake) text += wrapped("Do: " + finding.remedy, 2, text_style());
    }
    return text;
}

int print_problems(const std::string& place, const std::vector<Finding>& problems, const Options& options) {
    if (options.json)
        return print(json::object{{"valid", false}, {"place", place}, {"errors", to_array(problems)}}, 3);
    return print(to_lines(problems), 3);
}

bool is_ignored(const Finding& finding) { return finding.code == ReasonCode::setting_ignored; }

std::vector<Finding> ignored_settings(const LoadedSettings& loaded) {
    std::vector<Finding> ignored;
    std::ranges::copy_if(loaded.findings, std::back_inserter(ignored), is_ignored);
    return ignored;
}

json::value to_json(const ListedSetting& setting, bool with_overridden) {
    json::object object{{"key", setting.key},
                        {"value", setting.value},
                        {"origin", setting.origin},
                        {"locked", setting.locked}};
    if (!with_overridden) return object;
    json::array overridden;
    for (const OverriddenValue& other : setting.overridden)
        overridden.push_back(json::object{{"value", other.value}, {"origin", other.origin}});
    object["overridden"] = std::move(overridden);
    return object;
}

json::value to_json(const OverriddenCertificate& certificate) {
    const auto& sha256 = certificate.entry.sha256;
    return json::object{{"sha256", sha256 ? json::value(to_string(*sha256)) : json::value()},
                        {"state", to_string(certificate.entry.state)},
                        {"origin", describe(certificate.entry.origin)}};
}

json::object to_json(const LoadedSettings& loaded, bool with_overridden) {
    json::array settings;
    for (const ListedSetting& setting : list_settings(loaded.settings, loaded.layers))
        settings.push_back(to_json(setting, with_overridden));
    json::object document{{"place", loaded.place.empty() ? json::value() : json::value(loaded.place)},
                          {"settings", std::move(settings)},
                          {"ignored", to_array(ignored_settings(loaded))}};
    if (with_overridden) {
        json::array certificates;
        for (const OverriddenCertificate& certificate : loaded.overridden)
            certificates.push_back(to_json(certificate));
        document["overriddenCertificates"] = std::move(certificates);
    }
    return document;
}

std::string settings_table(const LoadedSettings& loaded, bool with_overridden) {
    std::vector<TableRow> rows;
    for (const ListedSetting& setting : list_settings(loaded.settings, loaded.layers)) {
        TableRow row{
            Color::none, {setting.key, setting.value, setting.origin, setting.locked ? "yes" : "no"}, {}};
        if (with_overridden)
            for (const OverriddenValue& other : setting.overridden)
                row.notes.push_back(fmt::format("instead of {}, from {}", other.value, other.origin));
        rows.push_back(std::move(row));
    }
    return table({"SETTING", "VALUE", "FROM", "LOCKED"}, rows, text_style());
}

std::string overridden_certificates(const LoadedSettings& loaded) {
    if (loaded.overridden.empty()) return {};
    std::string text = "\nCertificates that do not count, because a layer above names the certificates, or "
                       "takes trust from this one:\n";
    for (const auto& [entry, by] : loaded.overridden)
        text += wrapped(fmt::format("{} {}, from {}", to_string(entry.state),
                                    entry.sha256 ? to_string(*entry.sha256) : "without a pin",
                                    describe(entry.origin)),
                        2, text_style());
    return text;
}

} // namespace

int run_config_show(const Options& options) {
    const LoadedSettings loaded = load_settings(options);
    if (!loaded.problems.empty()) return print_problems(loaded.places, loaded.problems, options);
    if (options.json) return print(to_json(loaded, options.origin), 0);
    std::string text = settings_table(loaded, options.origin);
    if (options.origin) text += overridden_certificates(loaded);
    if (const auto ignored = ignored_settings(loaded); !ignored.empty()) text += "\n" + to_lines(ignored);
    if (loaded.place.empty())
        text +=
            fmt::format("\nThere is no settings file; looked at {}.\n", fmt::join(loaded.looked_at, ", "));
    return print(text, 0);
}

int run_config_validate(const Options& options) {
    LoadedSettings loaded = load_settings(options);
    if (loaded.layers.empty() && loaded.problems.empty())
        loaded.problems.push_back(
            {.code = ReasonCode::settings_not_found,
             .subject = loaded.looked_at.front(),
             .detail = fmt::format("There are no settings: no file ({}), nothing from machine policy, "
                                   "nothing from an installer.",
                                   fmt::join(loaded.looked_at, ", "))});
    std::vector<Finding> problems = loaded.problems;
    std::ranges::copy(ignored_settings(loaded), std::back_inserter(problems));
    if (!problems.empty()) return print_problems(loaded.places, problems, options);
    if (options.json)
        return print(json::object{{"valid", true}, {"place", loaded.places}, {"errors", json::array()}}, 0);
    const std::size_t count = loaded.settings.certificates.size();
    return print(fmt::format("{}: valid, {} certificate{}.\n", loaded.places, count, count == 1 ? "" : "s"),
                 0);
}

} // namespace wta
