#include "agent/platform/crash_guard.h"

#include "agent/endpoint/image_file.h"
#include "agent/platform/replacement_file.h"
#include "tests/support/child_process.h"
#include "tests/support/sample_image.h"

#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>
#include <catch2/matchers/catch_matchers_string.hpp>

#include <signal.h>

#include <algorithm>
#include <random>

using namespace wta;
using namespace wta::test;
using Catch::Matchers::ContainsSubstring;
using platform::CrashGuard;
namespace fs = std::filesystem;

namespace {

constexpr int guarded = 9; // the exit code of the crash guard

// Near the beginning, where the keys are, as often as anywhere; and mostly references to other cells, which
// do the most harm.
Bytes garbled_hive(int seed) {
    std::mt19937 random(static_cast<std::mt19937::result_type>(seed));
    Bytes hive = sample_hive();
    for (auto changes = 1 + random() % 12; changes > 0; --changes) {
        const std::size_t place =
            4096 + (random() % 2 == 0 ? random() % 4096 : random() % (hive.size() - 4096));
        if (random() % 3 == 0) {
            hive[place] = static_cast<std::byte>(random() % 256);
        } else {
            const auto cell = static_cast<std::uint32_t>(random() % (hive.size() / 8) * 8);
            put_u32(hive, place / 4 * 4, random() % 4 == 0 ? static_cast<std::uint32_t>(random()) : cell);
        }
    }
    return hive;
}

int exit_of(const Result<void>& outcome) { return outcome ? 0 : 50; }

// Needs more stack than there is.
[[gnu::noinline]] int deeper(long depth, volatile char* above) {
    volatile char here[4096];
    here[0] = *above;
    return depth == 0 ? 0 : deeper(depth - 1, here) + here[0];
}

} // namespace

TEST_CASE("an abort inside libhivex ends with exit 9, a sentence, the document, and no temporary file") {
    Bytes hive = sample_hive();
    put_u32(hive, value_cell(hive, "Strange") + 12, *read_u32le(hive, value_cell(hive, "Text") + 12));
    const SampleImage image(hive);
    const auto child = in_child([&] {
        CrashGuard::prepare({.document = "{\"inDesiredState\":null}\n"});
        const CrashGuard guard;
        auto checked = check_image(image.hive, image.hive);
        const auto registry = HiveRegistry::open(*std::move(checked));
        auto replacement = platform::ReplacementFile::create(image.hive);
        CrashGuard::set_temporary_file(replacement->path());
        if (!registry->begin_writing(image.hive, {})) return 1; // without the check of all keys
        return exit_of(registry->set(sample_key, "Dword", dword_value(1)));
    });
    CHECK(child.exit_code == guarded);
    CHECK_THAT(child.err, ContainsSubstring("the hive is damaged"));
    CHECK(child.out == "{\"inDesiredState\":null}\n");
    CHECK(image.names() == std::vector<std::string>{"SOFTWARE"});
    CHECK(image.bytes() == hive);
}

TEST_CASE("a run that is asked to end does so as the sender expects, and leaves no temporary file") {
    const int signal = GENERATE(SIGINT, SIGTERM, SIGHUP);
    const Bytes hive = sample_hive();
    const SampleImage image(hive);
    const auto child = in_child([&] {
        const CrashGuard guard;
        auto replacement = platform::ReplacementFile::create(image.hive);
        CrashGuard::set_temporary_file(replacement->path());
        ::raise(signal);
        return 1;
    });
    CHECK_FALSE(child.exit_code);
    CHECK(child.signal == signal);
    CHECK(image.names() == std::vector<std::string>{"SOFTWARE"});
    CHECK(image.bytes() == hive);
}

TEST_CASE("memory faults end the same way outside sanitizer builds, and nothing is printed to stdout without "
          "a document") {
    const int signal = GENERATE(SIGABRT, SIGBUS, SIGSEGV);
    const auto child = in_child([&] {
        const CrashGuard guard(CrashGuard::Signals::memory_faults_too);
        ::raise(signal);
        return 1;
    });
    CHECK(child.exit_code == guarded);
    CHECK(child.out.empty());
    CHECK(std::ranges::count(child.err, '\n') == 1);
}

