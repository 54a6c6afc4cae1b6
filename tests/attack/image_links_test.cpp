// Threat 34, what only Linux has: links, pipes and rights around an image.
#include "agent/endpoint/image_file.h"
#include "tests/support/child_process.h"
#include "tests/support/sample_image.h"

#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>

#include <sys/stat.h>

using namespace wta;
using namespace wta::test;
namespace fs = std::filesystem;

TEST_CASE("symbolic links are resolved: the real file is replaced and the link stays") {
    const SampleImage image;
    const fs::path link = image.folder / "link";
    fs::create_symlink("SOFTWARE", link);
    CHECK(locate_image(link).value().real == image.hive);
    REQUIRE(repair_sample(link));
    CHECK(fs::is_symlink(link));
    CHECK(image.open()->registry().get(update_key, "AcceptTrustedPublisherCerts").value() == dword_value(1));
}

TEST_CASE("a volume is a stranger's: no link on the way to its hive is followed, wherever it leads") {
    const ScratchFolder scratch;
    const fs::path hive =
        scratch.path() / GENERATE("Windows/System32/config/SOFTWARE", "WINDOWS/SYSTEM32/CONFIG/software");
    write_bytes(hive, sample_hive());
    CHECK(locate_image(scratch.path()).value().real == hive);
    const int levels_up = GENERATE(0, 1, 2, 3);
    fs::path place = hive;
    for (int i = 0; i < levels_up; ++i) place = place.parent_path();
    const bool inside = GENERATE(true, false);
    const ScratchFolder elsewhere;
    const fs::path target = (inside ? scratch.path() : elsewhere.path()) / "target";
    fs::rename(place, target);
    fs::create_symlink(target, place);
    check_not_opened(scratch.path(), ReasonCode::image_not_found, "links of an image are not followed");
}

TEST_CASE("a log that is a link is not followed") {
    const SampleImage image;
    const ScratchFolder elsewhere;
    fs::create_symlink(elsewhere.path(), image.folder / "SOFTWARE.LOG1");
    check_not_opened(image.hive, ReasonCode::image_damaged, "SOFTWARE.LOG1\" is a link");
}

TEST_CASE("two spellings of a folder, none of them Windows' own, are not guessed between") {
    const ScratchFolder scratch;
    write_bytes(scratch.path() / "WINDOWS/System32/config/SOFTWARE", sample_hive());
    fs::create_directories(scratch.path() / "windows");
    check_not_opened(scratch.path(), ReasonCode::image_not_found, "there are both");
    write_bytes(scratch.path() / "Windows/System32/config/SOFTWARE", sample_hive());
    CHECK(locate_image(scratch.path()).value().real == scratch.path() / "Windows/System32/config/SOFTWARE");
}

TEST_CASE("a pipe, a socket or a device is refused at once") {
    const ScratchFolder scratch;
    const fs::path pipe = scratch.path() / "pipe";
    REQUIRE(::mkfifo(pipe.c_str(), 0644) == 0);
    check_not_opened(pipe, ReasonCode::image_not_found, "not a regular file");
    check_not_opened("/dev/zero", ReasonCode::image_not_found, "not a regular file");
    const fs::path socket = scratch.path() / "socket";
    REQUIRE(::mknod(socket.c_str(), S_IFSOCK | 0644U, 0) == 0);
    check_not_opened(socket, ReasonCode::image_not_found, "not a regular file");
}

TEST_CASE("a hive that may not be read is access denied, not missing") {
    const SampleImage image;
    const bool folder = GENERATE(false, true);
    fs::permissions(folder ? image.folder : image.hive, fs::perms(0600));
    const auto child = in_child_as_nobody([&] {
        const auto opened = open_image(image.hive, Use::look);
        return !opened && opened.error().code == ErrorCode::access_denied &&
                       opened.error().reason == ReasonCode::access_denied
                   ? 1
                   : 0;
    });
    CHECK(child.exit_code == 1);
}

TEST_CASE("a log that may not be read is no proof of a clean hive") {
    const SampleImage image;
    write_bytes(image.folder / "SOFTWARE.LOG1", log_with_entries({sample_sequence}));
    fs::permissions(image.folder / "SOFTWARE.LOG1", fs::perms::none);
    fs::permissions(image.hive, fs::perms(0644));
    const auto child = in_child_as_nobody([&] {
        const auto opened = open_image(image.hive, Use::look);
        return !opened && opened.error().reason == ReasonCode::access_denied ? 0 : 1;
    });
    CHECK(child.exit_code == 0);
}

TEST_CASE("a log that is a pipe is none, and is not waited for") {
    const SampleImage image;
    REQUIRE(::mkfifo((image.folder / "SOFTWARE.LOG1").c_str(), 0644) == 0);
    const auto child = in_child([&] { return open_image(image.hive, Use::look) ? 0 : 1; });
    CHECK(child.exit_code == 0);
}

TEST_CASE("a link to nothing and links in a circle are no image") {
    const ScratchFolder scratch;
    const fs::path folder = scratch.path();
    fs::create_symlink("nowhere", folder / "dangling");
    check_not_opened(folder / "dangling", ReasonCode::image_not_found, "dangling");
    fs::create_symlink("circle", folder / "circle");
    check_not_opened(folder / "circle", ReasonCode::image_not_found, "circle");
}

TEST_CASE("of a hive behind a link, the logs beside the real file count") {
    const SampleImage image;
    write_bytes(image.folder / "SOFTWARE.LOG1", log_with_entries({sample_sequence + 1}));
    const ScratchFolder elsewhere;
    fs::create_symlink(image.hive, elsewhere.path() / "SOFTWARE");
    check_not_opened(elsewhere.path() / "SOFTWARE", ReasonCode::image_dirty, "SOFTWARE.LOG1");
}
