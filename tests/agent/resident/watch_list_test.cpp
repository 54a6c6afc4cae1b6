#include "agent/resident/watch_list.h"

#include "agent/resident/recording_registry.h"
#include "common/ports/registry_path.h"
#include "common/trust/observed_state.h"
#include "tests/support/memory_registry.h"

#include <catch2/catch_test_macros.hpp>

#include <algorithm>
#include <random>

using namespace wta;
using namespace wta::test;
using platform::WatchedKey;

namespace {

using List = std::vector<WatchedKey>;

List list_of(std::vector<std::string> read) { return watch_list(read); }

} // namespace

TEST_CASE("a key alone is watched alone") {
    CHECK(list_of({"Microsoft\\Cryptography"}) == List{{"Microsoft\\Cryptography", false}});
    CHECK(list_of({}).empty());
}

TEST_CASE("a key with others below it is watched with all below, and stands for them") {
    CHECK(list_of({"P\\Update", "P\\Update\\AU", "P\\update\\au\\x"}) == List{{"P\\Update", true}});
}

TEST_CASE("a name that only begins alike is another key") {
    CHECK(list_of({"A\\Root", "A\\Root2\\x", "A\\Root 3"}) ==
          List{{"A\\Root 3", false}, {"A\\Root2\\x", false}, {"A\\Root", false}});
}

TEST_CASE("what is above the keys that were read is not watched") {
    CHECK(list_of({"M\\S\\Root\\C\\1", "M\\S\\Root\\C", "M\\S\\CA\\C"}) ==
          List{{"M\\S\\CA\\C", false}, {"M\\S\\Root\\C", true}});
}

TEST_CASE("the order in which keys were read does not matter") {
    std::vector<std::string> read{"B", "A\\B", "A", "A\\B\\C", "B\\A", "C\\D", "C-D"};
    const List expected = watch_list(read);
    std::mt19937 random(1); // NOLINT(cert-msc32-c,cert-msc51-cpp)
    for (int i = 0; i < 50; ++i) {
        std::ranges::shuffle(read, random);
        REQUIRE(watch_list(read) == expected);
    }
}

TEST_CASE("every key that an observation reads is watched: itself, or as one below") {
    MemoryRegistry memory;
    REQUIRE(
        memory.set(certificates_key(StoreName::root, Location::machine) + "\\AB", "Blob", dword_value(1)));
    RecordingRegistry registry(memory);
    REQUIRE(observe(registry));
    const std::vector<std::string> read = registry.recorded();
    const List list = watch_list(read);
    for (const std::string& path : read) {
        const std::string folded = fold_case(path) + "\\";
        CAPTURE(path);
        CHECK(std::ranges::count_if(list, [&](const WatchedKey& watched) {
                  const std::string above = fold_case(watched.path) + "\\";
                  return watched.with_below ? folded.starts_with(above) : folded == above;
              }) == 1);
    }
    for (const WatchedKey& watched : list)
        if (watched.path == "Microsoft\\Cryptography") CHECK_FALSE(watched.with_below);
}
