// What a run writes, keeps and says when something fails around its changes.
#include "agent/cycle/run_cycle.h"

#include "common/trust/registry_store_writer.h"
#include "tests/support/disturbance.h"
#include "tests/support/scene.h"

#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>

#include <algorithm>
#include <functional>
#include <utility>

using namespace wta;
using test::ca;
using test::changes;
using test::codes;
using test::Scene;
using test::wsus;

namespace {

// Fails, or only claims to have done, what it is told to.
class UnreliableRegistry : public test::MemoryRegistry {
public:
    using Chosen = std::function<bool(std::string_view key, std::string_view name)>;
    Chosen unreadable; // values
    Chosen unlistable; // keys
    Chosen unwritable; // values
    Chosen lost;       // values that are written, keys that are removed

    Result<std::optional<RegistryValue>> get(std::string_view key, std::string_view name) override {
        if (unreadable && unreadable(key, name)) return failure();
        return MemoryRegistry::get(key, name);
    }
    Result<std::optional<KeyListing>> list(std::string_view key) override {
        if (unlistable && unlistable(key, {})) return failure();
        return MemoryRegistry::list(key);
    }
    Result<void> set(std::string_view key, std::string_view name, const RegistryValue& value) override {
        if (unwritable && unwritable(key, name)) return failure();
        if (lost && lost(key, name)) return {};
        return MemoryRegistry::set(key, name, value);
    }
    Result<void> erase_key(std::string_view key) override {
        if (lost && lost(key, {})) return {};
        return MemoryRegistry::erase_key(key);
    }

private:
    static std::unexpected<Error> failure() { return fail(ErrorCode::io, "told to fail"); }
};

// A machine to be repaired whose registry is unreliable.
struct UnreliableScene : Scene {
    UnreliableRegistry unreliable;

    UnreliableScene() {
        pin(wsus());
        publish(wsus());
    }
    [[nodiscard]] CycleRequest repair_request() const {
        return {.kind = CycleKind::repair, .now = now, .computer_name = {}, .header = {}};
    }
    [[nodiscard]] bool in_root() {
        return observe(unreliable).value().holds(StoreName::root, sha256_of(wsus()));
    }
};

// What a run came to on an image, which was committed or not, and on a live machine.
struct Outcomes {
    StatusReport image;
    bool image_committed = false;
    StatusReport live;
};

Outcomes repaired(const std::function<void(UnreliableRegistry&)>& prepare) {
    const auto repair = [&prepare](EndpointKind kind) {
        UnreliableScene scene;
        prepare(scene.unreliable);
        test::MemoryEndpoint endpoint(scene.unreliable, {kind, "memory"});
        StatusReport report = run_cycle(scene.repair_request(), scene.settings, endpoint, scene.transport);
        return std::pair(std::move(report), endpoint.commits() > 0);
    };
    auto [image, committed] = repair(EndpointKind::image);
    return {std::move(image), committed, repair(EndpointKind::live).first};
}

bool below(std::string_view key, std::string_view parent) { return key.starts_with(parent); }

std::string root_key() { return certificates_key(StoreName::root, Location::machine); }

} // namespace

TEST_CASE("a right that is missing exits 5 and changes nothing") {
    Scene scene;
    scene.pin(wsus());
    scene.publish(wsus());
    test::MemoryEndpoint endpoint(scene.registry);
    endpoint.fail_begin_changes(
        {.code = ErrorCode::access_denied, .message = "the folder may not be written"});
    const StatusReport report =
        run_cycle({.kind = CycleKind::repair, .now = scene.now, .computer_name = {}, .header = {}},
                  scene.settings, endpoint, scene.transport);
    CHECK(exit_code(report) == 5);
    CHECK(report.findings.at(0).message == "The folder may not be written.");
    CHECK(changes(report).find("done") == std::string::npos);
    CHECK(scene.registry.writes().empty());
}

TEST_CASE("a commit that fails exits 8 and reports nothing as done") {
    Scene scene;
    scene.pin(wsus());
    scene.publish(wsus());
    test::MemoryEndpoint endpoint(scene.registry);
    endpoint.fail_commit({.code = ErrorCode::io, .message = "no space left on device"});
    const StatusReport report =
        run_cycle({.kind = CycleKind::repair, .now = scene.now, .computer_name = {}, .header = {}},
                  scene.settings, endpoint, scene.transport);
    CHECK(exit_code(report) == 8);
    CHECK(changes(report).find("done") == std::string::npos);
    CHECK(report.in_desired_state == false);
    CHECK(scene.observed().entries.empty());
}