TEST_CASE("a crash while the new file is verified leaves the image as it was and nothing beside it") {
    const SampleImage image;
    const auto child = in_child([&] {
        const auto endpoint = open_image(image.hive, Use::change);
        if (!(*endpoint)->begin_changes() || !(*endpoint)->registry().set(sample_key, "x", dword_value(1)))
            return 1;
        return exit_of((*endpoint)->commit([](Registry&) -> Result<void> {
            ::raise(SIGABRT);
            return {};
        }));
    });
    CHECK(child.exit_code == guarded);
    CHECK(image.bytes() == sample_hive());
    CHECK(image.names() == std::vector<std::string>{"SOFTWARE"});
}

TEST_CASE("an overflow of the stack ends the same way") {
    const auto child = in_child([&] {
        stack_t none{}; // the one that Catch2 sets up
        none.ss_flags = SS_DISABLE;
        ::sigaltstack(&none, nullptr);
        const CrashGuard guard(CrashGuard::Signals::memory_faults_too);
        volatile char bottom = 0;
        return deeper(1'000'000, &bottom);
    });
    CHECK(child.exit_code == guarded);
}

TEST_CASE("a signal that the caller ignores stays ignored") {
    const int signal = GENERATE(SIGINT, SIGTERM, SIGHUP);
    const auto child = in_child([&] {
        ::signal(signal, SIG_IGN);
        const CrashGuard guard;
        ::raise(signal);
        return 0;
    });
    CHECK(child.exit_code == 0);
}

TEST_CASE("a hive that is truncated while it is open ends with exit 9") {
    const SampleImage image;
    const auto child = in_child([&] {
        const CrashGuard guard(CrashGuard::Signals::memory_faults_too);
        const auto endpoint = open_image(image.hive, Use::look);
        fs::resize_file(image.hive, 0);
        return (*endpoint)->registry().get(sample_key, "Dword") ? 1 : 2;
    });
    CHECK(child.exit_code == guarded);
}

TEST_CASE("a crash guard leaves the signals as it found them") {
    const auto child = in_child([] {
        ::signal(SIGABRT, SIG_IGN);
        {
            const CrashGuard outer;
            const CrashGuard inner;
        }
        struct sigaction now{};
        ::sigaction(SIGABRT, nullptr, &now);
        return now.sa_handler == SIG_IGN ? 0 : 1; // NOLINT: the macro casts
    });
    CHECK(child.exit_code == 0);
}

TEST_CASE("a hive garbled anywhere is repaired or refused, and refused means left alone") {
    constexpr int seeds = 300;
    const SampleImage image;
    int repaired = 0;
    for (int seed = 0; seed < seeds;) {
        // One process for many seeds; libhivex may end it.
        const fs::path progress = image.folder / "progress";
        const auto child = in_child([&] {
            for (int next = seed; next < seeds; ++next) {
                const Bytes hive = garbled_hive(next);
                write_bytes(image.hive, hive);
                write_text(progress, std::to_string(next));
                const auto outcome = repair_sample(image.hive);
                if (!outcome && image.bytes() != hive) return 1;
                if (outcome && !open_image(image.hive, Use::look)) return 2;
                if (image.names() != std::vector<std::string>{"SOFTWARE", "progress"}) return 3;
                if (outcome) std::puts("repaired");
            }
            return 0;
        });
        seed = std::stoi(std::string(as_text(read_bytes(progress))));
        INFO("seed " << seed << "\n" << child.err);
        REQUIRE(child.exit_code.has_value());
        REQUIRE((child.exit_code == 0 || child.exit_code == guarded));
        if (child.exit_code == guarded) CHECK(image.bytes() == garbled_hive(seed));
        repaired += static_cast<int>(std::ranges::count(child.out, '\n'));
        ++seed;
    }
    // Neither everything nor nothing: otherwise this test would show nothing.
    CHECK(repaired > seeds / 20);
    CHECK(repaired < seeds);
}
