#include "tests/bench/fleet_agent.h"

#include "agent/commands/load_settings.h"
#include "agent/commands/open_reporting.h"
#include "agent/commands/run_id.h"
#include "agent/cycle/run_cycle.h"
#include "agent/platform/private_folder.h"
#include "agent/reporting/https_sink.h"
#include "agent/transport/transports.h"
#include "agent/transport/uplink.h"
#include "common/certificate/digest.h"
#include "common/report/codes.h"
#include "common/trust/observed_state.h"
#include "tests/support/memory_endpoint.h"

#include <fmt/format.h>

#include <algorithm>
#include <stdexcept>

namespace wta::bench {
namespace {

Moment moment(Timestamp now) { return {now, now.time_since_epoch()}; }

// Any number for any number, evenly spread: SplitMix64 (Steele, Lea, Flood, OOPSLA 2014).
std::uint64_t mixed(std::uint64_t x) {
    x = (x ^ (x >> 30U)) * 0xBF58476D1CE4E5B9U;
    x = (x ^ (x >> 27U)) * 0x94D049BB133111EBU;
    return x ^ (x >> 31U);
}

Identity identity_of(int number) {
    const std::uint64_t a = mixed(static_cast<std::uint64_t>(number) + 1);
    const std::uint64_t b = mixed(a);
    return {.machine_guid = fmt::format("{:08x}-{:04x}-4{:03x}-8{:03x}-{:012x}", a >> 32U, a >> 16U & 0xFFFFU,
                                        a & 0xFFFU, b >> 52U, b & 0xFFFFFFFFFFFFU),
            .computer_name = fmt::format("PC-{:06}", number)};
}

void install_windows(Registry& registry, const Identity& identity) {
    const auto set = [&registry](std::string_view key, std::string_view name, const RegistryValue& value) {
        if (!registry.set(key, name, value)) throw std::runtime_error("a registry in memory failed");
    };
    set(R"(Microsoft\Cryptography)", "MachineGuid", string_value(identity.machine_guid));
    set(policy_key, "WUServer", string_value("http://wsus.example.com:8530"));
    set(std::string(policy_key) + "\\AU", "UseWUServer", dword_value(1));
}

bool is_unfetched(const StatusReport& report) {
    return std::ranges::any_of(report.findings, [](const ReportFinding& finding) {
        return finding.code == info(ReasonCode::publication_unreachable).name &&
               finding.severity == Severity::error;
    });
}

} // namespace

FleetAgent::FleetAgent(int number, std::chrono::seconds interval, Timestamp now,
                       const std::filesystem::path& spool, Traffic& traffic)
    : number_(number), identity_(identity_of(number)), folder_(spool / fmt::format("{:06}", number)),
      traffic_(traffic), random_(mixed(static_cast<std::uint64_t>(number) + 1)),
      agenda_(rhythm_of(identity_, interval), std::nullopt, false, moment(now)) {
    install_windows(machine_, identity_);
    machine_.forget_writes();
}

double FleetAgent::draw() {
    random_ += 0x9E3779B97F4A7C15U;
    return static_cast<double>(mixed(random_) >> 11U) / 9'007'199'254'740'992.0; // 2 to the 53
}

std::optional<Timestamp> FleetAgent::next(Timestamp now, bool runs) const {
    std::optional<Timestamp> due = delivery_;
    if (runs) {
        const auto run = now + std::chrono::ceil<std::chrono::seconds>(agenda_.wait(moment(now)));
        due = due ? std::min(*due, run) : run;
    }
    return due;
}

std::optional<KeptReport> FleetAgent::act(Timestamp now, const FleetSettings& settings, bool runs) {
    std::optional<KeptReport> kept;
    if (runs && agenda_.take(moment(now))) {
        kept = run(now, settings);
        delivery_ = now;
    }
    if (delivery_ && *delivery_ <= now) deliver(now);
    return kept;
}

std::shared_ptr<Reporting> FleetAgent::open_reporting(const Settings& settings) {
    if (const auto made = platform::ensure_private_folder(folder_); !made)
        throw std::runtime_error(made.error().message);
    const TransportOptions network = transport_options(settings);
    uplink_ = std::make_shared<NotedUplink>(
        make_uplink({.ca_file = network.ca_file, .system_proxy = {}, .user_agent = network.user_agent}),
        traffic_);
    const auto unprotected = [](const std::filesystem::path&) { return std::optional<std::string>(); };
    const auto sink =
        std::make_shared<HttpsSink>(HttpsSink::Options{.url = settings.report.https_url.value.value(),
                                                       .token_file = settings.report.https_token_file.value,
                                                       .computer = identity_.computer_name,
                                                       .unprotected = unprotected},
                                    uplink_);
    const Rhythm rhythm = rhythm_of(identity_, settings.report.heartbeat.value);
    return std::make_shared<Reporting>(
        ReportingSetup{.folder = folder_,
                       .sinks = {sink},
                       .machine = to_string(sha256_of(as_byte_view(identity_.machine_guid))),
                       .heartbeat = {rhythm.interval, rhythm.offset},
                       .limits = {},
                       .random = [this] { return draw(); }});
}

// As agent/resident/resident_cycle.cpp does it.
std::optional<KeptReport> FleetAgent::run(Timestamp now, const FleetSettings& settings) {
    StatusReport header;
    header.run_id = make_run_id(now);
    header.command = "repair";
    header.time = now;
    header.mode = "enforce";
    header.endpoint_kind = "live";
    header.endpoint_name = identity_.computer_name;
    header.agent_version = WSUS_TRUST_AGENT_VERSION;
    header.settings_place = settings.place;
    header.settings_digest = settings.digest;
    reporting_ = open_reporting(settings.settings);
    for (const Finding& finding : reporting_->findings()) header.findings.push_back(to_report(finding));

    test::MemoryEndpoint endpoint(machine_, {EndpointKind::live, identity_.computer_name});
    NotedTransport transport(make_transport(transport_options(settings.settings)), now, traffic_);
    const CycleRequest request{.kind = CycleKind::repair,
                               .trigger = Trigger::scheduled,
                               .now = now,
                               .computer_name = identity_.computer_name,
                               .header = header};
    const StatusReport report = run_cycle(request, settings.settings, endpoint, transport);
    machine_.forget_writes();
    reporting_->keep(report);
    agenda_.run_ended({.busy = false, .unfetched = is_unfetched(report)}, moment(now));
    ++outcome_.runs;
    outcome_.compliant = report.in_desired_state == true;
    if (!Queue(queue_folder()).read(header.run_id)) return std::nullopt;
    return KeptReport{now, number_, header.run_id};
}

// As agent/resident/deliveries.cpp does it.
void FleetAgent::deliver(Timestamp now) {
    uplink_->set_time(now);
    const auto again = reporting_->deliver(now, std::chrono::steady_clock::now() + delivery_time, {});
    delivery_.reset();
    if (again)
        delivery_ = now + *again;
    else
        reporting_.reset();
}

} // namespace wta::bench
