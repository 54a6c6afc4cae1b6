#include "agent/platform/windows/folder_watch.h"

#include "agent/platform/windows/wait.h"
#include "tests/support/scratch_folder.h"

#include <catch2/catch_test_macros.hpp>

using namespace wta;
using namespace wta::test;
using namespace std::chrono_literals;
using platform::FolderWatch;

namespace {

bool told(const FolderWatch& watch, std::chrono::milliseconds within) {
    return platform::wait_for_any(watch.handles(), within).has_value();
}

} // namespace

TEST_CASE("a file that is written, replaced or removed in the folder tells") {
    const ScratchFolder scratch;
    const std::vector<std::filesystem::path> folders{scratch.path()};
    write_text(scratch.path() / "agent.yaml", "mode: audit\n");
    FolderWatch watch;
    watch.arm(folders);
    write_text(scratch.path() / "agent.yaml", "mode: enforce\n");
    CHECK(told(watch, 10s));
    write_text(scratch.path() / "new", "mode: audit\n");
    watch.arm(folders);
    std::filesystem::rename(scratch.path() / "new", scratch.path() / "agent.yaml");
    CHECK(told(watch, 10s));
    watch.arm(folders);
    std::filesystem::remove(scratch.path() / "agent.yaml");
    CHECK(told(watch, 10s));
}

TEST_CASE("of a missing folder the nearest one above it is watched") {
    const ScratchFolder scratch;
    const std::vector<std::filesystem::path> folders{scratch.path() / "a" / "b"};
    FolderWatch watch;
    watch.arm(folders);
    REQUIRE(watch.handles().size() == 1);
    std::filesystem::create_directories(scratch.path() / "a");
    CHECK(told(watch, 10s));
}

TEST_CASE("a folder that is named twice is watched once, a device not at all") {
    const ScratchFolder scratch;
    const std::vector<std::filesystem::path> folders{scratch.path(), scratch.path(), "NUL", ""};
    FolderWatch watch;
    watch.arm(folders);
    CHECK(watch.handles().size() == 1);
}
