// Builds without libhivex have no image.
#include "tests/contract/endpoint_contract.h"

namespace wta::test {

std::vector<MachineKind> image_machines() { return {}; }

} // namespace wta::test
