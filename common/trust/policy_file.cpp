#include "common/trust/policy_file.h"

#include "common/ports/registry_path.h"

#include <string>

namespace wta {
namespace {

constexpr std::uint32_t signature = 0x67655250; // "PReg"
constexpr std::uint32_t version = 1;

// Texts stay bytes of the file, so nothing is allocated for what is not asked for.
struct Record {
    ByteView key;
    ByteView name;
    std::uint32_t type = 0;
    ByteView data;
};

class Reader {
public:
    explicit Reader(ByteView file) : left_(file) {}

    [[nodiscard]] bool done() const { return left_.empty(); }

    std::optional<std::uint32_t> number() {
        const auto value = read_u32le(left_, 0);
        if (value) left_ = left_.subspan(4);
        return value;
    }

    std::optional<Record> record() {
        Record record;
        const bool names = is_next('[') && text(record.key) && is_next(';') && text(record.name);
        if (!names || !is_next(';')) return std::nullopt;
        const auto type = number();
        if (!type || !is_next(';')) return std::nullopt;
        const auto size = number();
        if (!size || !is_next(';') || left_.size() < *size) return std::nullopt;
        record.type = *type;
        record.data = left_.first(*size);
        left_ = left_.subspan(*size);
        if (!is_next(']')) return std::nullopt;
        return record;
    }

private:
    bool is_next(char punctuation) {
        if (left_.size() < 2 || left_[0] != static_cast<std::byte>(punctuation) || left_[1] != std::byte{0})
            return false;
        left_ = left_.subspan(2);
        return true;
    }

    // Up to its NUL, which every text has.
    bool text(ByteView& out) {
        for (std::size_t i = 0; i + 1 < left_.size(); i += 2) {
            if (left_[i] != std::byte{0} || left_[i + 1] != std::byte{0}) continue;
            out = left_.first(i);
            left_ = left_.subspan(i + 2);
            return true;
        }
        return false;
    }

    ByteView left_;
};

bool same_text(ByteView utf16, std::string_view ascii) {
    if (utf16.size() != 2 * ascii.size()) return false;
    std::string text;
    for (std::size_t i = 0; i < utf16.size(); i += 2) {
        if (utf16[i + 1] != std::byte{0}) return false;
        text += std::to_integer<char>(utf16[i]);
    }
    return fold_case(text) == fold_case(ascii);
}

// "**Del.NAME" removes that value, "**DelVals" (as files have it: "**delvals.") every value of the key.
bool removes(ByteView name, std::string_view asked) {
    return same_text(name, "**del." + std::string(asked)) || same_text(name, "**delvals") ||
           same_text(name, "**delvals.");
}

} // namespace

Result<std::optional<PolicyFileSetting>> find_in_policy_file(ByteView file, std::string_view key,
                                                             std::string_view name) {
    if (file.size() > max_policy_file) return fail(ErrorCode::too_large, "the policy file is too large");
    Reader reader(file);
    if (reader.number() != signature || reader.number() != version)
        return fail(ErrorCode::invalid, "this is no registry policy file of version 1");
    std::optional<PolicyFileSetting> found;
    while (!reader.done()) {
        const std::optional<Record> record = reader.record();
        if (!record) return fail(ErrorCode::invalid, "the policy file is damaged");
        if (!same_text(record->key, key)) continue;
        if (same_text(record->name, name))
            found = PolicyFileSetting{RegistryValue{record->type, to_bytes(record->data)}};
        else if (removes(record->name, name))
            found = PolicyFileSetting{};
    }
    return found;
}

} // namespace wta
