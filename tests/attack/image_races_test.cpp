// Threats 22, 34: somebody else is at work on an image, or was.
#include "agent/endpoint/image_endpoint.h"

#include "agent/platform/replacement_file.h"
#include "tests/support/sample_image.h"

#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>

#include <algorithm>
#include <fstream>

using namespace wta;
using namespace wta::test;
namespace fs = std::filesystem;

namespace {

// Without cutting it short first, which Windows lets nobody do to a file that is mapped.
void write_over(const fs::path& file, ByteView bytes) {
    std::fstream stream(file, std::ios::binary | std::ios::in | std::ios::out);
    stream << as_text(bytes);
    REQUIRE(stream.flush());
}

} // namespace

TEST_CASE("a stale log is still stale after a change") {
    const SampleImage image;
    write_bytes(image.folder / "SOFTWARE.LOG1", log_with_entries({sample_sequence}));
    REQUIRE(repair_sample(image.hive));
    CHECK(read_u32le(image.bytes(), 4) == sample_sequence + 1);
    CHECK(read_u32le(image.bytes(), 8) == sample_sequence + 1);
    CHECK(open_image(image.hive, Use::look));
}

TEST_CASE("an image that changed since it was looked at is not touched") {
    const SampleImage image;
    const auto endpoint = image.open(Use::change);
    SECTION("swapped before changes are begun") {
        fs::rename(image.hive, image.folder / "old");
        write_bytes(image.hive, sample_hive());
        const auto begun = endpoint->begin_changes();
        REQUIRE(!begun);
        CHECK(begun.error().code == ErrorCode::unusable);
        CHECK(begun.error().reason == ReasonCode::image_changed);
    }
    SECTION("written to before changes are begun") {
        Bytes other = sample_hive();
        other.back() ^= std::byte{1};
        write_over(image.hive, other);
        CHECK(endpoint->begin_changes().error().reason == ReasonCode::image_changed);
    }
    SECTION("written to, and its time set back") {
        const auto time = fs::last_write_time(image.hive);
        Bytes other = sample_hive();
        other.back() ^= std::byte{1};
        write_over(image.hive, other);
        fs::last_write_time(image.hive, time);
        CHECK(endpoint->begin_changes().error().reason == ReasonCode::image_changed);
    }
    SECTION("swapped before the commit") {
        REQUIRE(endpoint->begin_changes());
        REQUIRE(endpoint->registry().set(sample_key, "x", dword_value(1)));
        const Bytes other = make_hive({"ROOT", {}, {{"Microsoft", {}, {}}}});
        fs::remove(image.hive);
        write_bytes(image.hive, other);
        const auto saved = endpoint->commit(as_meant);
        REQUIRE(!saved);
        CHECK(saved.error().reason == ReasonCode::image_changed);
        CHECK(image.bytes() == other);
        CHECK(image.names() == std::vector<std::string>{"SOFTWARE"});
    }
    SECTION("swapped while the result is verified") {
        REQUIRE(endpoint->begin_changes());
        REQUIRE(endpoint->registry().set(sample_key, "x", dword_value(1)));
        const auto saved = endpoint->commit([&](Registry&) -> Result<void> {
            fs::remove(image.hive);
            write_bytes(image.hive, sample_hive());
            return {};
        });
        REQUIRE(!saved);
        CHECK(saved.error().reason == ReasonCode::image_changed);
        CHECK(image.bytes() == sample_hive());
    }
    SECTION("gone") {
        REQUIRE(endpoint->begin_changes());
        REQUIRE(endpoint->registry().set(sample_key, "x", dword_value(1)));
        fs::remove(image.hive);
        CHECK(!endpoint->commit(as_meant));
        CHECK(image.names().empty());
    }
}

TEST_CASE("a file that somebody put in the new one's place takes nobody's place") {
    const SampleImage image;
    auto replacement = platform::ReplacementFile::create(image.hive);
    REQUIRE(replacement);
    fs::rename(replacement->path(), image.folder / "aside"); // Windows lets no open file be replaced
    write_text(replacement->path(), "another");
    CHECK(replacement->sync().error().code == ErrorCode::io);
}

TEST_CASE("what a killed run left behind is removed by the next change, and nothing else is") {
    const SampleImage image;
    const std::string others =
        GENERATE("SOFTWARE.wsus-trust-agent-notes.txt", "SYSTEM.wsus-trust-agent-aBcDeF", "SOFTWARE.bak");
    write_text(image.folder / others, "somebody else's");
    write_text(image.folder / "SOFTWARE.wsus-trust-agent-aBcDeF", "half a hive");
    REQUIRE(repair_sample(image.hive));
    std::vector<std::string> expected{"SOFTWARE", others};
    std::ranges::sort(expected);
    CHECK(image.names() == expected);
}
