#include "tests/support/scratch_machine.h"

#include "agent/endpoint/live_key.h"
#include "agent/platform/windows/handle.h"
#include "agent/platform/windows/token.h"
#include "agent/platform/windows/wide.h"

#include <fmt/format.h>

#include <stdexcept>

#include <sddl.h>

namespace wta::test {
namespace {

void must(LSTATUS status) {
    if (status != ERROR_SUCCESS)
        throw std::runtime_error(fmt::format("the registry answers with error {}", status));
}

// Null when it cannot be opened.
RegistryKey open_key(const std::wstring& path, DWORD options, REGSAM access) {
    HKEY key = nullptr;
    ::RegOpenKeyExW(HKEY_CURRENT_USER, path.c_str(), options, access, &key);
    return RegistryKey(key);
}

LSTATUS set_security(const RegistryKey& key, const std::wstring& rules) {
    PSECURITY_DESCRIPTOR parsed = nullptr;
    if (::ConvertStringSecurityDescriptorToSecurityDescriptorW(rules.c_str(), SDDL_REVISION_1, &parsed,
                                                               nullptr) == FALSE)
        throw std::runtime_error("the access rules cannot be read");
    const platform::LocalMemory<void> descriptor(parsed);
    return ::RegSetKeySecurity(key.get(), DACL_SECURITY_INFORMATION, descriptor.get());
}

} // namespace

ScratchMachine::ScratchMachine()
    : root_{LiveRoot::Hive::current_user,
            "Software\\wsus-trust-agent-test\\" + state_.path().filename().string()} {
    LiveRegistry parent({LiveRoot::Hive::current_user, "Software"}, LiveWrites::everything);
    const std::string key = root_.path.substr(root_.path.find('\\') + 1);
    for (const std::string child : {"\\Microsoft", "\\Policies"}) {
        const bool made = parent.set(key + child, "", string_value("")) && parent.erase(key + child, "");
        if (!made) throw std::runtime_error("no test key can be made in the registry");
    }
}

ScratchMachine::~ScratchMachine() {
    for (const std::string& key : denied_)
        set_security(open_key(full_path(key), 0, WRITE_DAC), L"D:(A;;GA;;;WD)");
    for (const std::string& key : links_) {
        // By its own handle, because by its name the target would go.
        const RegistryKey link = open_key(full_path(key), REG_OPTION_OPEN_LINK, DELETE);
        ::RegDeleteKeyExW(link.get(), L"", KEY_WOW64_64KEY, 0);
    }
    ::RegDeleteTreeW(HKEY_CURRENT_USER, platform::to_wide(root_.path).c_str());
    ::RegDeleteKeyW(HKEY_CURRENT_USER, L"Software\\wsus-trust-agent-test"); // the last one out
}

std::wstring ScratchMachine::full_path(const std::string& key) const {
    return platform::to_wide(root_.path + "\\" + key);
}

void ScratchMachine::link(const std::string& key, const std::string& target) {
    const std::wstring user = platform::to_wide(platform::own_user().value());
    const std::wstring leads_to = L"\\Registry\\User\\" + user + L"\\" + full_path(target);
    HKEY made = nullptr;
    must(::RegCreateKeyExW(HKEY_CURRENT_USER, full_path(key).c_str(), 0, nullptr, REG_OPTION_CREATE_LINK,
                           KEY_ALL_ACCESS, nullptr, &made, nullptr));
    const RegistryKey link(made);
    links_.push_back(key);
    must(::RegSetValueExW(link.get(), L"SymbolicLinkValue", 0, REG_LINK,
                          reinterpret_cast<const BYTE*>(leads_to.data()),
                          static_cast<DWORD>(leads_to.size() * sizeof(wchar_t))));
}

void ScratchMachine::deny(const std::string& key, unsigned long rights) {
    denied_.push_back(key);
    const std::wstring rule =
        L"D:(D;;0x" + platform::to_wide(fmt::format("{:x}", rights)) + L";;;WD)(A;;GA;;;WD)";
    must(set_security(open_key(full_path(key), 0, WRITE_DAC), rule));
}

LiveMachine ScratchMachine::description() const {
    return {.root = root_,
            .elevated = true,
            .state_folder = [folder = state_.path()] { return Result<std::filesystem::path>(folder); },
            .judge = judge_chain};
}

} // namespace wta::test
