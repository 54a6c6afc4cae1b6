#include "tests/contract/endpoint_contract.h"

#include "common/base/hex.h"
#include "tests/support/memory_endpoint.h"

#include <catch2/generators/catch_generators_range.hpp>

#include <algorithm>

namespace wta::test {
namespace {

class MemoryMachine : public Machine {
public:
    [[nodiscard]] std::unique_ptr<Endpoint> open(Use use) override {
        return std::make_unique<MemoryEndpoint>(memory_, EndpointDescription{EndpointKind::image, "memory"},
                                                use);
    }
    [[nodiscard]] std::string contents() override { return dump(memory_, ""); }

private:
    MemoryRegistry memory_;
};

MachineUnderTest one_of(const std::vector<MachineKind>& kinds) {
    const MachineKind kind = GENERATE_COPY(from_range(kinds));
    return {kind.make(), Catch::ScopedMessage(
                             Catch::MessageBuilder("INFO", CATCH_INTERNAL_LINEINFO, Catch::ResultWas::Info)
                             << "machine: " << kind.name)};
}

} // namespace

MachineKind memory_machine() {
    return {"memory", true, [] { return std::make_unique<MemoryMachine>(); }};
}

MachineUnderTest any_machine() { return one_of(machine_kinds()); }

MachineUnderTest any_all_or_nothing_machine() {
    std::vector<MachineKind> kinds = machine_kinds();
    std::erase_if(kinds, [](const MachineKind& kind) { return !kind.all_or_nothing; });
    return one_of(kinds);
}

std::string dump(Registry& registry, const std::string& key) {
    auto listing = registry.list(key).value();
    if (!listing) return {};
    std::string text = "[" + key + "]\n";
    std::ranges::sort(listing->values);
    for (const std::string& name : listing->values) {
        const auto value = registry.get(key, name).value();
        text += name + "=" + std::to_string(value->type) + ":" + to_hex_lower(value->data) + "\n";
    }
    std::ranges::sort(listing->subkeys);
    for (const std::string& name : listing->subkeys)
        text += dump(registry, key.empty() ? name : key + "\\" + name);
    return text;
}

} // namespace wta::test
