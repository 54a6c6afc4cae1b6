#include "agent/platform/windows/file_security.h"

#include "agent/platform/windows/full_path.h"
#include "agent/platform/windows/handle.h"
#include "agent/platform/windows/os_error.h"
#include "agent/platform/windows/security_id.h"
#include "agent/platform/windows/token.h"

#include <windows.h>

#include <aclapi.h>
#include <winioctl.h>

#include <array>

namespace wta::platform {
namespace {

AccessEntry to_entry(void* raw) {
    const auto& header = *static_cast<const ACE_HEADER*>(raw);
    AccessEntry entry;
    entry.inherit_only = (header.AceFlags & INHERIT_ONLY_ACE) != 0;
    switch (header.AceType) {
    case ACCESS_ALLOWED_ACE_TYPE:
    case ACCESS_ALLOWED_CALLBACK_ACE_TYPE: entry.kind = AccessEntry::Kind::allow; break;
    case ACCESS_DENIED_ACE_TYPE:
    case ACCESS_DENIED_CALLBACK_ACE_TYPE: entry.kind = AccessEntry::Kind::deny; break;
    default: entry.kind = AccessEntry::Kind::unknown; return entry; // its parts lie elsewhere
    }
    auto& known = *static_cast<ACCESS_ALLOWED_ACE*>(raw); // all four begin like this
    entry.rights = known.Mask;
    entry.sid = sid_text(&known.SidStart);
    return entry;
}

Result<AccessRules> read_rules(const Handle& handle) {
    PSID owner = nullptr;
    PACL list = nullptr;
    PSECURITY_DESCRIPTOR descriptor = nullptr;
    const DWORD number = ::GetSecurityInfo(handle.get(), SE_FILE_OBJECT,
                                           OWNER_SECURITY_INFORMATION | DACL_SECURITY_INFORMATION, &owner,
                                           nullptr, &list, nullptr, &descriptor);
    if (number != ERROR_SUCCESS) return windows_failure("read its access list", number);
    const LocalMemory<void> owned(descriptor);
    AccessRules rules{.owner = sid_text(owner), .has_list = list != nullptr, .entries = {}};
    for (DWORD i = 0; list != nullptr && i < list->AceCount; ++i) {
        void* raw = nullptr;
        if (::GetAce(list, i, &raw) == 0) return windows_failure("read its access list", ::GetLastError());
        rules.entries.push_back(to_entry(raw));
    }
    return rules;
}

std::string name_of(const Outsider& outsider) {
    switch (outsider.by) {
    case Outsider::By::owning:
        return outsider.sid.empty() ? "others: the file system knows no owner"
                                    : "its owner, " + account_name(outsider.sid);
    case Outsider::By::no_list: return "every user: it has no access list";
    case Outsider::By::an_entry: return account_name(outsider.sid);
    case Outsider::By::unknown_entry: return "others: its access list has an entry of an unknown kind";
    }
    return "others";
}

constexpr DWORD itself = FILE_FLAG_OPEN_REPARSE_POINT;
constexpr DWORD its_target = 0;

Handle open_for_examining(const std::wstring& full, DWORD what) {
    return Handle(::CreateFileW(full.c_str(), READ_CONTROL | FILE_READ_ATTRIBUTES,
                                FILE_SHARE_READ | FILE_SHARE_WRITE | FILE_SHARE_DELETE, nullptr,
                                OPEN_EXISTING, FILE_FLAG_BACKUP_SEMANTICS | what, nullptr));
}

std::optional<LinkTarget> read_target(const Handle& link) {
    std::array<std::byte, MAXIMUM_REPARSE_DATA_BUFFER_SIZE> buffer{};
    DWORD length = 0;
    if (::DeviceIoControl(link.get(), FSCTL_GET_REPARSE_POINT, nullptr, 0, buffer.data(),
                          static_cast<DWORD>(buffer.size()), &length, nullptr) == 0)
        return std::nullopt;
    return link_target(ByteView(buffer).first(length));
}

Result<Examined> examine(const std::wstring& full, DWORD what) {
    const std::string doing = quoted_path(full) + " cannot be examined";
    const Handle handle = open_for_examining(full, what);
    const DWORD number = ::GetLastError();
    if (!is_open(handle)) return windows_failure(doing, number);
    FILE_ATTRIBUTE_TAG_INFO info{};
    if (::GetFileInformationByHandleEx(handle.get(), FileAttributeTagInfo, &info, sizeof info) == 0)
        return windows_failure(doing, ::GetLastError());
    auto rules = read_rules(handle);
    if (!rules) return within_context(doing, rules.error());
    Examined examined;
    examined.rules = *std::move(rules);
    examined.is_folder = (info.FileAttributes & FILE_ATTRIBUTE_DIRECTORY) != 0;
    examined.is_reparse_point = (info.FileAttributes & FILE_ATTRIBUTE_REPARSE_POINT) != 0;
    examined.is_link = examined.is_reparse_point && IsReparseTagNameSurrogate(info.ReparseTag);
    if (examined.is_link) examined.target = read_target(handle);
    return examined;
}

} // namespace

Result<Examined> examine(const std::wstring& full) { return examine(full, itself); }

Result<Examined> examine_target(const std::wstring& full) { return examine(full, its_target); }

std::optional<std::string> who_could_change(const std::wstring& full, const Examined& examined,
                                            PathRole role) {
    const auto outsider = first_outsider(examined.rules, role, own_user());
    if (!outsider) return std::nullopt;
    const std::string kind = examined.is_folder && !examined.is_link ? "folder " : "";
    const std::string done = role == PathRole::secret ? " can be read by " : " can be changed by ";
    return kind + quoted_path(full) + done + name_of(*outsider);
}

} // namespace wta::platform
