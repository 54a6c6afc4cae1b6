// The machines on which every claim about endpoints is tried.
#pragma once

#include "agent/endpoint/endpoint.h"

#include <catch2/catch_message.hpp>

#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace wta::test {

// A machine that can be opened again and again; what was committed to it stays. At first it is nearly empty.
class Machine {
public:
    virtual ~Machine() = default;
    [[nodiscard]] virtual std::unique_ptr<Endpoint> open(Use use) = 0;
    // Everything on it, to be compared.
    [[nodiscard]] virtual std::string contents() = 0;
};

struct MachineKind {
    std::string name;
    bool all_or_nothing = true; // a commit that fails leaves everything as before
    std::function<std::unique_ptr<Machine>()> make;
};

// Memory, and what else there is on this system: machines_linux.cpp, machines_windows.cpp.
[[nodiscard]] std::vector<MachineKind> machine_kinds();

[[nodiscard]] MachineKind memory_machine();

// One, or none where there is no libhivex.
[[nodiscard]] std::vector<MachineKind> image_machines();

struct MachineUnderTest {
    std::unique_ptr<Machine> machine;
    Catch::ScopedMessage name; // shown when a check fails
    Machine* operator->() const { return machine.get(); }
};

// Runs the test from here on once for each kind of machine.
[[nodiscard]] MachineUnderTest any_machine();
[[nodiscard]] MachineUnderTest any_all_or_nothing_machine();

// Every key below `key`, and every value with its type and bytes, as lines.
[[nodiscard]] std::string dump(Registry& registry, const std::string& key);

} // namespace wta::test
