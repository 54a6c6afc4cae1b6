#include "agent/endpoint/image_endpoint.h"

#include "agent/platform/mapped_file.h"
#include "tests/support/sample_image.h"

#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>
#include <catch2/matchers/catch_matchers_string.hpp>

using namespace wta;
using namespace wta::test;
using Catch::Matchers::ContainsSubstring;
namespace fs = std::filesystem;

namespace {

struct Times {
    std::int64_t modified = 0;
    std::int64_t changed = 0;
    bool operator==(const Times&) const = default;
};
Times times_of(const fs::path& file) {
    const auto identity = platform::identify(file).value();
    return {identity.modified, identity.changed};
}

} // namespace

TEST_CASE("looking at an image changes neither its bytes nor its times and leaves nothing beside it") {
    const SampleImage image;
    const Bytes before = image.bytes();
    const Times times = times_of(image.hive);
    const Times folder_times = times_of(image.folder);
    {
        const auto endpoint = image.open();
        CHECK(endpoint->registry().list(sample_key).value().has_value());
        CHECK(endpoint->registry().get("Microsoft\\Huge", "Data").value() ==
              RegistryValue{reg_binary, Bytes(40'000, std::byte{0x77})});
    }
    CHECK(image.bytes() == before);
    CHECK(times_of(image.hive) == times);
    CHECK(times_of(image.folder) == folder_times);
    CHECK(image.names() == std::vector<std::string>{"SOFTWARE"});
}

TEST_CASE(
    "looking takes no lock and begins nothing: an image can be looked at while another run changes it") {
    const SampleImage image;
    const auto changing = image.begun();
    CHECK(image.open()->registry().get(sample_key, "Dword").value() == dword_value(7));
}

TEST_CASE("a second run that wants to change the image is told to wait before it looks") {
    const SampleImage image;
    {
        const auto first = image.open(Use::change);
        const auto second = open_image(image.hive, Use::change);
        REQUIRE(!second);
        CHECK(second.error().code == ErrorCode::busy);
        CHECK(second.error().reason == ReasonCode::busy);
        REQUIRE(first->begin_changes());
        REQUIRE(first->registry().set(sample_key, "x", dword_value(1)));
        REQUIRE(first->commit(as_meant));
        CHECK(open_image(image.hive, Use::change).error().code == ErrorCode::busy);
    }
    CHECK(open_image(image.hive, Use::change));
}

TEST_CASE("a commit without a change writes nothing") {
    const SampleImage image;
    const Times times = times_of(image.hive);
    const auto endpoint = image.begun();
    REQUIRE(endpoint->registry().erase(sample_key, "No such value"));
    REQUIRE(endpoint->registry().erase_key("No such key"));
    REQUIRE(endpoint->commit(as_meant));
    CHECK(times_of(image.hive) == times);
}

TEST_CASE("values beside the one that is set keep their bytes, also without any and with strange types") {
    const SampleImage image;
    const auto values = [&] {
        std::vector<std::pair<std::string, RegistryValue>> all;
        const auto endpoint = image.open();
        const KeyListing listing = *endpoint->registry().list(sample_key).value();
        for (const std::string& name : listing.values)
            all.emplace_back(name, *endpoint->registry().get(sample_key, name).value());
        return all;
    };
    auto before = values();
    REQUIRE(before.size() == 8);
    const auto endpoint = image.begun();
    REQUIRE(endpoint->registry().set(sample_key, "New", dword_value(1)));
    REQUIRE(endpoint->commit(as_meant));
    before.emplace_back("New", dword_value(1));
    CHECK(values() == before);
}

TEST_CASE("a value beyond 16,000 bytes is not written to an image") {
    const SampleImage image;
    const auto endpoint = image.begun();
    CHECK(endpoint->registry().set(sample_key, "x", binary_value(Bytes(16'001))).error().code ==
          ErrorCode::too_large);
    CHECK(endpoint->registry().set(sample_key, "x", binary_value(Bytes(16'000))));
}

TEST_CASE("what libhivex would lose or abort on is refused, and the rest can still be changed") {
    Bytes hive = sample_hive();
    SECTION("a large value in the same key") {
        const SampleImage image(hive);
        const auto endpoint = image.begun();
        const auto set = endpoint->registry().set("Microsoft\\Huge", "Other", dword_value(2));
        REQUIRE(!set);
        CHECK_THAT(set.error().message, ContainsSubstring("16,344"));
        CHECK(!endpoint->registry().erase_key("Microsoft\\Huge"));
        REQUIRE(endpoint->registry().set(sample_key, "Dword", dword_value(2)));
        CHECK(endpoint->commit(as_meant));
    }
    SECTION("a value without data that is not stored in place") {
        put_u32(hive, value_cell(hive, "Empty") + 8, 0);
        put_u32(hive, value_cell(hive, "Empty") + 12, 0xFFFFFFFF);
        const SampleImage image(hive);
        const auto endpoint = image.begun();
        CHECK(endpoint->registry().get(sample_key, "Empty").value() == RegistryValue{reg_binary, {}});
        CHECK(!endpoint->registry().set(sample_key, "Dword", dword_value(2)));
        CHECK(!endpoint->registry().erase_key(sample_key));
        CHECK(endpoint->registry().set(update_key, "Dword", dword_value(2)));
        CHECK(endpoint->commit(as_meant));
    }
    SECTION("a sub-key in a plain list") {
        const std::size_t parent = key_cell(hive, "Windows NT");
        put_u32(hive, 4096 + *read_u32le(hive, parent + 4 + 28) + 4, 0x10000U | ('i' << 8U) | 'l');
        const SampleImage image(hive);
        const auto endpoint = image.begun();
        CHECK(!endpoint->registry().erase_key("Microsoft\\Windows NT\\CurrentVersion"));
        CHECK(endpoint->registry().set("Microsoft\\Windows NT\\Another", "x", dword_value(1)));
        CHECK(endpoint->commit(as_meant));
    }
    SECTION("a sibling whose name is no text") {
        const std::size_t sibling = key_cell(hive, "Disallowed");
        hive[sibling + 6] = std::byte{0}; // UTF-16
        hive[sibling + 80] = std::byte{0x00};
        hive[sibling + 81] = std::byte{0xD8};
        const SampleImage image(hive);
        const auto endpoint = image.begun();
        CHECK(!endpoint->registry().set("Microsoft\\SystemCertificates\\New", "x", dword_value(1)));
        CHECK(endpoint->registry().set("Microsoft\\SystemCertificates\\Root\\Certificates\\New", "x",
                                       dword_value(1)));
        CHECK(endpoint->commit(as_meant));
        CHECK(image.open()->registry().list("Microsoft\\SystemCertificates").value()->subkeys.size() == 2);
    }
    SECTION("names that Windows would not find") {
        const SampleImage image(hive);
        const auto endpoint = image.begun();
        CHECK(endpoint->registry().set("Zürich", "x", dword_value(1)).error().code == ErrorCode::invalid);
        CHECK(endpoint->registry().set(std::string(256, 'k'), "x", dword_value(1)).error().code ==
              ErrorCode::invalid);
        CHECK(endpoint->registry().set(sample_key, std::string("a\0b", 3), dword_value(1)).error().code ==
              ErrorCode::invalid);
        CHECK(endpoint->registry().set(sample_key, "\xFF", dword_value(1)).error().code ==
              ErrorCode::invalid);
        CHECK(endpoint->registry().set(sample_key, std::string(16'384, 'v'), dword_value(1)).error().code ==
              ErrorCode::invalid);
    }
}

TEST_CASE("the root key of an image is never removed") {
    const SampleImage image(make_hive({"ROOT", {}, {}}));
    const auto endpoint = image.begun();
    CHECK(endpoint->registry().erase_key("").error().code == ErrorCode::invalid);
}

TEST_CASE("changes are begun once, and committed only then") {
    const SampleImage image;
    const auto endpoint = image.open(Use::change);
    CHECK(endpoint->commit(as_meant).error().code == ErrorCode::access_denied);
    REQUIRE(endpoint->begin_changes());
    CHECK(endpoint->begin_changes().error().code == ErrorCode::busy);
}

TEST_CASE("a name with a NUL inside is not the name before it") {
    Bytes hive = sample_hive();
    const std::size_t value = value_cell(hive, "Dword");
    hive[value + 24 + 2] = std::byte{0}; // Dw\0rd
    const std::size_t key = key_cell(hive, "Disallowed");
    hive[key + 80 + 3] = std::byte{0}; // Dis\0llowed
    const SampleImage image(hive);
    const auto endpoint = image.open(Use::change);
    CHECK(endpoint->registry().get(sample_key, "Dw").value() == std::nullopt);
    CHECK(endpoint->registry().get(sample_key, std::string("Dw\0rd", 5)).value() == dword_value(7));
    CHECK(endpoint->registry().list("Microsoft\\SystemCertificates\\Dis").value() == std::nullopt);
    REQUIRE(endpoint->begin_changes());
    CHECK(!endpoint->registry().set(sample_key, "x", dword_value(1)));
}
