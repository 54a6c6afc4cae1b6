#include "common/trust/tombstones.h"

#include "common/base/utf.h"
#include "tests/support/certificate_builder.h"
#include "tests/support/memory_registry.h"

#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>

using namespace wta;
using test::MemoryRegistry;
using test::RecordedWrite;

namespace {

const Sha256 digest = sha256_of(as_byte_view("a certificate"));
const Sha256 other = sha256_of(as_byte_view("another certificate"));
const std::string id = "019303f0-0000-7000-8000-000000000000";

Tombstone tombstone() { return {digest, id, test::reference_time}; }

CertificateSettings entry(CertificateState state, std::optional<std::string> retrust = {}) {
    CertificateSettings entry;
    entry.sha256 = digest;
    entry.state = state;
    entry.retrust = std::move(retrust);
    return entry;
}

Settings with(std::vector<CertificateSettings> entries) {
    Settings settings;
    settings.certificates = std::move(entries);
    return settings;
}

} // namespace

TEST_CASE("a tombstone comes back as it was written, and its id is written first") {
    MemoryRegistry registry;
    REQUIRE(write_tombstone(registry, tombstone()));
    CHECK(read_tombstones(registry).value() == std::vector{tombstone()});
    CHECK(read_tombstone(registry, digest).value() == tombstone());
    REQUIRE(registry.writes().size() == 2);
    CHECK(registry.writes().front() ==
          RecordedWrite{RecordedWrite::Kind::set, tombstone_key(digest), "Id", string_value(id)});
    CHECK(read_tombstone(registry, other).value() == std::nullopt);
}

TEST_CASE("without any tombstone there is none, and an erased one is gone with what somebody put below it") {
    MemoryRegistry registry;
    CHECK(read_tombstones(registry).value().empty());
    REQUIRE(write_tombstone(registry, tombstone()));
    REQUIRE(registry.set(tombstone_key(digest) + "\\Sub\\Key", "x", dword_value(1)));
    REQUIRE(erase_tombstone(registry, digest));
    CHECK(read_tombstones(registry).value().empty());
    CHECK(erase_tombstone(registry, digest));
}

TEST_CASE("threat 24: a tombstone counts whatever is in it, but an id that is none is not believed") {
    const RegistryValue garbage = GENERATE_COPY(
        string_value(""), string_value("*"), string_value(id + "0"), string_value(id.substr(1)),
        string_value("019303F0-0000-7000-8000-00000000000G"),
        string_value("019303f0\n0000-7000-8000-000000000000"), dword_value(1), binary_value(to_utf16le_z(id)),
        RegistryValue{reg_sz, Bytes(300)}, RegistryValue{reg_sz, Bytes(16'000, std::byte{0xFF})},
        RegistryValue{reg_sz, test::bytes({0x00})});
    MemoryRegistry registry;
    REQUIRE(registry.set(tombstone_key(digest), "Id", garbage));
    REQUIRE(registry.set(tombstone_key(digest), "TimeUtc", garbage));
    const auto read = read_tombstones(registry).value();
    REQUIRE(read.size() == 1);
    CHECK(read.front() == Tombstone{digest, std::nullopt, std::nullopt});
    CHECK_FALSE(read.front().complete());
    const auto out = outrank(with({entry(CertificateState::trusted, "")}), read);
    CHECK(out.settings.certificates.front().state == CertificateState::distrusted);
}

TEST_CASE("an empty key is a tombstone, and a key that is named otherwise is none") {
    MemoryRegistry registry;
    REQUIRE(registry.set(tombstone_key(digest), "x", dword_value(1)));
    REQUIRE(registry.erase(tombstone_key(digest), "x"));
    REQUIRE(registry.set(std::string(distrusted_key) + "\\Notes", "Id", string_value(id)));
    REQUIRE(registry.set(std::string(distrusted_key) + "\\" + std::string(40, 'a'), "Id", string_value(id)));
    CHECK(read_tombstones(registry).value() == std::vector{Tombstone{digest, {}, {}}});
}

TEST_CASE("a key in upper case is a tombstone like any other") {
    MemoryRegistry registry;
    std::string name = to_string(digest);
    for (char& c : name)
        if (c >= 'a' && c <= 'f') c = static_cast<char>(c - 'a' + 'A');
    REQUIRE(registry.set(std::string(distrusted_key) + "\\" + name, "Id", string_value(id)));
    CHECK(read_tombstones(registry).value() == std::vector{Tombstone{digest, id, {}}});
}

TEST_CASE("a tombstone outranks trusted settings, whatever they carry but its own id") {
    const std::optional<std::string> retrust =
        GENERATE_COPY(std::optional<std::string>(), std::optional<std::string>(""),
                      std::optional<std::string>("019303f0-0000-7000-8000-000000000001"),
                      std::optional<std::string>(id + " "));
    const auto out = outrank(with({entry(CertificateState::trusted, retrust)}), {tombstone()});
    CHECK(out.settings.certificates.front().state == CertificateState::distrusted);
    DistrustedByHand expected{.outranked = {digest}, .unnamed = {}, .lifted = {}};
    if (retrust) expected.other_id = {digest};
    CHECK(out.by_hand == expected);
}

TEST_CASE("settings that carry its id lift a tombstone") {
    const auto out = outrank(with({entry(CertificateState::trusted, id)}), {tombstone()});
    CHECK(out.settings == with({entry(CertificateState::trusted, id)}));
    CHECK(out.by_hand == DistrustedByHand{.outranked = {}, .unnamed = {}, .lifted = {digest}});
}

TEST_CASE("settings that do not trust it lift nothing, and nobody is told that they were outranked") {
    const CertificateState state = GENERATE(CertificateState::withdrawn, CertificateState::distrusted);
    const auto out = outrank(with({entry(state, id)}), {tombstone()});
    CHECK(out.settings.certificates.front().state == CertificateState::distrusted);
    CHECK(out.by_hand == DistrustedByHand{});
}

TEST_CASE("a tombstone that no settings name is an entry that distrusts, with nothing to fetch it from") {
    const auto out = outrank(with({}), {tombstone(), {other, {}, {}}});
    REQUIRE(out.settings.certificates.size() == 2);
    CHECK(out.settings.certificates[1].sha256 == other);
    for (const CertificateSettings& added : out.settings.certificates) {
        CHECK(added.state == CertificateState::distrusted);
        CHECK(added.sources.empty());
    }
    CHECK(out.by_hand == DistrustedByHand{.outranked = {}, .unnamed = {digest, other}, .lifted = {}});
}

TEST_CASE("entries that no tombstone names, or that have no pin, stay as they are") {
    CertificateSettings unpinned;
    unpinned.sources = {"https://pki.example.com/wsus.cer"};
    const Settings settings = with({entry(CertificateState::trusted), unpinned});
    CHECK(outrank(settings, {}).settings == settings);
    CHECK(outrank(settings, {{other, {}, {}}}).settings.certificates[0] == settings.certificates[0]);
    CHECK(outrank(settings, {{other, {}, {}}}).settings.certificates[1] == settings.certificates[1]);
}

TEST_CASE("whatever call of the registry fails, reading tombstones says so") {
    MemoryRegistry registry;
    REQUIRE(write_tombstone(registry, tombstone()));
    const Error failure{ErrorCode::io, "told to fail", std::nullopt, std::nullopt};
    for (int call = 1; call <= 3; ++call) {
        registry.fail_call(call, failure);
        CHECK_FALSE(read_tombstones(registry));
    }
    registry.fail_call(4, failure);
    CHECK(read_tombstones(registry));
}
