#include "agent/platform/platform.h"

#include "agent/platform/folder_lock.h"
#include "tests/support/child_process.h"
#include "tests/support/scratch_folder.h"

#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>
#include <catch2/matchers/catch_matchers_string.hpp>

#include <fcntl.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#include <array>
#include <fstream>

using namespace wta;
using namespace wta::test;
using Catch::Matchers::ContainsSubstring;
namespace fs = std::filesystem;

namespace {

constexpr uid_t nobody = 65534;

// A folder that only root can write, with a file that only root can write.
struct Protected {
    ScratchFolder scratch;
    fs::path folder = scratch.path() / "etc";
    fs::path file = folder / "agent.yaml";

    Protected() {
        write_text(file, "mode: audit\n");
        set_mode(folder, 0755);
        set_mode(file, 0644);
    }
    static void set_mode(const fs::path& path, mode_t mode) { REQUIRE(::chmod(path.c_str(), mode) == 0); }
    static void set_owner(const fs::path& path, uid_t user, gid_t group) {
        REQUIRE(::chown(path.c_str(), user, group) == 0);
    }
};

std::string who(const fs::path& file) { return platform::writable_by_others(file).value_or("nobody"); }

} // namespace

TEST_CASE("root is elevated and an ordinary user is not") {
    CHECK(in_child([] { return platform::is_elevated() ? 1 : 0; }).exit_code == (::geteuid() == 0 ? 1 : 0));
    CHECK(in_child_as_nobody([] { return platform::is_elevated() ? 1 : 0; }).exit_code == 0);
}

TEST_CASE("a path becomes absolute; for sentences without dots") {
    CHECK(platform::absolute_path("a/../b.yaml") == fs::current_path() / "a/../b.yaml");
    CHECK(platform::absolute_name("a/../b.yaml") == (fs::current_path() / "b.yaml").string());
    CHECK(platform::absolute_path("").empty());
    CHECK((platform::is_full_path("/a") && !platform::is_full_path("a") && !platform::is_full_path("")));
}

TEST_CASE("a file of root in a folder of root can be changed by nobody else") {
    const Protected here;
    CHECK(who(here.file) == "nobody");
}

TEST_CASE("a writable file, folder, or one of another owner is told with who could change it") {
    const Protected here;
    const bool folder = GENERATE(false, true);
    const fs::path& path = folder ? here.folder : here.file;
    const std::string name = path.filename().string();
    SECTION("every user") {
        Protected::set_mode(path, 0777);
        CHECK_THAT(who(here.file), ContainsSubstring(name) && ContainsSubstring("every user"));
    }
    SECTION("a group other than root's") {
        Protected::set_owner(path, 0, 100);
        Protected::set_mode(path, 0775);
        CHECK_THAT(who(here.file), ContainsSubstring(name) && ContainsSubstring("group id 100"));
    }
    SECTION("another owner") {
        Protected::set_owner(path, nobody, 0);
        CHECK_THAT(who(here.file), ContainsSubstring(name) && ContainsSubstring("user id 65534"));
    }
    SECTION("root's own group is administrators") {
        Protected::set_owner(path, 0, 0);
        Protected::set_mode(path, 0775);
        CHECK(who(here.file) == "nobody");
    }
    SECTION("an access list behind root's group") {
        // struct posix_acl_xattr_header and entries: user::rwx, user:nobody:rwx, group::r-x, mask::rwx,
        // other::r-x
        const std::array<unsigned char, 44> list{
            2, 0,    0,    0,    1,    0,    7,    0, 0xff, 0xff, 0xff, 0xff, 2,    0,    7,
            0, 0xfe, 0xff, 0,    0,    4,    0,    5, 0,    0xff, 0xff, 0xff, 0xff, 0x10, 0,
            7, 0,    0xff, 0xff, 0xff, 0xff, 0x20, 0, 5,    0,    0xff, 0xff, 0xff, 0xff};
        REQUIRE(::setxattr(path.c_str(), "system.posix_acl_access", list.data(), list.size(), 0) == 0);
        CHECK_THAT(who(here.file), ContainsSubstring(name) && ContainsSubstring("access list"));
    }
}

