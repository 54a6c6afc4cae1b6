#include "agent/commands/commands.h"
#include "agent/commands/load_settings.h"
#include "agent/commands/output.h"
#include "common/report/codes.h"
#include "common/settings/settings_listing.h"

#include <boost/json.hpp>
#include <fmt/format.h>
#include <fmt/ranges.h>

namespace wta {
namespace {

namespace json = boost::json;

// Each mistake on a line of its own, as compilers and editors know it.
int print_problems(const LoadedSettings& loaded, const Options& options) {
    if (options.json) {
        json::array errors;
        for (const Finding& problem : loaded.problems) {
            const ReportFinding finding = to_report(problem);
            errors.push_back(json::object{{"code", finding.code},
                                          {"place", finding.subject},
                                          {"message", finding.message},
                                          {"remedy", finding.remedy}});
        }
        return print(json::object{{"valid", false}, {"place", loaded.place}, {"errors", std::move(errors)}},
                     3);
    }
    std::string text;
    for (const Finding& problem : loaded.problems) {
        const ReportFinding finding = to_report(problem);
        const bool mistake = problem.code == ReasonCode::settings_invalid;
        text += fmt::format("{}: {}\n", problem.subject, mistake ? problem.detail : finding.message);
        if (!mistake) text += wrapped("Do: " + finding.remedy, 2, text_style());
    }
    return print(text, 3);
}

} // namespace

int run_config_show(const Options& options) {
    const LoadedSettings loaded = load_settings(options);
    if (!loaded.problems.empty()) return print_problems(loaded, options);
    const std::vector<ListedSetting> listed = list_settings(loaded.settings);
    if (options.json) {
        json::array settings;
        for (const ListedSetting& setting : listed)
            settings.push_back(
                json::object{{"key", setting.key}, {"value", setting.value}, {"origin", setting.origin}});
        return print(json::object{{"place", loaded.place.empty() ? json::value() : json::value(loaded.place)},
                                  {"settings", std::move(settings)}},
                     0);
    }
    std::vector<TableRow> rows;
    for (const ListedSetting& setting : listed)
        rows.push_back({Color::none, {setting.key, setting.value, setting.origin}, {}});
    std::string text = table({"SETTING", "VALUE", "FROM"}, rows, text_style());
    if (loaded.place.empty())
        text +=
            fmt::format("\nThere is no settings file; looked at {}.\n", fmt::join(loaded.looked_at, ", "));
    return print(text, 0);
}

int run_config_validate(const Options& options) {
    LoadedSettings loaded = load_settings(options);
    if (loaded.place.empty() && loaded.problems.empty())
        loaded.problems.push_back(
            {.code = ReasonCode::settings_not_found,
             .subject = loaded.looked_at.front(),
             .detail = fmt::format("Looked at {}.", fmt::join(loaded.looked_at, ", "))});
    if (!loaded.problems.empty()) return print_problems(loaded, options);
    if (options.json)
        return print(json::object{{"valid", true}, {"place", loaded.place}, {"errors", json::array()}}, 0);
    const std::size_t count = loaded.settings.certificates.size();
    return print(fmt::format("{}: valid, {} certificate{}.\n", loaded.place, count, count == 1 ? "" : "s"),
                 0);
}

} // namespace wta
