#include "agent/platform/windows/registry_watch.h"

#include "agent/endpoint/live_key.h"
#include "agent/platform/windows/wait.h"
#include "tests/support/scratch_machine.h"

#include <catch2/catch_test_macros.hpp>

#include <array>

using namespace wta;
using namespace wta::test;
using namespace std::chrono_literals;
using platform::RegistryWatch;
using platform::WatchedKey;

namespace {

class Watched {
public:
    Watched() : registry(machine.root(), LiveWrites::everything), watch_({true, machine.root().path}) {}

    void arm(const std::vector<WatchedKey>& keys) { CHECK(watch_.arm(keys).empty()); }

    // A notification is raised before the call that changes something returns, so nothing is waited for.
    bool told() {
        const std::array<void*, 1> handles{watch_.handle()};
        return platform::wait_for_any(handles, 0ms).has_value();
    }
    RegistryWatch& watch() { return watch_; }

    ScratchMachine machine;
    LiveRegistry registry;

private:
    RegistryWatch watch_;
};

} // namespace

TEST_CASE("each change of a value tells: set, set to the same type, removed") {
    Watched w;
    REQUIRE(w.registry.set("Policies\\P", "x", dword_value(1)));
    w.arm({{"Policies\\P", false}});
    CHECK_FALSE(w.told());
    REQUIRE(w.registry.set("Policies\\P", "x", dword_value(0)));
    CHECK(w.told());
    CHECK_FALSE(w.told()); // once
    w.arm({{"Policies\\P", false}});
    REQUIRE(w.registry.set("Policies\\P", "x", string_value("1")));
    CHECK(w.told());
    w.arm({{"Policies\\P", false}});
    REQUIRE(w.registry.erase("Policies\\P", "x"));
    CHECK(w.told());
}

TEST_CASE("a key that is watched alone does not tell of values below it, and tells of sub-keys that come") {
    Watched w;
    REQUIRE(w.registry.set("Microsoft\\C\\Below", "x", dword_value(1)));
    w.arm({{"Microsoft\\C", false}});
    REQUIRE(w.registry.set("Microsoft\\C\\Below", "x", dword_value(2)));
    CHECK_FALSE(w.told());
    REQUIRE(w.registry.set("Microsoft\\C\\New", "x", dword_value(1)));
    CHECK(w.told());
}

TEST_CASE("a key that is watched with all below tells of values deep below it") {
    Watched w;
    REQUIRE(w.registry.set("Microsoft\\S\\A\\B", "Blob", dword_value(1)));
    w.arm({{"Microsoft\\S", true}});
    REQUIRE(w.registry.set("Microsoft\\S\\A\\B", "Blob", dword_value(2)));
    CHECK(w.told());
}

TEST_CASE("a key that is removed tells, and the one that comes in its place is watched when armed again") {
    Watched w;
    const std::vector<WatchedKey> keys{{"Policies\\A\\P", true}};
    REQUIRE(w.registry.set("Policies\\A\\P", "x", dword_value(1)));
    w.arm(keys);
    REQUIRE(w.registry.erase_key("Policies\\A\\P"));
    CHECK(w.told());
    w.arm(keys);
    CHECK_FALSE(w.told());
    REQUIRE(w.registry.set("Policies\\A\\P", "x", dword_value(0)));
    CHECK(w.told());
    w.arm(keys);
    REQUIRE(w.registry.set("Policies\\A\\P", "x", dword_value(1)));
    CHECK(w.told());
}

TEST_CASE("of a missing key the nearest one above it is watched, for keys only, and each step is told") {
    Watched w;
    const std::vector<WatchedKey> keys{{"Policies\\A\\B\\C", true}};
    w.arm(keys);
    REQUIRE(w.registry.set("Policies", "a value of the key above", dword_value(1)));
    REQUIRE(w.registry.set("Microsoft\\Elsewhere", "x", dword_value(1)));
    CHECK_FALSE(w.told());
    REQUIRE(w.registry.set("Policies\\A", "x", dword_value(1)));
    CHECK(w.told());
    w.arm(keys);
    REQUIRE(w.registry.set("Policies\\A\\B", "x", dword_value(1)));
    CHECK(w.told());
    w.arm(keys);
    REQUIRE(w.registry.set("Policies\\A\\B\\C", "x", dword_value(1)));
    CHECK(w.told());
}

TEST_CASE("one key above stands for many missing ones, and what was armed before is given up") {
    Watched w;
    std::vector<WatchedKey> keys;
    for (int i = 0; i < 200; ++i) keys.push_back({"Microsoft\\Missing\\" + std::to_string(i), true});
    w.arm(keys);
    w.arm({{"Policies\\P", false}});
    REQUIRE(w.registry.set("Microsoft\\Missing\\7", "x", dword_value(1)));
    CHECK_FALSE(w.told());
    w.arm(keys);
    REQUIRE(w.registry.set("Microsoft\\Missing\\7", "x", dword_value(2)));
    CHECK(w.told());
}

TEST_CASE("a key that may not be watched is named, and the others are watched") {
    Watched w;
    REQUIRE(w.registry.set("Policies\\Closed", "x", dword_value(1)));
    REQUIRE(w.registry.set("Policies\\Open", "x", dword_value(1)));
    w.machine.deny("Policies\\Closed", KEY_NOTIFY);
    const std::vector<WatchedKey> keys{{"Policies\\Closed", false}, {"Policies\\Open", false}};
    CHECK(w.watch().arm(keys) == std::vector<std::string>{"Policies\\Closed"});
    REQUIRE(w.registry.set("Policies\\Open", "x", dword_value(2)));
    CHECK(w.told());
}
