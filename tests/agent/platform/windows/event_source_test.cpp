#include "agent/platform/windows/event_source.h"

#include "agent/platform/platform.h"
#include "agent/platform/windows/handle.h"
#include "agent/platform/windows/wide.h"

#include <catch2/catch_test_macros.hpp>

#include <memory>
#include <string>
#include <type_traits>
#include <vector>
#include <windows.h>

using namespace wta;

namespace {

struct FreeModule {
    void operator()(HMODULE module) const { ::FreeLibrary(module); }
};

// The sentence of an event as Event Viewer would show it, out of the program as it is shipped.
std::string sentence(HMODULE program, const Event& event) {
    std::vector<std::wstring> strings;
    for (const std::string& text : event.strings) strings.push_back(platform::to_wide(text));
    std::vector<DWORD_PTR> arguments;
    for (const std::wstring& text : strings) arguments.push_back(reinterpret_cast<DWORD_PTR>(text.c_str()));
    wchar_t* text = nullptr;
    const DWORD length = ::FormatMessageW(
        FORMAT_MESSAGE_FROM_HMODULE | FORMAT_MESSAGE_ALLOCATE_BUFFER | FORMAT_MESSAGE_ARGUMENT_ARRAY, program,
        message_number(info(event.id)), 0, reinterpret_cast<wchar_t*>(&text), 0,
        reinterpret_cast<va_list*>(arguments.data()));
    const platform::LocalMemory<wchar_t> owned(text);
    return platform::from_wide({text, length});
}

} // namespace

TEST_CASE("the program holds the sentence of every event, with all its strings") {
    const auto program = platform::executable_path().parent_path() / "wsus-trust-agent.exe";
    const std::unique_ptr<std::remove_pointer_t<HMODULE>, FreeModule> module(
        ::LoadLibraryExW(program.c_str(), nullptr, LOAD_LIBRARY_AS_DATAFILE));
    REQUIRE(module);
    for (const EventInfo& row : all_events()) {
        Event event{.id = row.id, .strings = {}};
        for (std::size_t i = 0; i < row.strings.size(); ++i)
            event.strings.push_back("<string " + std::to_string(i + 1) + ">");
        const std::string text = sentence(module.get(), event);
        INFO(text);
        CHECK(text.size() > 100);
        for (const std::string& string : event.strings) CHECK(text.find(string) != std::string::npos);
        CHECK(text.find('%') == std::string::npos);
        CHECK(text.find("\r\n") != std::string::npos);
    }
}

TEST_CASE("every event is taken by the event log") {
    for (const EventInfo& row : all_events()) {
        Event event{.id = row.id, .strings = {}};
        event.strings.assign(row.strings.size(), event_text(std::string(2'000, 'x') + "ä…"));
        CHECK(platform::write_event(event));
    }
}
