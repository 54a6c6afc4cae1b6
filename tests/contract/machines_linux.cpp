// The endpoints that there are on Linux.
#include "tests/contract/endpoint_contract.h"

namespace wta::test {

std::vector<MachineKind> machine_kinds() {
    std::vector<MachineKind> kinds = image_machines();
    kinds.push_back(memory_machine());
    return kinds;
}

} // namespace wta::test
