// What a live endpoint takes from the machine around it; tests put something else in its place.
#pragma once

#include "agent/endpoint/endpoint.h"
#include "agent/endpoint/live_registry.h"

#include <filesystem>
#include <functional>
#include <memory>

namespace wta {

struct LiveMachine {
    LiveRoot root;
    bool elevated = false;                                       // may change what ordinary users may not
    std::function<Result<std::filesystem::path>()> state_folder; // holds the lock; asked for only to change
    std::function<PolicyFiles()> policy_files{};                 // null: there are none
    std::function<ChainVerdict(ByteView leaf, const ChainStores& stores, Timestamp now)> judge;
};

// Errors: as of open_live().
[[nodiscard]] Result<std::unique_ptr<Endpoint>> open_live_machine(const LiveMachine& machine, Use use);

} // namespace wta
