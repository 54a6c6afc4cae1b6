#include "agent/endpoint/live_policy_files.h"

#include "agent/platform/windows/lock_file.h"
#include "common/trust/policy_file.h"
#include "tests/support/protected_file.h"
#include "tests/support/scratch_folder.h"

#include <catch2/catch_test_macros.hpp>

#include <filesystem>

using namespace wta;
using test::read_bytes;
using test::write_bytes;

namespace {

struct Folders {
    test::ScratchFolder scratch;
    std::filesystem::path local = scratch.path() / "System32" / "GroupPolicy" / "Machine" / "Registry.pol";
    std::filesystem::path applied = scratch.path() / "ProgramData" / "ntuser.pol";

    [[nodiscard]] PolicyFiles read() const {
        return read_policy_files_in(scratch.path() / "System32", scratch.path() / "ProgramData");
    }
};

const Bytes some = to_bytes(as_byte_view("PReg, or what there is"));

} // namespace

TEST_CASE("the policy files are read where Windows keeps them, each for itself") {
    const Folders folders;
    CHECK_FALSE(folders.read().local);
    CHECK_FALSE(folders.read().applied);
    write_bytes(folders.local, some);
    CHECK(folders.read().local == some);
    CHECK_FALSE(folders.read().applied);
    write_bytes(folders.applied, {});
    CHECK(folders.read().applied == Bytes{});
}

TEST_CASE("a policy file that is too large, or a folder, is none") {
    const Folders folders;
    write_bytes(folders.local, Bytes(max_policy_file));
    CHECK(folders.read().local);
    CHECK_FALSE(folders.read().unread);
    write_bytes(folders.local, Bytes(max_policy_file + 1));
    CHECK_FALSE(folders.read().local);
    CHECK(folders.read().unread);
    std::filesystem::remove(folders.local);
    std::filesystem::create_directories(folders.applied);
    CHECK_FALSE(folders.read().applied);
}

TEST_CASE("a policy file that somebody holds is there, and not read") {
    const Folders folders;
    write_bytes(folders.applied, some);
    {
        const auto held = platform::hold_lock_file(folders.applied.parent_path(), "ntuser.pol");
        REQUIRE(held);
        CHECK_FALSE(folders.read().applied);
        CHECK(folders.read().unread);
    }
    CHECK(folders.read().applied == some);
    CHECK_FALSE(folders.read().unread);
}

TEST_CASE("a policy file that ordinary users could have changed is no evidence: they may put one into "
          "ProgramData") {
    const Folders folders;
    write_bytes(folders.applied, some);
    test::set_access(folders.applied, test::everyone_may_write);
    CHECK_FALSE(folders.read().applied);
    CHECK_FALSE(folders.read().unread); // it says nothing, whoever holds it
    test::set_access(folders.applied, test::only_administrators);
    CHECK(folders.read().applied == some);
}
