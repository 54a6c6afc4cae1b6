#include "agent/reporting/queue.h"

#include "agent/platform/durable_file.h"
#include "agent/platform/platform.h"
#include "agent/platform/private_folder.h"
#include "common/base/utf.h"

#include <algorithm>

namespace wta {

namespace {

namespace fs = std::filesystem;

constexpr std::string_view extension = ".json";
constexpr std::string_view reason_extension = ".txt";
constexpr std::size_t max_report_bytes = 8ULL * 1024 * 1024;
constexpr std::size_t kept_aside = 100; // files in refused, and in damaged
constexpr std::size_t id_length = 36;
constexpr std::size_t max_reason = 1'000; // bytes

// A process that writes a file this long is dead.
constexpr std::chrono::hours longest_write{1};

fs::path as_path(std::string_view utf8) { return fs::path(std::u8string(utf8.begin(), utf8.end())); }

bool is_lower_hex(char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); }

// What a file of the folder is.
enum class Kind {
    report,
    unfinished, // being written, or left by a process that died
    own,        // the queue's state, a lock
    other
};

struct Named {
    Kind kind = Kind::other;
    std::string id; // of a report, whole or unfinished
};

Named look_at(std::string_view name) {
    std::string_view rest = name;
    const bool unfinished = rest.ends_with(platform::unfinished_suffix);
    if (unfinished) rest.remove_suffix(platform::unfinished_suffix.size());
    if (rest == "state.json") return {Kind::own, {}};
    if (!rest.ends_with(extension)) return {};
    rest.remove_suffix(extension.size());
    if (!time_of_id(rest)) return {};
    return {unfinished ? Kind::unfinished : Kind::report, std::string(rest)};
}

} // namespace

std::optional<Timestamp> time_of_id(std::string_view id) {
    if (id.size() != id_length || id[14] != '7') return std::nullopt;
    std::int64_t milliseconds = 0;
    for (std::size_t i = 0; i < id.size(); ++i) {
        const bool hyphen = i == 8 || i == 13 || i == 18 || i == 23;
        if (hyphen ? id[i] != '-' : !is_lower_hex(id[i])) return std::nullopt;
        if (hyphen || i > 12) continue;
        milliseconds = milliseconds * 16 + (id[i] <= '9' ? id[i] - '0' : id[i] - 'a' + 10);
    }
    return Timestamp(std::chrono::floor<std::chrono::seconds>(std::chrono::milliseconds(milliseconds)));
}

Queue::Queue(fs::path folder, QueueLimits limits) : folder_(std::move(folder)), limits_(limits) {}

fs::path Queue::file_of(const std::string& id) const { return folder_ / (id + std::string(extension)); }

Result<void> Queue::add(const std::string& id, std::string_view json) {
    WTA_TRY(platform::ensure_private_folder(folder_));
    return platform::write_whole(file_of(id), json);
}

Result<Queue::Waiting> Queue::wait_list(Timestamp now) {
    Waiting waiting;
    auto files = platform::list_files(folder_);
    if (!files && files.error().code == ErrorCode::not_found) return waiting;
    if (!files) return std::unexpected(std::move(files).error());
    std::vector<platform::ListedFile> reports; // by id, so oldest first
    std::uintmax_t bytes = 0;
    for (platform::ListedFile& file : *files) {
        const Named named = look_at(file.name);
        switch (named.kind) {
        case Kind::own: break;
        case Kind::unfinished:
            if (now - *time_of_id(named.id) > longest_write)
                WTA_TRY(platform::remove_file(folder_ / as_path(file.name)));
            break;
        case Kind::other:
            WTA_TRY(keep_aside(file.name, "damaged"));
            ++waiting.damaged;
            break;
        case Kind::report:
            bytes += file.size;
            reports.push_back({named.id, file.size});
            break;
        }
    }
    for (auto oldest = reports.begin(); oldest != reports.end(); ++oldest) {
        const auto left = static_cast<std::size_t>(reports.end() - oldest);
        const bool old = now - *time_of_id(oldest->name) > limits_.age;
        if (left <= limits_.count && bytes <= limits_.bytes && !old) {
            for (; oldest != reports.end(); ++oldest) waiting.ids.push_back(oldest->name);
            break;
        }
        WTA_TRY(platform::remove_file(file_of(oldest->name)));
        bytes -= oldest->size;
        ++waiting.dropped;
    }
    return waiting;
}

Result<std::string> Queue::read(const std::string& id) const {
    return platform::read_file(file_of(id), max_report_bytes);
}

Result<void> Queue::remove(const std::string& id) { return platform::remove_file(file_of(id)); }

Result<void> Queue::refuse(const std::string& id, std::string_view reason) {
    const fs::path refused = folder_ / "refused";
    WTA_TRY(platform::ensure_private_folder(refused));
    WTA_TRY(platform::write_whole(refused / (id + std::string(reason_extension)),
                                  printable(reason, max_reason) + "\n"));
    return keep_aside(id + std::string(extension), "refused");
}

Result<void> Queue::set_aside(const std::string& id) {
    return keep_aside(id + std::string(extension), "damaged");
}

// Moves a file into a folder below, which keeps the newest ones.
Result<void> Queue::keep_aside(const std::string& name, std::string_view where) {
    const fs::path aside = folder_ / where;
    WTA_TRY(platform::ensure_private_folder(aside));
    WTA_TRY(platform::move_file(folder_ / as_path(name), aside / as_path(name)));
    auto files = platform::list_files(aside);
    if (!files) return std::unexpected(std::move(files).error());
    const std::size_t too_many = files->size() > 2 * kept_aside ? files->size() - 2 * kept_aside : 0;
    for (std::size_t i = 0; i < too_many; ++i)
        WTA_TRY(platform::remove_file(aside / as_path((*files)[i].name)));
    return {};
}

std::size_t Queue::size() const {
    const auto files = platform::list_files(folder_);
    if (!files) return 0;
    return static_cast<std::size_t>(std::ranges::count_if(
        *files, [](const platform::ListedFile& file) { return look_at(file.name).kind == Kind::report; }));
}

Result<bool> Queue::drop_oldest() {
    auto files = platform::list_files(folder_);
    if (!files) return std::unexpected(std::move(files).error());
    for (const platform::ListedFile& file : *files) {
        if (look_at(file.name).kind != Kind::report) continue;
        WTA_TRY(platform::remove_file(folder_ / as_path(file.name)));
        return true;
    }
    return false;
}

} // namespace wta
