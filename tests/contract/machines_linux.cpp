// The endpoints that there are on Linux.
#include "agent/endpoint/image_endpoint.h"
#include "common/base/hex.h"
#include "tests/contract/endpoint_contract.h"
#include "tests/support/sample_hive.h"
#include "tests/support/scratch_folder.h"

namespace wta::test {
namespace {

class ImageMachine : public Machine {
public:
    ImageMachine() {
        write_bytes(hive_, make_hive({"ROOT", {}, {{"Microsoft", {}, {}}, {"Policies", {}, {}}}}));
    }
    [[nodiscard]] std::unique_ptr<Endpoint> open(Use use) override { return open_image(hive_, use).value(); }
    [[nodiscard]] std::string contents() override {
        std::string text = to_hex_lower(read_bytes(hive_));
        for (const std::string& name : scratch_.names()) text += "\n" + name;
        return text;
    }

private:
    ScratchFolder scratch_;
    std::filesystem::path hive_ = scratch_.path() / "SOFTWARE";
};

} // namespace

std::vector<MachineKind> machine_kinds() {
    return {memory_machine(), {"image", true, [] { return std::make_unique<ImageMachine>(); }}};
}

} // namespace wta::test
