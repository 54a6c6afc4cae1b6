#include "agent/platform/windows/access_rules.h"

#include <windows.h>

#include <algorithm>
#include <array>
#include <string_view>

namespace wta::platform {
namespace {

// [MS-DTYP] 2.4.2.4; TrustedInstaller is the service that owns Windows' own files.
constexpr std::array<std::string_view, 3> administrators{
    "S-1-5-18", "S-1-5-32-544", "S-1-5-80-956008885-3418522649-1831038044-1853292631-2271478464"};

// CREATOR OWNER and CREATOR GROUP stand for whoever creates something and are in nobody's token; OWNER RIGHTS
// is the owner, who is judged anyway.
constexpr std::array<std::string_view, 3> stand_ins{"S-1-3-0", "S-1-3-1", "S-1-3-4"};

constexpr std::uint32_t replace_rights = DELETE | WRITE_DAC | WRITE_OWNER | GENERIC_WRITE | GENERIC_ALL;

// Of a domain: S-1-5-21-a-b-c-512 and -519 are its domain and its enterprise administrators.
bool is_domain_administrators(std::string_view sid) {
    return sid.starts_with("S-1-5-21-") && std::ranges::count(sid, '-') == 7 &&
           (sid.ends_with("-512") || sid.ends_with("-519"));
}

bool is_trusted(std::string_view sid, const std::optional<std::string>& own_user) {
    return std::ranges::find(administrators, sid) != administrators.end() || is_domain_administrators(sid) ||
           (own_user && sid == *own_user);
}

std::uint32_t dangerous_rights(PathRole role) {
    switch (role) {
    // Who may write attributes may turn a file into a link ([MS-FSA] 2.1.5.10.37).
    case PathRole::file: return replace_rights | FILE_WRITE_DATA | FILE_APPEND_DATA | FILE_WRITE_ATTRIBUTES;
    case PathRole::folder: // the same of an empty folder
        return replace_rights | FILE_ADD_FILE | FILE_ADD_SUBDIRECTORY | FILE_DELETE_CHILD |
               FILE_WRITE_ATTRIBUTES;
    case PathRole::holds: return replace_rights | FILE_ADD_FILE | FILE_DELETE_CHILD;
    case PathRole::leads_to: return replace_rights | FILE_DELETE_CHILD;
    case PathRole::secret: return WRITE_DAC | WRITE_OWNER | GENERIC_READ | GENERIC_ALL | FILE_READ_DATA;
    }
    return ~std::uint32_t{0};
}

} // namespace

std::optional<Outsider> first_outsider(const AccessRules& rules, PathRole role,
                                       const std::optional<std::string>& own_user) {
    using By = Outsider::By;
    if (!is_trusted(rules.owner, own_user)) return Outsider{By::owning, rules.owner};
    if (!rules.has_list) return Outsider{By::no_list, {}};
    for (const AccessEntry& entry : rules.entries) {
        if (entry.inherit_only || entry.kind == AccessEntry::Kind::deny) continue;
        if (entry.kind == AccessEntry::Kind::unknown) return Outsider{By::unknown_entry, entry.sid};
        if ((entry.rights & dangerous_rights(role)) == 0 || is_trusted(entry.sid, own_user)) continue;
        if (std::ranges::find(stand_ins, entry.sid) != stand_ins.end()) continue;
        return Outsider{By::an_entry, entry.sid};
    }
    return std::nullopt;
}

} // namespace wta::platform
