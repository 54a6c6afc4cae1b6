#include "agent/platform/windows/known_folder.h"

#include "agent/platform/windows/os_error.h"

#include <windows.h>

#include <initguid.h>
#include <knownfolders.h>
#include <shlobj.h>

#include <memory>

namespace wta::platform {
namespace {

struct FreeTaskMemory {
    void operator()(wchar_t* memory) const { ::CoTaskMemFree(memory); }
};

} // namespace

Result<std::filesystem::path> shared_folder() {
    wchar_t* text = nullptr;
    const HRESULT result = ::SHGetKnownFolderPath(FOLDERID_ProgramData, KF_FLAG_DEFAULT, nullptr, &text);
    const std::unique_ptr<wchar_t, FreeTaskMemory> owned(text); // to be freed also on failure
    if (FAILED(result))
        return windows_failure("ask for the folder ProgramData", static_cast<unsigned long>(result));
    return std::filesystem::path(text) / L"WsusTrustAgent";
}

} // namespace wta::platform
