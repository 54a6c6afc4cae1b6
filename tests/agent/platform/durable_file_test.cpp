#include "agent/platform/durable_file.h"

#include "tests/support/scratch_folder.h"

#include <catch2/catch_test_macros.hpp>

using namespace wta;
using namespace wta::platform;
using wta::test::read_bytes;
using wta::test::ScratchFolder;
using wta::test::write_text;

namespace {

std::string text_of(const std::filesystem::path& file) { return std::string(as_text(read_bytes(file))); }

} // namespace

TEST_CASE("a file is written as a whole, and anew") {
    const ScratchFolder scratch;
    const auto file = scratch.path() / "a.json";
    REQUIRE(write_whole(file, "first, and longer"));
    CHECK(text_of(file) == "first, and longer");
    REQUIRE(write_whole(file, "second"));
    CHECK(text_of(file) == "second");
    REQUIRE(write_whole(file, ""));
    CHECK(text_of(file).empty());
    CHECK(scratch.names() == std::vector<std::string>{"a.json"});
}

TEST_CASE("what a killed run left of a file is overwritten, whatever it holds") {
    const ScratchFolder scratch;
    const auto file = scratch.path() / "a.json";
    write_text(scratch.path() / "a.json.new", "half of something that is much longer");
    REQUIRE(write_whole(file, "whole"));
    CHECK(text_of(file) == "whole");
    CHECK(scratch.names() == std::vector<std::string>{"a.json"});
}

TEST_CASE("a file in a folder that is not there is an error, and leaves nothing") {
    const ScratchFolder scratch;
    const auto written = write_whole(scratch.path() / "missing" / "a.json", "x");
    REQUIRE_FALSE(written);
    CHECK(written.error().code == ErrorCode::not_found);
    CHECK(scratch.names().empty());
}

TEST_CASE("a file that cannot be put in its place leaves nothing beside it") {
    const ScratchFolder scratch;
    write_text(scratch.path() / "taken" / "file", "");
    CHECK_FALSE(write_whole(scratch.path() / "taken", "x")); // a folder is in the way
    CHECK(scratch.names() == std::vector<std::string>{"taken"});
}

TEST_CASE("a folder is made with those above it, and is there already the next time") {
    const ScratchFolder scratch;
    const auto folder = scratch.path() / "a" / "b" / "c";
    REQUIRE(make_folders(folder));
    REQUIRE(make_folders(folder));
    REQUIRE(write_whole(folder / "x", "in it"));
    CHECK(!make_folders(folder / "x" / "below a file"));
}

TEST_CASE("removing what is not there is no error") {
    const ScratchFolder scratch;
    const auto file = scratch.path() / "a";
    write_text(file, "x");
    CHECK(remove_file(file));
    CHECK(remove_file(file));
    CHECK(scratch.names().empty());
}

TEST_CASE("a file is moved in the place of another") {
    const ScratchFolder scratch;
    write_text(scratch.path() / "a", "new");
    write_text(scratch.path() / "b", "old");
    REQUIRE(move_file(scratch.path() / "a", scratch.path() / "b"));
    CHECK(text_of(scratch.path() / "b") == "new");
    CHECK(scratch.names() == std::vector<std::string>{"b"});
    CHECK_FALSE(move_file(scratch.path() / "a", scratch.path() / "c"));
}

TEST_CASE("files are listed by name with their sizes, and folders are not") {
    const ScratchFolder scratch;
    write_text(scratch.path() / "b", "12");
    write_text(scratch.path() / u8"ä", "");
    write_text(scratch.path() / "a", "12345");
    write_text(scratch.path() / "folder" / "inside", "x");
    const auto files = list_files(scratch.path());
    REQUIRE(files);
    CHECK(*files == std::vector<ListedFile>{{"a", 5}, {"b", 2}, {"ä", 0}});
    const auto missing = list_files(scratch.path() / "missing");
    REQUIRE_FALSE(missing);
    CHECK(missing.error().code == ErrorCode::not_found);
}
