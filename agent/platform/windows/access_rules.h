// Who can change, or read, what an access list protects: the decision, apart from how the list is read.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace wta::platform {

// One entry of an access list ([MS-DTYP] 2.4.4).
struct AccessEntry {
    enum class Kind : std::uint8_t {
        allow,  // also with a condition, because who meets it is not known
        deny,   // never counted as protection: an entry further up may allow what it denies
        unknown // what it allows is not known
    };
    Kind kind = Kind::allow;
    std::uint32_t rights = 0;
    std::string sid; // S-1-5-18
    bool inherit_only = false;
    bool operator==(const AccessEntry&) const = default;
};

struct AccessRules {
    std::string owner;    // empty: the file system knows none
    bool has_list = true; // false: everybody may do everything
    std::vector<AccessEntry> entries;
    bool operator==(const AccessRules&) const = default;
};

// What is judged, and so which rights are too much.
enum class PathRole : std::uint8_t {
    file,     // or a link: its content, or where it leads, must stay
    folder,   // a folder of our own: nothing may be put into it
    holds,    // holds the file, or a link on the way: nothing may be put in its place
    leads_to, // further up: must not be put aside as a whole
    secret    // a file whose content must not be read
};

struct Outsider {
    enum class By : std::uint8_t { owning, no_list, an_entry, unknown_entry };
    By by = By::an_entry;
    std::string sid; // empty for no_list, and for an owner who is not known
    bool operator==(const Outsider&) const = default;
};

// The first who could do what is too much, apart from SYSTEM, Administrators, TrustedInstaller, domain and
// enterprise administrators, and `own_user` (an SID; none for LocalSystem). An owner can always change the
// list.
[[nodiscard]] std::optional<Outsider> first_outsider(const AccessRules& rules, PathRole role,
                                                     const std::optional<std::string>& own_user);

} // namespace wta::platform
