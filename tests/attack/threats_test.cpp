// Attacks that concern the cycle as a whole: clocks that are wrong, bytes that were changed, people who work
// against the agent.
#include "agent/cycle/run_cycle.h"
#include "common/base/utf.h"
#include "tests/support/scene.h"

#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>

using namespace wta;
using test::ca;
using test::ca_issued;
using test::codes;
using test::has;
using test::Scene;
using test::wsus;

namespace {

using std::chrono::days;
using std::chrono::hours;
using std::chrono::seconds;

constexpr Timestamp begin = test::reference_time;
constexpr Timestamp end = test::reference_time + days{365};

test::Options in_validity(std::string subject) {
    return {.subject = std::move(subject), .not_before = begin, .not_after = end};
}

// At and around both ends, every month between, and where clocks stand that lost their battery.
std::vector<Timestamp> clocks() {
    std::vector<Timestamp> times;
    for (const Timestamp edge : {begin - hours{24}, begin, end})
        for (const int off : {-86'400, -3'600, -1, 0, 1, 3'600, 86'400}) times.push_back(edge + seconds{off});
    for (int month = 1; month < 12; ++month) times.push_back(begin + days{30 * month});
    for (const int year : {1601, 1970, 1980, 2000, 2038, 2106, 2500, 9999})
        times.emplace_back(std::chrono::sys_days{std::chrono::year{year} / 1 / 1});
    return times;
}

bool right(Timestamp now) { return now >= begin - hours{24} && now <= end; }

} // namespace

TEST_CASE(
    "threat 13: wherever the clock stands, nothing is installed outside its validity, from a source, the "
    "settings or the cache") {
    const bool issued = GENERATE(false, true);
    const Bytes der = issued ? test::issued_by(ca(), in_validity("CN=Publishing"))
                             : test::self_signed(in_validity("CN=WSUS"));
    const std::string way = GENERATE("source", "settings", "cache");
    for (const Timestamp now : clocks()) {
        INFO(way << " at " << to_rfc3339(now));
        Scene scene;
        scene.now = now;
        CertificateSettings& entry = scene.pin(der);
        if (way == "source") scene.publish(der);
        if (way == "settings") entry.der = der;
        if (way == "cache") REQUIRE(write_cached(scene.registry, sha256_of(der), {der, std::nullopt}));
        const StatusReport report = scene.repair();
        CHECK(scene.holds(StoreName::trusted_publisher, der) == right(now));
        CHECK(scene.holds(StoreName::root, der) == (right(now) && !issued));
        if (!right(now)) CHECK(has(report, now > end ? "expired" : "not_yet_valid", Severity::error));
    }
}

TEST_CASE("threat 13: a clock that jumps takes nothing away, and what is missing comes back only inside its "
          "validity") {
    const Bytes der = test::self_signed(in_validity("CN=WSUS"));
    Scene scene;
    scene.pin(der);
    scene.publish(der);
    REQUIRE(exit_code(scene.repair()) == 0);
    const auto content = scene.registry.contents();
    for (const Timestamp now : clocks()) {
        INFO(to_rfc3339(now));
        scene.now = now;
        scene.registry.forget_writes();
        CHECK(scene.repair().changes.empty());
        CHECK(scene.registry.writes().empty());
        const std::string key =
            certificates_key(StoreName::root, Location::machine) + "\\" + to_string(thumbprint_of(der));
        REQUIRE(scene.registry.erase_key(key));
        static_cast<void>(scene.repair());
        CHECK(scene.holds(StoreName::root, der) == right(now));
        scene.registry.restore(content);
    }
}

TEST_CASE(
    "threat 37: with any byte flipped a certificate that is published under its old pin changes nothing") {
    const Bytes good = test::self_signed({.key = test::ec()});
    for (std::size_t i = 0; i < good.size(); ++i) {
        Bytes flipped = good;
        flipped[i] ^= std::byte{0x01};
        Scene scene;
        scene.pin(good);
        scene.transport.publish(Scene::source_of(good), flipped);
        const StatusReport report = scene.repair();
        INFO("byte " << i);
        CHECK(exit_code(report) == 6);
        CHECK(scene.observed().entries.empty());
    }
}

