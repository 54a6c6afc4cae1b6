// One agent of the fleet simulation: the client code of the resident over a machine in memory.
#pragma once

#include "agent/reporting/reporting.h"
#include "agent/resident/agenda.h"
#include "common/settings/settings.h"
#include "tests/bench/fleet_network.h"
#include "tests/support/memory_registry.h"

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>

namespace wta::bench {

struct FleetSettings {
    Settings settings;
    std::string place;  // the file
    std::string digest; // of its text
};

// A report that waits until the receiver has acknowledged it.
struct KeptReport {
    Timestamp time;
    int agent = 0;
    std::string id;
};

// For one thread at a time.
class FleetAgent {
public:
    // Is its `number` and nothing else: name, MachineGuid, whatever it draws. Its reports wait below `spool`.
    FleetAgent(int number, std::chrono::seconds interval, Timestamp now, const std::filesystem::path& spool,
               Traffic& traffic);

    // Its next run or delivery.
    [[nodiscard]] std::optional<Timestamp> next(Timestamp now, bool runs) const;

    // Does what is due: a run when `runs` allows it, then a delivery. Returns the report that the run kept.
    std::optional<KeptReport> act(Timestamp now, const FleetSettings& settings, bool runs);

    struct Outcome {
        std::uint64_t runs = 0;
        bool compliant = false; // by its last run
    };
    [[nodiscard]] const Outcome& outcome() const { return outcome_; }
    [[nodiscard]] std::filesystem::path queue_folder() const { return folder_ / "https"; }

private:
    std::optional<KeptReport> run(Timestamp now, const FleetSettings& settings);
    [[nodiscard]] std::shared_ptr<Reporting> open_reporting(const Settings& settings);
    void deliver(Timestamp now);
    [[nodiscard]] double draw();

    int number_;
    Identity identity_;
    std::filesystem::path folder_;
    Traffic& traffic_;
    test::MemoryRegistry machine_;
    std::uint64_t random_;
    Agenda agenda_;
    std::shared_ptr<NotedUplink> uplink_;
    std::shared_ptr<Reporting> reporting_;
    std::optional<Timestamp> delivery_; // when the next one is due
    Outcome outcome_;
};

} // namespace wta::bench
