#include "agent/platform/windows/known_folder.h"

#include <catch2/catch_test_macros.hpp>

#include <windows.h>

#include <initguid.h>
#include <knownfolders.h>
#include <shlobj.h>

#include <array>
#include <string>

using namespace wta;

namespace {

// A variable of the environment that holds something else for as long as this lives.
class Planted {
public:
    explicit Planted(const wchar_t* name) : name_(name) {
        std::array<wchar_t, 1024> value{};
        ::GetEnvironmentVariableW(name, value.data(), static_cast<DWORD>(value.size()));
        before_ = value.data();
        ::SetEnvironmentVariableW(name, L"X:\\planted");
    }
    ~Planted() { ::SetEnvironmentVariableW(name_, before_.empty() ? nullptr : before_.c_str()); }
    Planted(const Planted&) = delete;
    Planted& operator=(const Planted&) = delete;

private:
    const wchar_t* name_;
    std::wstring before_;
};

} // namespace

TEST_CASE("the shared folder is the agent's in ProgramData, whatever the environment says") {
    const auto before = platform::shared_folder();
    REQUIRE(before);
    CHECK(before->native().ends_with(L"\\ProgramData\\WsusTrustAgent"));
    const Planted data(L"ProgramData");
    const Planted profile(L"ALLUSERSPROFILE");
    const Planted drive(L"SystemDrive");
    CHECK(platform::shared_folder().value() == *before);
}

TEST_CASE("ProgramData and the folder of the system are Windows' own, whatever the environment says") {
    const auto data = platform::program_data();
    const auto system = platform::system_folder();
    REQUIRE((data && system));
    CHECK(data->native().ends_with(L"\\ProgramData"));
    CHECK(::_wcsicmp(system->filename().c_str(), L"system32") == 0);
    const Planted planted_data(L"ProgramData");
    const Planted root(L"SystemRoot");
    const Planted windows(L"windir");
    CHECK(platform::program_data().value() == *data);
    CHECK(platform::system_folder().value() == *system);
}

TEST_CASE("a folder of the registry counts when it needs no variable but the drive of Windows") {
    using platform::without_variable;
    CHECK(without_variable(L"%SystemDrive%\\ProgramData", L"C:") == L"C:\\ProgramData");
    CHECK(without_variable(L"%systemdrive%\\ProgramData", L"D:") == L"D:\\ProgramData");
    CHECK(without_variable(L"E:\\Data", L"C:") == L"E:\\Data");
    for (const wchar_t* other :
         {L"", L"ProgramData", L"C:", L"C:\\", L"C:ProgramData", L"%ProgramData%", L"%SystemDrive%",
          L"%SystemDrive%\\%USERNAME%", L"\\\\server\\share", L"%SystemRoot%\\Data"})
        CHECK(without_variable(other, L"C:") == std::nullopt);
}

TEST_CASE("the registry names the folder that the shell names") {
    wchar_t* text = nullptr;
    REQUIRE(::SHGetKnownFolderPath(FOLDERID_ProgramData, KF_FLAG_DEFAULT, nullptr, &text) == S_OK);
    const std::wstring named = text;
    ::CoTaskMemFree(text);
    CHECK(platform::shared_folder().value().parent_path() == named);
}
