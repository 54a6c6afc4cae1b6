// The image as a machine of the contract.
#include "agent/endpoint/image_endpoint.h"
#include "common/base/hex.h"
#include "tests/contract/endpoint_contract.h"
#include "tests/support/sample_image.h"

namespace wta::test {
namespace {

class ImageMachine : public Machine {
public:
    [[nodiscard]] std::unique_ptr<Endpoint> open(Use use) override { return image_.open(use); }
    [[nodiscard]] std::string contents() override {
        std::string text = to_hex_lower(image_.bytes());
        for (const std::string& name : image_.names()) text += "\n" + name;
        return text;
    }

private:
    SampleImage image_{make_hive({"ROOT", {}, {{"Microsoft", {}, {}}, {"Policies", {}, {}}}})};
};

} // namespace

std::vector<MachineKind> image_machines() {
    return {{"image", true, [] { return std::make_unique<ImageMachine>(); }}};
}

} // namespace wta::test
