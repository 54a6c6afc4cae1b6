#include "agent/commands/open_reporting.h"

#include "agent/commands/make_sinks.h"
#include "agent/platform/platform.h"
#include "agent/platform/private_folder.h"
#include "agent/resident/schedule.h"
#include "common/certificate/digest.h"
#include "common/trust/observed_state.h"

#include <spdlog/spdlog.h>

#include <array>

namespace wta {
namespace {

Result<std::filesystem::path> spool_folder(const Settings& settings) {
    const auto& named = settings.report.spool.value;
    if (!named) return platform::default_spool_folder();
    std::filesystem::path folder(std::u8string(named->begin(), named->end()));
    WTA_TRY(platform::ensure_private_folder(folder));
    return folder;
}

double draw() {
    std::array<std::byte, 4> bytes{};
    platform::fill_randomly(bytes);
    return static_cast<double>(read_u32le(bytes, 0).value_or(0)) / 4'294'967'296.0; // 2 to the 32
}

Identity identity_of(Registry* registry) {
    Identity identity{.machine_guid = {}, .computer_name = platform::computer_name()};
    if (registry == nullptr) return identity;
    if (const auto guid = read_machine_guid(*registry)) identity.machine_guid = *guid;
    return identity;
}

// Not the GUID itself, which is nobody's business.
std::string name_of(const Identity& identity) {
    return to_string(sha256_of(as_byte_view(identity.computer_name + '\0' + identity.machine_guid)));
}

} // namespace

std::unique_ptr<Reporting> open_reporting(const Options& options, const Settings& settings,
                                          Registry* registry, StatusReport& header) {
    if (options.what_if || (!options.image && !platform::is_elevated())) return nullptr;
    const Identity identity = identity_of(registry);
    std::vector<std::shared_ptr<Sink>> sinks = make_sinks(settings, identity.computer_name);
    if (sinks.empty()) return nullptr;
    auto folder = spool_folder(settings);
    if (!folder) {
        header.findings.push_back(to_report(
            Finding{.code = ReasonCode::report_spool_unusable, .detail = folder.error().message + "."}));
        spdlog::warn("no report is sent: {}", folder.error().message);
        return nullptr;
    }
    const Rhythm rhythm = rhythm_of(identity, settings.report.heartbeat.value);
    auto reporting = std::make_unique<Reporting>(ReportingSetup{.folder = *std::move(folder),
                                                                .sinks = std::move(sinks),
                                                                .machine = name_of(identity),
                                                                .heartbeat = {rhythm.interval, rhythm.offset},
                                                                .limits = {},
                                                                .random = draw});
    for (const Finding& finding : reporting->findings()) header.findings.push_back(to_report(finding));
    return reporting;
}

void deliver_reports(Reporting* reporting) {
    if (reporting == nullptr) return;
    const auto now = std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now());
    static_cast<void>(reporting->deliver(now, std::chrono::steady_clock::now() + delivery_time, {}));
}

} // namespace wta
