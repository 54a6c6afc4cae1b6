// Hands libFuzzer's inputs to one target: FUZZ_TARGET names it.
#include "tests/fuzz/targets.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    wta::fuzz::FUZZ_TARGET(std::as_bytes(std::span(data, size)));
    return 0;
}
