#include "common/rollout/intune.h"

#include "common/base/markup.h"
#include "common/report/json_text.h"

#include <boost/json.hpp>
#include <fmt/format.h>

namespace wta {
namespace {

namespace json = boost::json;

// The area of a policy is APP~TYPE~CATEGORIES: the first two come from the address that the ADMX went to, the
// categories from the ADMX.
constexpr std::string_view ingestion =
    "./Device/Vendor/MSFT/Policy/ConfigOperations/ADMXInstall/WsusTrustAgent/Policy/WsusTrustAgentAdmx";
constexpr std::string_view certificates_policy =
    "./Device/Vendor/MSFT/Policy/Config/WsusTrustAgent~Policy~WsusTrustAgent/Certificates";

std::string enabled_with(const std::vector<std::string>& entries) {
    std::string list;
    for (std::size_t i = 0; i < entries.size(); ++i)
        list += fmt::format("{}{}&#xF000;{}", i == 0 ? "" : "&#xF000;", i + 1, markup_text(entries[i]));
    return fmt::format("<enabled/>\n<data id=\"Certificates\" value=\"{}\"/>", list);
}

json::object setting(std::string_view name, std::string_view description, std::string_view address,
                     std::string value) {
    return {{"@odata.type", "#microsoft.graph.omaSettingString"},
            {"displayName", name},
            {"description", description},
            {"omaUri", address},
            {"value", std::move(value)}};
}

} // namespace

std::string intune_profile(const std::vector<std::string>& entries, std::string_view admx) {
    return to_indented_text(json::object{
        {"@odata.type", "#microsoft.graph.windows10CustomConfiguration"},
        {"displayName", "WSUS Trust Agent: certificates"},
        {"description", "Which certificates may sign updates, for the WSUS Trust Agent. Written by "
                        "'wsus-trust-agent pack'."},
        {"omaSettings",
         json::array{
             setting("Policy definitions", "wsus-trust-agent.admx", ingestion, std::string(admx)),
             setting("Certificates", "The whole list", certificates_policy, enabled_with(entries))}}});
}

} // namespace wta
