#include "agent/platform/windows/path_security.h"

#include "agent/platform/windows/full_path.h"
#include "agent/platform/windows/handle.h"

#include <windows.h>

#include <algorithm>
#include <deque>
#include <utility>

namespace wta::platform {
namespace {

constexpr int most_links = 63; // as Windows

std::wstring real_root(const std::wstring& root) {
    const Handle handle(::CreateFileW(root.c_str(), FILE_READ_ATTRIBUTES,
                                      FILE_SHARE_READ | FILE_SHARE_WRITE | FILE_SHARE_DELETE, nullptr,
                                      OPEN_EXISTING, FILE_FLAG_BACKUP_SEMANTICS, nullptr));
    if (!is_open(handle)) return root;
    std::wstring real(32'768, L'\0');
    const DWORD length = ::GetFinalPathNameByHandleW(
        handle.get(), real.data(), static_cast<DWORD>(real.size()), FILE_NAME_NORMALIZED | VOLUME_NAME_DOS);
    if (length == 0 || length >= real.size()) return root;
    real.resize(length);
    if (!real.ends_with(L'\\')) real += L'\\';
    return real;
}

// Goes from the root part by part, as the kernel does, and follows each link to where it leads.
class Way {
public:
    Way(const std::wstring& full, const PathReader& reader) : reader_(reader) { begin_at(full); }

    std::optional<std::string> problem() {
        while (!parts_.empty()) {
            const std::wstring here = in_folder(parts_.front());
            parts_.pop_front();
            if (auto found = problem_at(here)) return found;
        }
        return std::nullopt;
    }

private:
    std::optional<std::string> problem_at(const std::wstring& here) {
        const auto examined = reader_.examine(here);
        if (!examined) return examined.error().message;
        const bool decides = examined->is_link || parts_.empty();
        if (auto found = problem_of_folder(decides ? PathRole::holds : PathRole::leads_to)) return found;
        if (decides)
            if (auto found = who_could_change(here, *examined, PathRole::file)) return found;
        if (examined->is_link) return follow(here, *examined);
        folder_ = here;
        return std::nullopt;
    }

    [[nodiscard]] std::optional<std::string> problem_of_folder(PathRole role) const {
        const auto examined = reader_.examine(folder_);
        if (!examined) return examined.error().message;
        return who_could_change(folder_, *examined, role);
    }

    std::optional<std::string> follow(const std::wstring& link, const Examined& examined) {
        if (++links_ > most_links) return quoted_path(link) + " leads through too many links";
        const auto& target = examined.target;
        if (!target) return quoted_path(link) + " cannot be examined: it is a link of an unknown kind";
        const auto full = full_path(target->relative ? in_folder(target->path) : target->path);
        if (!full) return full.error().message;
        const std::deque<std::wstring> rest = std::exchange(parts_, {});
        begin_at(*full);
        parts_.insert(parts_.end(), rest.begin(), rest.end());
        return std::nullopt;
    }

    [[nodiscard]] std::wstring in_folder(const std::wstring& name) const {
        return folder_.ends_with(L'\\') ? folder_ + name : folder_ + L'\\' + name;
    }

    void begin_at(const std::wstring& full) {
        const std::size_t length = root_length(full);
        const std::wstring root = reader_.real_root(full.substr(0, length));
        const std::size_t real_length = root_length(root);
        folder_ = root.substr(0, real_length);
        append_parts(root.substr(real_length));
        append_parts(full.substr(length));
    }

    void append_parts(const std::wstring& text) {
        std::size_t begin = 0;
        while (begin < text.size()) {
            const std::size_t end = std::min(text.find(L'\\', begin), text.size());
            if (end > begin) parts_.push_back(text.substr(begin, end - begin));
            begin = end + 1;
        }
    }

    const PathReader& reader_;
    std::wstring folder_; // a root ends in a backslash
    std::deque<std::wstring> parts_;
    int links_ = 0;
};

} // namespace

std::optional<std::string> who_could_redirect(const std::filesystem::path& file) {
    const auto full = full_path(file);
    if (!full) return full.error().message;
    return who_could_redirect(*full, {.examine = examine, .real_root = real_root});
}

std::optional<std::string> who_could_read(const std::filesystem::path& file) {
    const auto full = full_path(file);
    if (!full) return full.error().message;
    const auto examined = examine_target(*full);
    if (!examined) return examined.error().message;
    return who_could_change(*full, *examined, PathRole::secret);
}

std::optional<std::string> who_could_redirect(const std::wstring& full, const PathReader& reader) {
    return Way(full, reader).problem();
}

} // namespace wta::platform
