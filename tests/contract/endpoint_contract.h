// One suite of claims that every endpoint keeps; a new backend is a new Machine in the list below.
#pragma once

#include "agent/endpoint/image_endpoint.h"
#include "tests/support/memory_endpoint.h"
#include "tests/support/sample_hive.h"
#include "tests/support/scratch_folder.h"

#include <memory>
#include <tuple>

namespace wta::test {

// A machine that can be opened again and again; what was committed to it stays. At first it is nearly empty.
class MemoryMachine {
public:
    [[nodiscard]] std::unique_ptr<Endpoint> open(Use use) {
        return std::make_unique<MemoryEndpoint>(memory_, EndpointDescription{EndpointKind::image, "memory"},
                                                use);
    }
    // Everything on it, to be compared.
    [[nodiscard]] MemoryRegistry::Contents contents() const { return memory_.contents(); }

private:
    MemoryRegistry memory_;
};

class ImageMachine {
public:
    ImageMachine() {
        write_bytes(hive_, make_hive({"ROOT", {}, {{"Microsoft", {}, {}}, {"Policies", {}, {}}}}));
    }
    [[nodiscard]] std::unique_ptr<Endpoint> open(Use use) { return open_image(hive_, use).value(); }
    [[nodiscard]] std::pair<Bytes, std::vector<std::string>> contents() const {
        return {read_bytes(hive_), scratch_.names()};
    }

private:
    ScratchFolder scratch_;
    std::filesystem::path hive_ = scratch_.path() / "SOFTWARE";
};

using Machines = std::tuple<MemoryMachine, ImageMachine>;

} // namespace wta::test