TEST_CASE("a file that others can read is told with who could, and where a link ends counts") {
    const Protected here;
    const auto reader = [&here] { return platform::readable_by_others(here.file).value_or("nobody"); };
    CHECK_THAT(reader(), ContainsSubstring("agent.yaml\" can be read by every user"));
    Protected::set_mode(here.file, 0600);
    CHECK(reader() == "nobody");
    Protected::set_mode(here.file, 0640);
    CHECK(reader() == "nobody");
    Protected::set_owner(here.file, 0, 100);
    CHECK_THAT(reader(), ContainsSubstring("members of group id 100"));
    Protected::set_owner(here.file, nobody, 0);
    CHECK_THAT(reader(), ContainsSubstring("user id 65534"));
    const fs::path link = here.folder / "link";
    fs::create_symlink("agent.yaml", link);
    CHECK_THAT(platform::readable_by_others(link).value_or(""), ContainsSubstring("user id 65534"));
    CHECK_THAT(platform::readable_by_others(here.folder / "missing").value_or(""),
               ContainsSubstring("cannot be examined"));
}

TEST_CASE("the sticky bit of a file's own folder does not help, and the sentence says so") {
    const Protected here;
    Protected::set_mode(here.folder, 01777);
    CHECK_THAT(who(here.file), ContainsSubstring("every user") && ContainsSubstring("sticky"));
}

TEST_CASE("a folder further up that others can rename in is told, unless its sticky bit prevents it") {
    const Protected here;
    Protected::set_mode(here.scratch.path(), 0777);
    CHECK_THAT(who(here.file), ContainsSubstring("every user"));
    Protected::set_mode(here.scratch.path(), 01777);
    CHECK(who(here.file) == "nobody");
    Protected::set_owner(here.scratch.path(), nobody, 0);
    CHECK_THAT(who(here.file), ContainsSubstring("user id 65534"));
}

TEST_CASE("a symbolic link is judged by the folders of the link and of the real file") {
    const Protected here;
    const fs::path links = here.scratch.path() / "links";
    fs::create_directory(links);
    const bool relative = GENERATE(false, true);
    fs::create_symlink(relative ? fs::path("../etc/agent.yaml") : here.file, links / "agent.yaml");
    CHECK(who(links / "agent.yaml") == "nobody");
    SECTION("whoever can write the folder of the link can lead it elsewhere") {
        Protected::set_mode(links, 0777);
        CHECK_THAT(who(links / "agent.yaml"), ContainsSubstring("links"));
    }
    SECTION("the sticky bit there does not help either") {
        Protected::set_mode(links, 01777);
        CHECK_THAT(who(links / "agent.yaml"), ContainsSubstring("links"));
    }
    SECTION("the real file counts") {
        Protected::set_mode(here.file, 0666);
        CHECK_THAT(who(links / "agent.yaml"), ContainsSubstring("etc/agent.yaml"));
    }
    SECTION("the folder of the real file counts") {
        Protected::set_mode(here.folder, 0777);
        CHECK_THAT(who(links / "agent.yaml"), ContainsSubstring("etc"));
    }
    SECTION("so does the folder of a link to a folder") {
        const fs::path open = here.scratch.path() / "open";
        fs::create_directory(open);
        fs::create_symlink(here.folder, open / "etc");
        Protected::set_mode(open, GENERATE(0777U, 01777U));
        CHECK_THAT(who(open / "etc" / "agent.yaml"), ContainsSubstring("open"));
    }
}

TEST_CASE("what cannot be examined is not called safe") {
    const Protected here;
    CHECK_THAT(who(here.folder / "missing"), ContainsSubstring("cannot be examined"));
    fs::create_symlink("loop", here.folder / "loop");
    const auto child = in_child([&] { // a minute at most
        std::fputs(who(here.folder / "loop").c_str(), stderr);
        return 0;
    });
    CHECK_THAT(child.err, ContainsSubstring("too many symbolic links"));
}

TEST_CASE("a path that ends in a folder is judged by that folder") {
    const Protected here;
    fs::create_directory(here.folder / "below");
    CHECK(who(here.folder / "below" / "..") == "nobody");
    Protected::set_mode(here.folder, 01777);
    CHECK_THAT(who(here.folder / "below" / ".."), ContainsSubstring("every user"));
}

