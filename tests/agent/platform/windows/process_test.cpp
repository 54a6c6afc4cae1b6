#include "agent/platform/platform.h"

#include "tests/support/scratch_folder.h"
#include "tests/support/second_process.h"

#include <catch2/catch_test_macros.hpp>
#include <catch2/matchers/catch_matchers_string.hpp>

#include <windows.h>

#include <cstdio>
#include <io.h>

using namespace wta;
using namespace wta::test;
using Catch::Matchers::ContainsSubstring;
namespace fs = std::filesystem;

namespace {

fs::path program() { return platform::executable_path().parent_path() / "wsus-trust-agent.exe"; }

constexpr int found = 10;
constexpr int not_found = 11;

// A file that is no library fails to load with another error than one that is not found.
int look_for_planted_library() {
    ::LoadLibraryW(L"planted.dll");
    return ::GetLastError() == ERROR_MOD_NOT_FOUND ? not_found : found;
}

} // namespace

TEST_CASE("threat 27: no library is loaded from the working folder") {
    if (const auto task = second_process()) {
        if (*task == L"unprepared") platform::end_now(look_for_planted_library());
        const platform::Process process;
        platform::end_now(look_for_planted_library());
    }
    const ScratchFolder scratch;
    write_text(scratch.path() / "planted.dll", "no library");
    REQUIRE(run_again(L"unprepared", scratch.path()).exit_code == found);
    CHECK(run_again(L"prepared", scratch.path()).exit_code == not_found);
}

TEST_CASE("threat 27: no library is loaded from the folder of the program") {
    const ScratchFolder scratch;
    fs::copy_file(program(), scratch.path() / "program.exe");
    for (const char* name : {"crypt32.dll", "winhttp.dll", "bcrypt.dll", "cryptbase.dll"})
        write_text(scratch.path() / name, "no library");
    const auto outcome =
        run_process(scratch.path() / "program.exe", {L"--output", L"json", L"check"}, scratch.path());
    CHECK(outcome.exit_code == 1);
    CHECK_THAT(outcome.out, ContainsSubstring("policy_missing"));
}

TEST_CASE("an error of a drive or a file opens no window") {
    if (second_process()) {
        const platform::Process process;
        const UINT wanted = SEM_FAILCRITICALERRORS | SEM_NOOPENFILEERRORBOX;
        platform::end_now((::GetErrorMode() & wanted) == wanted ? found : not_found);
    }
    CHECK(run_again(L"look").exit_code == found);
}

TEST_CASE("a process without streams ends as one that has them") {
    CHECK(run_detached(program(), {L"version"}) == 0);
    CHECK(run_detached(program(), {L"--nonsense"}) == 2);
}

TEST_CASE("each missing stream has a number of its own afterwards") {
    if (second_process()) {
        const platform::Process process;
        const int in = ::_fileno(stdin);
        const int out = ::_fileno(stdout);
        const int err = ::_fileno(stderr);
        const bool open = in >= 0 && out >= 0 && err >= 0;
        platform::end_now(open && in != out && out != err && err != in ? found : not_found);
    }
    CHECK(run_again_detached(L"look") == found);
}

TEST_CASE("what is printed arrives byte for byte") {
    const auto outcome = run_process(program(), {L"--output", L"json", L"config", L"show"});
    CHECK_THAT(outcome.out, ContainsSubstring("\n") && !ContainsSubstring("\r"));
}

TEST_CASE("an argument in any script names the file that is meant") {
    const ScratchFolder scratch;
    write_text(scratch.path() / L"証明書-Größe.yaml", "mode: audit\n");
    const auto outcome =
        run_process(program(), {L"--output", L"json", L"--config", L"証明書-Größe.yaml", L"config", L"show"},
                    scratch.path()); // JSON: no line ends inside the name
    CHECK(outcome.exit_code == 0);
    CHECK_THAT(outcome.out, ContainsSubstring("証明書-Größe.yaml"));
}

TEST_CASE("a wildcard stays as it was typed") {
    const ScratchFolder scratch;
    write_text(scratch.path() / "x.cer", "");
    const auto outcome = run_process(program(), {L"--output", L"json", L"inspect", L"*.cer"}, scratch.path());
    CHECK_THAT(outcome.out, ContainsSubstring("*.cer") && !ContainsSubstring("x.cer"));
}

TEST_CASE("the first argument is the program") {
    const auto words = platform::arguments(0, nullptr);
    REQUIRE(!words.empty());
    CHECK(fs::path(words.front()).stem() == "tests");
}