TEST_CASE("threat 39: what incident response put into Disallowed is not placed again, whatever is in the "
          "settings, at the source and in the cache") {
    const Location location = GENERATE(Location::machine, Location::group_policy, Location::enterprise);
    const bool removed = GENERATE(false, true);
    const EndpointKind kind = GENERATE(EndpointKind::image, EndpointKind::live);
    Scene scene;
    scene.kind = kind;
    scene.pin(wsus()).der = wsus();
    scene.publish(wsus());
    REQUIRE(exit_code(scene.repair()) == 0);
    REQUIRE(read_cached(scene.registry, sha256_of(wsus()))->has_value());
    scene.put(StoreName::disallowed, wsus(), location);
    if (removed)
        for (const StoreName store : {StoreName::root, StoreName::trusted_publisher})
            REQUIRE(scene.registry.erase_key(certificates_key(store, Location::machine) + "\\" +
                                             to_string(thumbprint_of(wsus()))));
    for (int run = 0; run < 3; ++run) {
        const StatusReport report = scene.repair();
        CHECK(has(report, "disallowed", Severity::error));
        CHECK(exit_code(report) == 1);
        CHECK(report.changes.empty());
        CHECK(scene.holds(StoreName::root, wsus()) == !removed);
        CHECK(scene.holds(StoreName::disallowed, wsus()));
    }
    CHECK(exit_code(scene.undo()) == 0);
    CHECK(scene.holds(StoreName::disallowed, wsus()));
    CHECK_FALSE(scene.holds(StoreName::root, wsus()));
    CHECK_FALSE(scene.holds(StoreName::trusted_publisher, wsus()));
}

TEST_CASE("threat 39: a check never puts back what was removed") {
    Scene scene;
    scene.pin(wsus()).der = wsus();
    REQUIRE(exit_code(scene.repair()) == 0);
    REQUIRE(scene.registry.erase_key(certificates_key(StoreName::root, Location::machine) + "\\" +
                                     to_string(thumbprint_of(wsus()))));
    scene.registry.forget_writes();
    CHECK(codes(scene.check()) == "not_in_root");
    CHECK(codes(scene.what_if()) == "not_in_root");
    CHECK(scene.registry.writes().empty());
}

TEST_CASE(
    "threat 36: a policy value of any other type or content is told, repaired by one write, and given back") {
    const std::vector<RegistryValue> values{{reg_qword, test::bytes({1, 0, 0, 0, 0, 0, 0, 0})},
                                            {reg_qword, test::bytes({1, 0, 0, 0})},
                                            {reg_sz, to_utf16le_z("1")},
                                            {reg_sz, {}},
                                            {2, to_utf16le_z("%one%")},
                                            {reg_binary, test::bytes({1, 0, 0, 0})},
                                            {5, test::bytes({0, 0, 0, 1})}, // big-endian
                                            {7, to_utf16le_z("1")},
                                            {0, {}},
                                            {reg_dword, {}},
                                            {reg_dword, test::bytes({1})},
                                            {reg_dword, test::bytes({1, 0, 0, 0, 0})},
                                            dword_value(0),
                                            dword_value(2),
                                            dword_value(0xFFFF'FFFF)};
    for (const RegistryValue& value : values) {
        INFO(describe(value));
        Scene scene;
        scene.pin(wsus());
        scene.put(StoreName::root, wsus());
        scene.put(StoreName::trusted_publisher, wsus());
        scene.put_policy_value(value);
        CHECK(exit_code(scene.check()) == 1);
        CHECK(exit_code(scene.repair()) == 0);
        int written = 0;
        for (const test::RecordedWrite& write : scene.registry.writes())
            written += write.key == policy_key ? 1 : 0;
        CHECK(written == 1);
        CHECK(scene.observed().policy_value == dword_value(1));
        CHECK(exit_code(scene.undo()) == 0);
        CHECK(scene.observed().policy_value == value);
    }
}