TEST_CASE("threats 24, 25: keys and values that somebody put below the agent's own do not keep undo or "
          "repair from working") {
    Scene scene;
    scene.pin(wsus());
    scene.publish(wsus());
    static_cast<void>(scene.repair());
    const std::string cache(cache_key);
    const std::string previous(previous_key);
    for (const std::string& key :
         {previous + "\\x", cache + "\\" + to_string(sha256_of(wsus())) + "\\y", cache + "\\notahash\\z",
          cache + "\\" + std::string(64, 'a') + "\\deep\\deeper"})
        REQUIRE(scene.registry.set(key, "v", dword_value(1)));
    REQUIRE(scene.registry.set(previous_key, policy_value_name, binary_value(Bytes(16'200))));
    scene.put_policy_value(dword_value(0));
    CHECK(exit_code(scene.repair()) == 0);
    REQUIRE(scene.registry.set(previous_key, policy_value_name, binary_value(Bytes(16'200))));
    CHECK(exit_code(scene.undo()) == 0);
    CHECK_FALSE(scene.holds(StoreName::root, wsus()));
}

TEST_CASE("state that cannot be written leaves an image as it was and is told of a live machine") {
    for (const std::string_view key : {status_key, cache_key}) {
        INFO(key);
        const Outcomes outcomes = repaired([key](UnreliableRegistry& registry) {
            registry.unwritable = [key](std::string_view where, std::string_view) {
                return below(where, key);
            };
        });
        CHECK_FALSE(outcomes.image_committed);
        CHECK(exit_code(outcomes.image) == 8);
        CHECK(changes(outcomes.image).find("done") == std::string::npos);
        CHECK(exit_code(outcomes.live) == 8);
        CHECK(outcomes.live.in_desired_state == true); // what was found; only the memory of it is missing
        CHECK(changes(outcomes.live).find("addCertificate Root done") != std::string::npos);
    }
}

TEST_CASE("a machine that cannot be looked at again: an image stays as it was, a live one is told of") {
    const Outcomes outcomes = repaired([](UnreliableRegistry& registry) {
        registry.unreadable = [&registry, failed = false](std::string_view key,
                                                          std::string_view name) mutable {
            const bool changed = below(key, root_key()) && name == "Blob" &&
                                 registry.get(policy_key, policy_value_name)->has_value();
            return changed && !std::exchange(failed, true); // once: what comes later may not save the day
        };
    });
    CHECK_FALSE(outcomes.image_committed);
    CHECK(exit_code(outcomes.image) == 8);
    CHECK(exit_code(outcomes.live) == 8);
    CHECK_FALSE(outcomes.live.in_desired_state.has_value());
}

TEST_CASE("a change that fails leaves an image as it was, and is an error of a live machine") {
    const Outcomes outcomes = repaired([](UnreliableRegistry& registry) {
        registry.unwritable = [](std::string_view key, std::string_view) { return below(key, root_key()); };
    });
    CHECK_FALSE(outcomes.image_committed);
    CHECK(exit_code(outcomes.image) == 8);
    CHECK(changes(outcomes.image) ==
          "addCertificate Root failed; addCertificate TrustedPublisher notTried; setPolicyValue notTried");
    CHECK(exit_code(outcomes.live) == 8);
    CHECK(codes(outcomes.live).find("change_failed") != std::string::npos);
    CHECK(changes(outcomes.live) ==
          "addCertificate Root failed; addCertificate TrustedPublisher done; setPolicyValue done");
}

TEST_CASE("what cannot be remembered is not done") {
    for (const std::string_view memory : {"PolicyValueWasAbsent", "CreatedKeys"}) {
        INFO(memory);
        const Outcomes outcomes = repaired([memory](UnreliableRegistry& registry) {
            registry.unwritable = [memory](std::string_view, std::string_view name) {
                return name == memory;
            };
        });
        for (const StatusReport& report : {outcomes.image, outcomes.live}) {
            CHECK(exit_code(report) == 8);
            CHECK(changes(report).find("done") == std::string::npos);
        }
        CHECK_FALSE(outcomes.image_committed);
    }
}

TEST_CASE("what is needed to take a change back is written before the change") {
    Scene scene;
    scene.kind = EndpointKind::live;
    scene.pin(wsus());
    scene.publish(wsus());
    CHECK(exit_code(scene.repair()) == 0);
    const auto& writes = scene.registry.writes();
    const auto first = [&writes](std::string_view key, std::string_view name) {
        return std::ranges::find_if(writes, [&](const test::RecordedWrite& write) {
            return below(write.key, key) && (name.empty() || write.name == name);
        });
    };
    const auto created = first(previous_key, "CreatedKeys");
    REQUIRE(created != writes.end());
    CHECK(created < first(root_key(), "Blob"));
    CHECK(first(previous_key, "PolicyValueWasAbsent") < first(policy_key, policy_value_name));
}

TEST_CASE("a change that is gone when one looks again is told") {
    for (const EndpointKind kind : {EndpointKind::image, EndpointKind::live}) {
        UnreliableScene scene;
        scene.unreliable.lost = [](std::string_view key, std::string_view name) {
            return below(key, root_key()) || (key == policy_key && name == policy_value_name);
        };
        test::MemoryEndpoint endpoint(scene.unreliable, {kind, "memory"});
        const StatusReport report =
            run_cycle(scene.repair_request(), scene.settings, endpoint, scene.transport);
        CHECK(codes(report).find("not_verified") != std::string::npos);
        CHECK(codes(report).find("policy_conflict") != std::string::npos);
        CHECK(exit_code(report) == 8);
    }
}

TEST_CASE("what undo removed and is still there is told") {
    UnreliableScene scene;
    test::MemoryEndpoint endpoint(scene.unreliable, {EndpointKind::live, "memory"});
    REQUIRE(exit_code(run_cycle(scene.repair_request(), scene.settings, endpoint, scene.transport)) == 0);
    scene.unreliable.lost = [](std::string_view key, std::string_view name) {
        return name.empty() && below(key, root_key());
    };
    test::MemoryEndpoint again(scene.unreliable, {EndpointKind::live, "memory"});
    const StatusReport report = run_undo(scene.repair_request(), again);
    CHECK(codes(report).find("not_verified") != std::string::npos);
    CHECK(exit_code(report) == 8);
    CHECK(report.in_desired_state == false);
    CHECK(scene.in_root());
}

TEST_CASE("an image whose result is not what was meant is not committed") {
    // Hands another registry to whoever verifies the result.
    class SwappedResult : public test::MemoryEndpoint {
    public:
        SwappedResult(test::MemoryRegistry& memory, std::function<void(test::MemoryRegistry&)> swap)
            : MemoryEndpoint(memory), memory_(memory), swap_(std::move(swap)) {}
        Result<void> commit(const Verify& verify) override {
            return MemoryEndpoint::commit([this, &verify](Registry&) {
                test::MemoryRegistry result;
                result.restore(memory_.contents());
                swap_(result);
                return verify(result);
            });
        }

    private:
        test::MemoryRegistry& memory_;
        std::function<void(test::MemoryRegistry&)> swap_;
    };
    const auto exit_when = [](const std::function<void(test::MemoryRegistry&)>& swap) {
        UnreliableScene scene;
        SwappedResult endpoint(scene.unreliable, swap);
        const StatusReport report =
            run_cycle(scene.repair_request(), scene.settings, endpoint, scene.transport);
        CHECK((endpoint.commits() > 0) == (exit_code(report) == 0));
        return exit_code(report);
    };
    CHECK(exit_when([](test::MemoryRegistry&) {}) == 0);
    CHECK(exit_when([](test::MemoryRegistry& result) {
              REQUIRE(result.set(policy_key, policy_value_name, dword_value(0)));
          }) == 8);
    CHECK(exit_when([](test::MemoryRegistry& result) {
              REQUIRE(result.erase_key(entry_key(StoreName::root, thumbprint_of(wsus()))));
          }) == 8);
}

TEST_CASE("an image that cannot be read is damaged, and a cache that cannot be read is no empty one") {
    Scene scene;
    scene.pin(wsus());
    scene.registry.fail_call(1, {.code = ErrorCode::io, .message = "told to fail"});
    CHECK(exit_code(scene.check()) == 9);
    const Outcomes outcomes = repaired([](UnreliableRegistry& registry) {
        registry.unreadable = [](std::string_view key, std::string_view) { return below(key, cache_key); };
    });
    CHECK(exit_code(outcomes.image) == 9);
    CHECK(exit_code(outcomes.live) == 8);
}

TEST_CASE("kept for later is what is trusted and admitted, and nothing else") {
    Scene scene;
    scene.pin(wsus());
    scene.publish(wsus());
    scene.pin(ca().der);
    scene.publish(ca().der);
    CHECK(exit_code(scene.repair()) == 6);
    CHECK(*list_cached(scene.registry) == std::vector{sha256_of(wsus())});

    scene.registry.forget_writes();
    scene.put_policy_value(dword_value(0));
    CHECK(exit_code(scene.repair()) == 6);
    CHECK(std::ranges::none_of(scene.registry.writes(),
                               [](const test::RecordedWrite& write) { return below(write.key, cache_key); }));

    scene.settings.certificates.pop_back();
    scene.settings.certificates[0].state = CertificateState::distrusted;
    CHECK(exit_code(scene.repair()) == 0);
    CHECK(list_cached(scene.registry)->empty());

    scene.settings.certificates.clear();
    scene.pin(test::ca_issued());
    scene.publish(test::ca_issued());
    CHECK(exit_code(scene.repair()) == 0);
    CHECK(*list_cached(scene.registry) == std::vector{sha256_of(test::ca_issued())});
    scene.settings.certificates.clear();
    scene.pin(wsus()).state = CertificateState::withdrawn;
    scene.put(StoreName::root, wsus());
    CHECK(exit_code(scene.repair()) == 0);
    CHECK(list_cached(scene.registry)->empty());
}

TEST_CASE("an undo that could not restore the policy value remembers it, and the next one restores it") {
    Scene scene;
    scene.kind = EndpointKind::live;
    scene.pin(wsus());
    scene.publish(wsus());
    scene.put_policy_value(dword_value(0));
    REQUIRE(exit_code(scene.repair()) == 0);
    test::MemoryEndpoint endpoint(scene.registry, {EndpointKind::live, "memory"});
    test::Disturbance counted;
    test::DisturbedEndpoint counting(endpoint, counted);
    const auto before = scene.registry.contents();
    const CycleRequest request{
        .kind = CycleKind::repair, .now = scene.now, .computer_name = {}, .header = {}};
    static_cast<void>(run_undo(request, counting));
    const auto restores = [](const test::Disturbance::Call& call) {
        return call.call == test::PortCall::set && call.key == policy_key;
    };
    const auto place = std::ranges::find_if(counted.calls(), restores);
    REQUIRE(place != counted.calls().end());
    scene.registry.restore(before);

    test::MemoryEndpoint again(scene.registry, {EndpointKind::live, "memory"});
    test::Disturbance failing(
        test::Disturbance::Kind::fails, static_cast<int>(place - counted.calls().begin()) + 1,
        {.code = ErrorCode::io, .message = "told to fail", .os_code = {}, .reason = {}});
    test::DisturbedEndpoint disturbed(again, failing);
    const StatusReport report = run_undo(request, disturbed);
    CHECK(exit_code(report) == 8);
    CHECK(report.in_desired_state == false);
    CHECK(scene.observed().policy_value == dword_value(1));
    CHECK(exit_code(scene.undo()) == 0);
    CHECK(scene.observed().policy_value == dword_value(0));
}

TEST_CASE("an undo that was cut off before it stored its report is finished by the next one") {
    Scene scene;
    scene.kind = EndpointKind::live;
    scene.pin(wsus());
    scene.publish(wsus());
    REQUIRE(exit_code(scene.repair()) == 0);
    for (const StoreName store : {StoreName::root, StoreName::trusted_publisher})
        REQUIRE(scene.registry.erase_key(entry_key(store, thumbprint_of(wsus()))));
    REQUIRE(scene.registry.erase(policy_key, policy_value_name));
    REQUIRE(erase_previous(scene.registry)); // the cache alone tells that something was not finished
    CHECK(exit_code(scene.undo()) == 0);
    CHECK(scene.registry.get(status_key, "Compliant").value() == dword_value(0));
    CHECK(!scene.registry.list(cache_key).value());
}

TEST_CASE("a live machine that cannot be read after its changes is told as not verified, and nothing is "
          "claimed of it") {
    Scene scene;
    scene.kind = EndpointKind::live;
    scene.pin(wsus());
    scene.publish(wsus());
    test::MemoryEndpoint endpoint(scene.registry, {EndpointKind::live, "memory"});
    endpoint.fail_commit(
        {.code = ErrorCode::access_denied, .message = "told to fail", .os_code = {}, .reason = {}});
    const StatusReport report =
        run_cycle({.kind = CycleKind::repair, .now = scene.now, .computer_name = {}, .header = {}},
                  scene.settings, endpoint, scene.transport);
    CHECK(exit_code(report) == 8);
    CHECK(codes(report) == "not_verified");
    CHECK(!report.in_desired_state);
    CHECK(report.state == ComplianceState::unknown);
    CHECK(scene.holds(StoreName::root, wsus()));
    CHECK(changes(report).find("notTried") == std::string::npos);
}

TEST_CASE("an image that is in its place, though perhaps not on the disk, is not told as unchanged") {
    Scene scene;
    scene.pin(wsus());
    scene.publish(wsus());
    test::MemoryEndpoint endpoint(scene.registry);
    endpoint.fail_commit({.code = ErrorCode::io,
                          .message = "told to fail",
                          .os_code = {},
                          .reason = ReasonCode::not_verified});
    const StatusReport report =
        run_cycle({.kind = CycleKind::repair, .now = scene.now, .computer_name = {}, .header = {}},
                  scene.settings, endpoint, scene.transport);
    CHECK(exit_code(report) == 8);
    CHECK(codes(report) == "not_verified");
    CHECK(!report.in_desired_state);
    CHECK(changes(report).find("notTried") == std::string::npos);
}
