#include "agent/endpoint/image_file.h"

#include "tests/support/sample_image.h"

#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>

using namespace wta;
using namespace wta::test;
namespace fs = std::filesystem;

TEST_CASE("a hive file, a volume and its config folder all lead to the hive, whatever the letter case") {
    const ScratchFolder scratch;
    const fs::path folder = scratch.path() / GENERATE("Windows/System32/config", "WINDOWS/system32/CONFIG");
    const fs::path hive = folder / GENERATE("SOFTWARE", "software");
    write_bytes(hive, sample_hive());
    CHECK(locate_image(scratch.path()).value().real == hive);
    CHECK(locate_image(folder).value().real == hive);
    CHECK(locate_image(hive).value().real == hive);
    const EndpointDescription described = open_image(scratch.path(), Use::look).value()->description();
    CHECK(described.kind == EndpointKind::image);
    CHECK(fs::equivalent(described.name, hive)); // spelled as it is there, or, on Windows, as it usually is
}

TEST_CASE("a hive file may have any name") {
    const SampleImage image;
    fs::rename(image.hive, image.folder / "offline.hiv");
    CHECK(open_image(image.folder / "offline.hiv", Use::look));
}

TEST_CASE("what is no image is not found, and the message says what was looked for") {
    const ScratchFolder scratch;
    const fs::path folder = scratch.path();
    check_not_opened(folder / "missing", ReasonCode::image_not_found, "missing");
    check_not_opened(folder, ReasonCode::image_not_found, "Windows/System32/config/SOFTWARE");
    fs::create_directories(folder / "Windows" / "System32");
    check_not_opened(folder, ReasonCode::image_not_found, "has no \"config\"");
    fs::create_directories(folder / "Windows" / "System32" / "config" / "SOFTWARE");
    check_not_opened(folder, ReasonCode::image_not_found, "not a regular file");
}

TEST_CASE("another hive is refused by what it looks like") {
    const auto [subkeys, says] = GENERATE(table<std::vector<std::string>, std::string>({
        {{"Software", "Control Panel", "Environment"}, "NTUSER.DAT"},
        {{"Select", "ControlSet001", "MountedDevices"}, "SYSTEM"},
        {{"SAM"}, "SAM"},
        {{"Policy", "RXACT"}, "SECURITY"},
        {{"Objects", "Description"}, "BCD"},
        {{"Something"}, "another hive"},
    }));
    HiveKey root{"ROOT", {}, {}};
    for (const std::string& name : subkeys) root.subkeys.push_back({name, {}, {}});
    const SampleImage image(make_hive(root));
    check_not_opened(image.hive, ReasonCode::image_not_software, says);
}

TEST_CASE("a hive without any key and one with Policies only are SOFTWARE hives") {
    CHECK(open_image(SampleImage(make_hive({"ROOT", {}, {}})).hive, Use::look));
    CHECK(open_image(SampleImage(make_hive({"ROOT", {}, {{"Policies", {}, {}}}})).hive, Use::look));
}

TEST_CASE("a hive with newer data in a log beside it is dirty; with a stale, empty or other hive's log it is "
          "clean") {
    const SampleImage image;
    const std::string name = GENERATE("SOFTWARE.LOG", "SOFTWARE.LOG1", "software.log2");
    SECTION("entries, newer") {
        write_bytes(image.folder / name, log_with_entries({sample_sequence, sample_sequence + 1}));
        check_not_opened(image.hive, ReasonCode::image_dirty, "shutdown /s");
        check_not_opened(image.hive, ReasonCode::image_dirty, name);
    }
    SECTION("dirty pages, newer") {
        write_bytes(image.folder / name, log_with_dirty_pages(sample_sequence + 1, true));
        check_not_opened(image.hive, ReasonCode::image_dirty, name);
    }
    SECTION("stale") {
        write_bytes(image.folder / name, log_with_entries({sample_sequence - 1, sample_sequence}));
        CHECK(open_image(image.hive, Use::look));
    }
    SECTION("empty") {
        write_bytes(image.folder / name, {});
        CHECK(open_image(image.hive, Use::look));
    }
    SECTION("of another hive") {
        write_bytes(image.folder / "SYSTEM.LOG1", log_with_entries({sample_sequence + 1}));
        write_bytes(image.folder / "SOFTWARE.LOG1.bak", log_with_entries({sample_sequence + 1}));
        CHECK(open_image(image.hive, Use::look));
    }
}

TEST_CASE("a hive above the limit is not even mapped") {
    const SampleImage image;
    fs::resize_file(image.hive, hive_size_limit + 1);
    check_not_opened(image.hive, ReasonCode::image_damaged, "are not read");
}
