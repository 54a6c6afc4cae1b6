#include "common/rollout/rollout.h"

#include "common/base/utf.h"
#include "common/rollout/edr_exceptions.h"
#include "common/rollout/entries.h"
#include "common/rollout/group_policy.h"
#include "common/rollout/intune.h"
#include "common/rollout/rollout_assets.h"
#include "common/rollout/texts.h"
#include "common/settings/certificate_reader.h"

#include <algorithm>
#include <limits>

namespace wta {
namespace {

std::string lines(const std::vector<std::string>& list) {
    std::string text;
    for (const std::string& line : list) text += line + "\n";
    return windows_text(text);
}

} // namespace

Result<std::string> check_rollout_note(std::string_view note) {
    const std::size_t start = note.find_first_not_of(' ');
    if (start == std::string_view::npos) return std::string();
    note = note.substr(start, note.find_last_not_of(' ') - start + 1);
    if (note.size() > max_note_size)
        return refuse(ReasonCode::usage_error,
                      "--note has at most 1,000 bytes; this one has " + std::to_string(note.size()) + ".");
    if (printable(note, std::numeric_limits<std::size_t>::max()) != note)
        return refuse(ReasonCode::usage_error,
                      "--note is one line of visible characters; this one contains others: \"" +
                          printable(note, 200) + "\".");
    if (note.contains(list_separator))
        return refuse(ReasonCode::usage_error, "--note contains the character U+F000, which separates the "
                                               "certificates of a list in Intune; leave it out.");
    return std::string(note);
}

std::vector<RolloutFile> rollout_files(const Rollout& rollout) {
    const std::vector<std::string> entries = policy_entries(rollout);
    std::vector<RolloutFile> files{
        {"README.txt", readme_text(rollout)},
        {"agent.yaml", settings_file(rollout)},
        {"change-ticket.txt", change_ticket_text(rollout)},
        {"configmgr/detect.ps1", std::string(configmgr_detection_script())},
        {"configmgr/remediate.ps1", std::string(configmgr_remediation_script())},
        {"edr-exceptions/elastic-exceptions.ndjson", elastic_exceptions(rollout)},
        {"edr-exceptions/sigma-filter.yml", sigma_filter(rollout)},
        {"edr-exceptions/splunk-macros.conf", splunk_filter(rollout)},
        {"group-policy/PolicyDefinitions/en-US/wsus-trust-agent.adml", std::string(policy_texts())},
        {"group-policy/PolicyDefinitions/wsus-trust-agent.admx", std::string(policy_definitions())},
        {"group-policy/Registry.pol", registry_policy_file(entries)},
        {"group-policy/entries.txt", lines(entries)},
        {"group-policy/lgpo.txt", lgpo_text(entries)},
        {"group-policy/wsus-trust-agent-remove.reg", removal_file()},
        {"group-policy/wsus-trust-agent.reg", registration_file(entries)},
        {"intune/detect.ps1", std::string(intune_detection_script())},
        {"intune/remediate.ps1", std::string(intune_remediation_script())},
        {"intune/settings.json", intune_profile(entries, policy_definitions())},
        {"msi-command-line.txt", msi_command_text(rollout)},
    };
    std::ranges::sort(files, {}, &RolloutFile::path);
    return files;
}

} // namespace wta
