#include "agent/platform/mapped_file.h"

#include "agent/platform/windows/lock_file.h"
#include "tests/support/scratch_folder.h"

#include <catch2/catch_test_macros.hpp>
#include <catch2/matchers/catch_matchers_string.hpp>

#include <windows.h>

using namespace wta;
using namespace wta::test;
using Catch::Matchers::ContainsSubstring;
using platform::MappedFile;

namespace {

constexpr std::uint64_t limit = 1024;

} // namespace

TEST_CASE("the bytes of a file are mapped, also of an empty one") {
    const ScratchFolder scratch;
    write_text(scratch.path() / "file", "content");
    CHECK(as_text(MappedFile::open(scratch.path() / "file", limit).value().bytes()) == "content");
    write_text(scratch.path() / "empty", "");
    CHECK(MappedFile::open(scratch.path() / "empty", limit).value().bytes().empty());
}

TEST_CASE("what is no regular file, or too large, is not mapped, and nothing is waited for") {
    const ScratchFolder scratch;
    CHECK(MappedFile::open(scratch.path() / "none", limit).error().code == ErrorCode::not_found);
    CHECK(MappedFile::open(scratch.path(), limit).error().code == ErrorCode::invalid);
    CHECK(MappedFile::open("NUL", limit).error().code == ErrorCode::invalid);
    write_text(scratch.path() / "large", std::string(limit + 1, 'x'));
    const auto large = MappedFile::open(scratch.path() / "large", limit);
    REQUIRE(!large);
    CHECK(large.error().code == ErrorCode::invalid);
    CHECK_THAT(large.error().message, ContainsSubstring("are not read"));
}

TEST_CASE("a file that somebody lets nobody open is in use") {
    const ScratchFolder scratch;
    const auto held = platform::hold_lock_file(scratch.path(), "file");
    REQUIRE(held);
    CHECK(MappedFile::open(scratch.path() / "file", limit).error().code == ErrorCode::busy);
    CHECK(platform::identify(scratch.path() / "file")); // asking what it is takes nothing from anybody
}

TEST_CASE("another file of the same name, and the same one written to, have another identity") {
    const ScratchFolder scratch;
    const auto file = scratch.path() / "file";
    write_text(file, "content");
    const auto first = platform::identify(file).value();
    CHECK(platform::identify(file).value() == first);
    CHECK(MappedFile::open(file, limit).value().identity() == first);
    write_text(scratch.path() / "other", "content");
    CHECK(platform::identify(scratch.path() / "other").value().inode != first.inode);
    write_text(file, "CONTENT");
    CHECK(platform::identify(file).value() != first);
}

TEST_CASE("while a file is mapped, others may read, write and rename it") {
    const ScratchFolder scratch;
    const auto file = scratch.path() / "file";
    write_text(file, "content");
    const auto mapped = MappedFile::open(file, limit);
    REQUIRE(mapped);
    const platform::Handle writing(::CreateFileW(file.c_str(), GENERIC_READ | GENERIC_WRITE | DELETE,
                                                 FILE_SHARE_READ, nullptr, OPEN_EXISTING, 0, nullptr));
    CHECK(platform::is_open(writing)); // no handle is kept
}
