// The endpoints that there are on Windows.
#include "tests/contract/endpoint_contract.h"
#include "tests/support/scratch_machine.h"

namespace wta::test {
namespace {

class LiveMachineUnderTest : public Machine {
public:
    [[nodiscard]] std::unique_ptr<Endpoint> open(Use use) override { return scratch_.open(use).value(); }
    [[nodiscard]] std::string contents() override {
        LiveRegistry registry(scratch_.root());
        return dump(registry, "");
    }

private:
    ScratchMachine scratch_;
};

} // namespace

std::vector<MachineKind> machine_kinds() {
    std::vector<MachineKind> kinds = image_machines();
    kinds.push_back(memory_machine());
    kinds.push_back({"live", false, [] { return std::make_unique<LiveMachineUnderTest>(); }});
    return kinds;
}

} // namespace wta::test
