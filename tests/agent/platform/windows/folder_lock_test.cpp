#include "agent/platform/folder_lock.h"

#include "agent/platform/platform.h"
#include "tests/support/scratch_folder.h"
#include "tests/support/second_process.h"

#include <catch2/catch_test_macros.hpp>
#include <catch2/matchers/catch_matchers_string.hpp>

using namespace wta;
using namespace wta::test;
using Catch::Matchers::ContainsSubstring;
using platform::FolderLock;

namespace {

constexpr int taken = 10;
constexpr int refused = 11;

[[noreturn]] void take_and_die(const std::wstring& folder) {
    const auto lock = FolderLock::acquire(folder);
    platform::end_now(lock ? taken : refused);
}

} // namespace

TEST_CASE("a folder is locked by one holder at a time and free again afterwards") {
    const ScratchFolder scratch;
    {
        const auto held = FolderLock::acquire(scratch.path());
        REQUIRE(held);
        const auto second = FolderLock::acquire(scratch.path());
        REQUIRE(!second);
        CHECK(second.error().code == ErrorCode::busy);
        CHECK(second.error().reason == ReasonCode::busy);
        CHECK_THAT(second.error().message, ContainsSubstring("another run is changing something"));
    }
    CHECK(FolderLock::acquire(scratch.path()));
}

TEST_CASE("another process is kept away from a locked folder") {
    if (const auto folder = second_process()) take_and_die(*folder);
    const ScratchFolder scratch;
    const auto held = FolderLock::acquire(scratch.path());
    REQUIRE(held);
    CHECK(run_again(scratch.path().native()).exit_code == refused);
}

TEST_CASE("a lock ends with the process that held it, however that ended") {
    if (const auto folder = second_process()) take_and_die(*folder);
    const ScratchFolder scratch;
    REQUIRE(run_again(scratch.path().native()).exit_code == taken);
    CHECK(FolderLock::acquire(scratch.path()));
}

TEST_CASE("a lock that is moved stays held") {
    const ScratchFolder scratch;
    auto first = FolderLock::acquire(scratch.path());
    REQUIRE(first);
    const FolderLock moved = *std::move(first);
    CHECK(!FolderLock::acquire(scratch.path()));
}

TEST_CASE("only a folder can be locked") {
    const ScratchFolder scratch;
    write_text(scratch.path() / "file", "");
    CHECK(FolderLock::acquire(scratch.path() / "file").error().code == ErrorCode::not_found);
    CHECK(FolderLock::acquire(scratch.path() / "missing").error().code == ErrorCode::not_found);
}

TEST_CASE("a lock without a trace keeps others away, and nothing is left of it, however its holder ends") {
    if (const auto folder = second_process()) {
        const auto lock = FolderLock::acquire_without_trace(*folder);
        platform::end_now(lock ? taken : refused);
    }
    const ScratchFolder scratch;
    {
        const auto held = FolderLock::acquire_without_trace(scratch.path());
        REQUIRE(held);
        CHECK(FolderLock::acquire_without_trace(scratch.path()).error().reason == ReasonCode::busy);
        CHECK(run_again(scratch.path().native()).exit_code == refused);
    }
    CHECK(scratch.names().empty());
    CHECK(run_again(scratch.path().native()).exit_code == taken);
    CHECK(scratch.names().empty());
    CHECK(FolderLock::acquire_without_trace(scratch.path() / "missing").error().code == ErrorCode::not_found);
    std::filesystem::create_directory(scratch.path() / "wsus-trust-agent.lock"); // nobody can have the lock
    CHECK(FolderLock::acquire_without_trace(scratch.path()).error().code == ErrorCode::access_denied);
}
