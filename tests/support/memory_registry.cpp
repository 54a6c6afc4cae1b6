#include "tests/support/memory_registry.h"

#include "common/ports/registry_path.h"

namespace wta::test {
namespace {

// As split_key_path and fold_case say; in one pass, because the fuzzers ask a thousand times a second.
std::string folded_path(std::string_view key) {
    std::string path;
    path.reserve(key.size());
    for (const char c : key) {
        if (c == '\\' && (path.empty() || path.back() == '\\')) continue;
        path += c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
    }
    if (path.ends_with('\\')) path.pop_back();
    return path;
}

bool is_direct_child(std::string_view parent, std::string_view path) {
    if (path.empty()) return false;
    if (!parent.empty()) {
        if (!path.starts_with(parent) || path.size() <= parent.size() || path[parent.size()] != '\\')
            return false;
        path.remove_prefix(parent.size() + 1);
    }
    return path.find('\\') == std::string_view::npos;
}

} // namespace

std::optional<Error> MemoryRegistry::next_call() {
    ++calls_;
    if (!failure_ || failure_->first != calls_) return std::nullopt;
    Error error = std::move(failure_->second);
    failure_.reset();
    return error;
}

std::optional<Error> MemoryRegistry::next_write() {
    if (auto error = next_call()) return error;
    return write_failure_;
}

Result<std::optional<RegistryValue>> MemoryRegistry::get(std::string_view key, std::string_view name) {
    if (auto error = next_call()) return std::unexpected(*error);
    const auto found = contents_.find(folded_path(key));
    if (found == contents_.end()) return std::nullopt;
    const auto value = found->second.values.find(fold_case(name));
    if (value == found->second.values.end()) return std::nullopt;
    return value->second.value;
}

Result<void> MemoryRegistry::set(std::string_view key, std::string_view name, const RegistryValue& value) {
    if (auto error = next_write()) return std::unexpected(*error);
    std::string path;
    for (const std::string_view part : split_key_path(key)) {
        if (!path.empty()) path += '\\';
        path += fold_case(part);
        contents_.try_emplace(path, Key{std::string(part), {}});
    }
    auto& values = contents_[path].values;
    const auto [place, added] = values.try_emplace(fold_case(name), Value{std::string(name), value});
    if (!added) place->second.value = value;
    writes_.push_back({RecordedWrite::Kind::set, std::string(key), std::string(name), value});
    return {};
}

Result<void> MemoryRegistry::erase(std::string_view key, std::string_view name) {
    if (auto error = next_write()) return std::unexpected(*error);
    const auto found = contents_.find(folded_path(key));
    if (found == contents_.end() || found->second.values.erase(fold_case(name)) == 0) return {};
    writes_.push_back({RecordedWrite::Kind::erase, std::string(key), std::string(name), std::nullopt});
    return {};
}

Result<void> MemoryRegistry::erase_key(std::string_view key) {
    if (auto error = next_write()) return std::unexpected(*error);
    const std::string path = folded_path(key);
    const auto found = contents_.find(path);
    if (found == contents_.end()) return {};
    if (path.empty()) return fail(ErrorCode::invalid, "the root key cannot be removed");
    for (const auto& [other, unused] : contents_) {
        if (is_direct_child(path, other))
            return fail(ErrorCode::invalid, "key \"" + std::string(key) + "\" has sub-keys");
    }
    contents_.erase(found);
    writes_.push_back({RecordedWrite::Kind::erase_key, std::string(key), "", std::nullopt});
    return {};
}

Result<std::optional<KeyListing>> MemoryRegistry::list(std::string_view key) {
    if (auto error = next_call()) return std::unexpected(*error);
    const std::string path = folded_path(key);
    const auto found = contents_.find(path);
    if (found == contents_.end()) return std::nullopt;
    KeyListing listing;
    for (const auto& [other, content] : contents_) {
        if (is_direct_child(path, other)) listing.subkeys.push_back(content.name);
    }
    for (const auto& [unused, value] : found->second.values) listing.values.push_back(value.name);
    return listing;
}

} // namespace wta::test