TEST_CASE("a file never gets the number of a missing stream") {
    const auto child = in_child([] {
        for (const int stream : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO}) ::close(stream);
        const platform::Process process;
        return ::open("/dev/null", O_RDONLY) > STDERR_FILENO ? 0 : 1;
    });
    CHECK(child.exit_code == 0);
}

TEST_CASE("a reader that has left, and a limit for the size of files, are errors and not the end") {
    const ScratchFolder scratch;
    const auto child = in_child([&] {
        const platform::Process process;
        std::array<int, 2> ends{};
        if (::pipe(ends.data()) != 0) return 1;
        ::close(ends[0]);
        if (::write(ends[1], "x", 1) != -1) return 2;
        const struct rlimit nothing{};
        ::setrlimit(RLIMIT_FSIZE, &nothing);
        const int file = ::open((scratch.path() / "file").c_str(), O_WRONLY | O_CREAT, 0600);
        return ::write(file, "x", 1) == -1 ? 0 : 3;
    });
    CHECK(child.exit_code == 0);
}

TEST_CASE("a file is read as it is, up to the limit") {
    const Protected here;
    CHECK(platform::read_file(here.file, 12).value() == "mode: audit\n");
    const auto larger = platform::read_file(here.file, 11);
    REQUIRE(!larger);
    CHECK(larger.error().code == ErrorCode::too_large);
}

TEST_CASE("what is no readable regular file is refused at once, each with its code") {
    const Protected here;
    const auto code_of = [](const fs::path& file) { return platform::read_file(file, 100).error().code; };
    CHECK(code_of(here.folder / "missing") == ErrorCode::not_found);
    CHECK(code_of(here.folder) == ErrorCode::invalid);
    CHECK(code_of("/dev/null") == ErrorCode::invalid);
    const fs::path pipe = here.folder / "pipe";
    REQUIRE(::mkfifo(pipe.c_str(), 0644) == 0);
    CHECK(code_of(pipe) == ErrorCode::invalid);

    Protected::set_mode(here.scratch.path(), 0755);
    Protected::set_mode(here.file, 0600);
    const auto child = in_child_as_nobody(
        [&] { return static_cast<int>(platform::read_file(here.file, 100).error().code); });
    CHECK(child.exit_code == static_cast<int>(ErrorCode::access_denied));
}

TEST_CASE("the program knows its own path and the computer's name") {
    CHECK(fs::is_regular_file(platform::executable_path()));
    CHECK(platform::executable_path().is_absolute());
    std::ifstream kernel("/proc/sys/kernel/hostname");
    std::string name;
    std::getline(kernel, name);
    CHECK(platform::computer_name() == name);
}

TEST_CASE("standard output that is a file is no terminal") {
    CHECK(in_child([] { return platform::standard_output().is_terminal ? 1 : 0; }).exit_code == 0);
}

TEST_CASE("a folder is locked by one holder at a time and free again afterwards") {
    const ScratchFolder scratch;
    {
        const auto held = platform::FolderLock::acquire(scratch.path());
        REQUIRE(held);
        const auto second = platform::FolderLock::acquire(scratch.path());
        REQUIRE(!second);
        CHECK(second.error().code == ErrorCode::busy);
        CHECK(second.error().reason == ReasonCode::busy);
        const auto other =
            in_child([&] { return platform::FolderLock::acquire(scratch.path()).has_value() ? 0 : 1; });
        CHECK(other.exit_code == 1);
    }
    CHECK(platform::FolderLock::acquire(scratch.path()));
    CHECK(scratch.names().empty());
}

TEST_CASE("a lock ends with the process that held it, however that ended") {
    const ScratchFolder scratch;
    const auto killed = in_child([&] {
        const auto held = platform::FolderLock::acquire(scratch.path());
        if (held) ::kill(::getpid(), SIGKILL);
        return 1;
    });
    REQUIRE(killed.signal == SIGKILL);
    CHECK(platform::FolderLock::acquire(scratch.path()));
}

TEST_CASE("only a folder can be locked") {
    const Protected here;
    CHECK(!platform::FolderLock::acquire(here.file));
    CHECK(platform::FolderLock::acquire(here.folder / "missing").error().code == ErrorCode::not_found);
}
