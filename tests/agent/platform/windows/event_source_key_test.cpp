#include "agent/platform/windows/event_source_key.h"

#include "agent/endpoint/live_key.h"
#include "agent/platform/windows/wide.h"
#include "tests/support/scratch_machine.h"

#include <catch2/catch_test_macros.hpp>

#include <array>
#include <string>

using namespace wta;

namespace {

std::wstring text_value(const test::ScratchMachine& machine, const wchar_t* name, DWORD& type) {
    std::array<wchar_t, 1'024> text{};
    DWORD size = sizeof text;
    const std::wstring key = platform::to_wide(machine.root().path) +
                             L"\\SYSTEM\\CurrentControlSet\\Services\\EventLog\\Application\\WsusTrustAgent";
    if (::RegGetValueW(HKEY_CURRENT_USER, key.c_str(), name, RRF_RT_ANY | RRF_NOEXPAND, &type, text.data(),
                       &size) != 0)
        return L"absent";
    return text.data();
}

} // namespace

TEST_CASE("the source is registered with the sentences of a program, and taken away again") {
    const test::ScratchMachine machine;
    HKEY opened = nullptr;
    REQUIRE(::RegOpenKeyExW(HKEY_CURRENT_USER, platform::to_wide(machine.root().path).c_str(), 0,
                            KEY_ALL_ACCESS, &opened) == ERROR_SUCCESS);
    const RegistryKey root(opened);
    DWORD type = 0;
    for (const wchar_t* file :
         {L"C:\\Program Files\\WsusTrustAgent\\wsus-trust-agent.exe", L"D:\\ä\\a.exe"}) {
        REQUIRE(platform::write_event_source_key(root.get(), file));
        CHECK(text_value(machine, L"EventMessageFile", type) == file);
        CHECK(type == REG_EXPAND_SZ);
        CHECK(text_value(machine, L"TypesSupported", type)[0] == 7);
        CHECK(type == REG_DWORD);
    }
    REQUIRE(platform::remove_event_source_key(root.get()));
    CHECK(text_value(machine, L"EventMessageFile", type) == L"absent");
    CHECK(platform::remove_event_source_key(root.get()));
}
