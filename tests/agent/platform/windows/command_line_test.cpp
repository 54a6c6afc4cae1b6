#include "agent/platform/windows/command_line.h"

#include <catch2/catch_test_macros.hpp>

#include <windows.h>

#include <shellapi.h>

#include <memory>
#include <random>

using namespace wta::platform;

namespace {

struct FreeWords {
    void operator()(wchar_t** words) const { ::LocalFree(static_cast<HLOCAL>(words)); }
};

std::vector<std::wstring> split_by_windows(const std::wstring& line) {
    int count = 0;
    const std::unique_ptr<wchar_t*, FreeWords> words(::CommandLineToArgvW(line.c_str(), &count));
    REQUIRE(words);
    return {words.get(), words.get() + count};
}

std::string narrow(const std::wstring& ascii) { return {ascii.begin(), ascii.end()}; }

} // namespace

TEST_CASE("a command line has the words that Windows finds in it") {
    for (const std::wstring line : {
             LR"(agent)",
             LR"(agent check)",
             LR"("C:\Program Files\agent.exe" check)",
             LR"("C:\Program Files\agent.exe"check)",
             LR"(C:\agent.exe	--config	C:\a.yaml  check  )",
             LR"(agent "" check)",
             LR"(agent "a b" c)",
             LR"(agent a\\b "c:\d\\" e)",
             LR"(agent a\"b c\\"d e")",
             LR"(agent "a""b" c)",
             LR"(agent "a"""b" c)",
             LR"(agent """a""" b)",
             LR"(agent "open)",
             LR"("open program)",
             LR"(agent\"x y" z)",
             LR"(agent "\\\\server\share\" x)",
             LR"( agent x)",
             LR"(agent \\"\\" \)",
         }) {
        INFO(narrow(line));
        CHECK(split_command_line(line) == split_by_windows(line));
    }
}

TEST_CASE(
    "whatever quotes, backslashes and blanks a line is made of, its words are those that Windows finds") {
    constexpr std::wstring_view characters = L"\"\"\\\\ \tab";
    std::mt19937 random(1);
    for (int i = 0; i < 20'000; ++i) {
        std::wstring line = L"agent ";
        if (i % 4 == 0) line.clear();
        for (auto length = 1 + random() % 14; length > 0; --length)
            line += characters[random() % characters.size()];
        INFO(narrow(line));
        REQUIRE(split_command_line(line) == split_by_windows(line));
    }
}

TEST_CASE("what was joined splits into the same words, for us and for Windows") {
    for (const std::vector<std::wstring>& words : std::vector<std::vector<std::wstring>>{
             {LR"(C:\Program Files\WSUS Trust\agent.exe)", L"run"},
             {LR"(C:\agent.exe)", L"--config", LR"(C:\Our settings\agent.yaml)", L"run"},
             {LR"(C:\agent.exe)", LR"(C:\ends in\)", L"", LR"(a"b)", LR"(a\"b)", LR"(\\server\share\)",
              L"a\tb"},
         }) {
        const std::wstring line = join_command_line(words);
        INFO(narrow(line));
        CHECK(split_command_line(line) == words);
        CHECK(split_by_windows(line) == words);
    }
}

TEST_CASE("whatever quotes, backslashes and blanks words are made of, they survive being joined") {
    constexpr std::wstring_view characters = L"\"\"\\\\ \tab";
    std::mt19937 random(2);
    for (int i = 0; i < 20'000; ++i) {
        std::vector<std::wstring> words{L"C:\\agent.exe"};
        for (unsigned count = random() % 3; count > 0; --count) {
            std::wstring& word = words.emplace_back();
            for (unsigned length = random() % 8; length > 0; --length)
                word += characters[random() % characters.size()];
        }
        const std::wstring line = join_command_line(words);
        INFO(narrow(line));
        REQUIRE(split_command_line(line) == words);
        REQUIRE(split_by_windows(line) == words);
    }
}

TEST_CASE("the program of a joined line stands in quotes, also where it has no blank") {
    CHECK(join_command_line({LR"(C:\agent.exe)", L"run"}) == LR"("C:\agent.exe" run)");
}
