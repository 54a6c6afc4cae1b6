#include "agent/platform/crash_guard.h"

#include "agent/endpoint/image_file.h"
#include "agent/platform/platform.h"
#include "agent/platform/replacement_file.h"
#include "tests/support/sample_image.h"
#include "tests/support/second_process.h"

#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>
#include <catch2/matchers/catch_matchers_string.hpp>

#include <windows.h>

#include <csignal>
#include <cstdlib>

using namespace wta;
using namespace wta::test;
using Catch::Matchers::ContainsSubstring;
using Catch::Matchers::EndsWith;
using platform::CrashGuard;
namespace fs = std::filesystem;

namespace {

constexpr unsigned long guarded = 9; // the exit code of the crash guard
constexpr int survived = 50;

const std::string document = "{\"inDesiredState\":null}\n";

// Two values that share their data: without the check of all keys, libhivex aborts when it rewrites them.
Bytes aborting_hive() {
    Bytes hive = sample_hive();
    put_u32(hive, value_cell(hive, "Strange") + 12, *read_u32le(hive, value_cell(hive, "Text") + 12));
    return hive;
}

int write_without_check(const fs::path& file) {
    CrashGuard::prepare({.document = document});
    const CrashGuard guard;
    auto checked = check_image(file, file);
    const auto registry = HiveRegistry::open(*std::move(checked));
    auto replacement = platform::ReplacementFile::create(file);
    CrashGuard::set_temporary_file(replacement->path());
    if (!registry->begin_writing(file, {})) return 1;
    return registry->set(sample_key, "Dword", dword_value(1)) ? survived : 2;
}

void write_to_nowhere() {
    volatile std::uintptr_t nowhere = 8;
    *reinterpret_cast<volatile int*>(nowhere) = 1;
}

int crash(const std::wstring& how) {
    const CrashGuard guard;
    if (how == L"abort") std::abort();
    if (how == L"access") write_to_nowhere();
    if (how == L"page") ::RaiseException(EXCEPTION_IN_PAGE_ERROR, 0, 0, nullptr);
    return survived;
}

LONG WINAPI another_filter(EXCEPTION_POINTERS* /*exception*/) { return EXCEPTION_CONTINUE_SEARCH; }

} // namespace

TEST_CASE(
    "an abort inside libhivex ends the process with 9, a sentence, the document, and no temporary file") {
    if (const auto file = second_process()) platform::end_now(write_without_check(*file));
    const Bytes hive = aborting_hive();
    const SampleImage image(hive);
    const auto outcome = run_again(image.hive.native());
    CHECK(outcome.exit_code == guarded);
    CHECK_THAT(outcome.err, ContainsSubstring("the hive is damaged"));
    CHECK_THAT(outcome.out, EndsWith(document));
    CHECK(image.names() == std::vector<std::string>{"SOFTWARE"});
    CHECK(image.bytes() == hive);
}

TEST_CASE("a memory fault that nothing handles ends the same way, and prints nothing to stdout without a "
          "document") {
    if (const auto how = second_process()) platform::end_now(crash(*how));
    const std::wstring how = GENERATE(L"abort", L"access", L"page");
    const auto outcome = run_again(how);
    CHECK(outcome.exit_code == guarded);
    CHECK_THAT(outcome.err, ContainsSubstring("the hive is damaged"));
    CHECK_THAT(outcome.out, !ContainsSubstring("inDesiredState"));
}

TEST_CASE("a memory fault that somebody handles is no crash") {
    if (second_process()) {
        const CrashGuard guard;
        const bool bad = ::IsBadReadPtr(reinterpret_cast<const void*>(std::uintptr_t{8}), 1) != 0;
        platform::end_now(bad ? survived : 1);
    }
    CHECK(run_again(L"handled").exit_code == survived);
}

TEST_CASE("a crash while the new file is verified leaves the image and nothing beside it") {
    if (const auto file = second_process()) {
        const auto endpoint = open_image(*file, Use::change);
        if (!(*endpoint)->begin_changes() || !(*endpoint)->registry().set(sample_key, "x", dword_value(1)))
            platform::end_now(1);
        static_cast<void>((*endpoint)->commit([](Registry&) -> Result<void> { std::abort(); }));
        platform::end_now(survived);
    }
    const SampleImage image;
    CHECK(run_again(image.hive.native()).exit_code == guarded);
    CHECK(image.bytes() == sample_hive());
    CHECK(image.scratch.names() == std::vector<std::string>{"SOFTWARE"});
}

TEST_CASE(
    "a run killed while it verifies leaves the image as it was, and the next one cleans up and succeeds") {
    if (const auto file = second_process()) {
        const auto endpoint = open_image(*file, Use::change);
        if (!(*endpoint)->begin_changes() || !(*endpoint)->registry().set(sample_key, "x", dword_value(1)))
            platform::end_now(1);
        static_cast<void>((*endpoint)->commit([](Registry&) -> Result<void> {
            ::TerminateProcess(::GetCurrentProcess(), 77);
            return {};
        }));
        platform::end_now(survived);
    }
    const SampleImage image;
    REQUIRE(run_again(image.hive.native()).exit_code == 77);
    CHECK(image.bytes() == sample_hive());
    CHECK(image.scratch.names().size() == 2); // the new file, and no lock
    REQUIRE(repair_sample(image.hive));
    CHECK(image.scratch.names() == std::vector<std::string>{"SOFTWARE"});
}

TEST_CASE("a crash guard leaves the handlers as it found them") {
    const auto abort_before = std::signal(SIGABRT, SIG_IGN);
    const auto filter_before = ::SetUnhandledExceptionFilter(another_filter);
    {
        const CrashGuard outer;
        const CrashGuard inner;
    }
    CHECK(std::signal(SIGABRT, abort_before) == SIG_IGN);
    CHECK(::SetUnhandledExceptionFilter(filter_before) == another_filter);
}
