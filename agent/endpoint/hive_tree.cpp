#include "agent/endpoint/hive_tree.h"

#include <algorithm>
#include <string>
#include <vector>

namespace wta {
namespace {

// Beyond this Windows keeps a value in several cells, but for hives of format 1.3.
constexpr std::size_t largest_plain_value = 16'344;

constexpr std::uint16_t flag_symbolic_link = 0x0010;
constexpr std::uint16_t flag_predefined_handle = 0x0040; // the number of values is something else

constexpr std::size_t key_size = 76;   // without the name; offsets below count from the signature
constexpr std::size_t value_size = 20; // likewise
constexpr std::size_t security_size = 20;

std::unexpected<Error> damaged(std::string_view what, std::uint32_t offset) {
    return refuse(ReasonCode::image_damaged,
                  std::string(what) + " (at byte " +
                      std::to_string(hive_base_block_size + std::size_t{offset}) + ")",
                  ErrorCode::unusable);
}

std::uint16_t u16(ByteView bytes, std::size_t offset) {
    return static_cast<std::uint16_t>(std::to_integer<unsigned>(bytes[offset]) |
                                      (std::to_integer<unsigned>(bytes[offset + 1]) << 8U));
}
std::uint32_t u32(ByteView bytes, std::size_t offset) { return read_u32le(bytes, offset).value_or(0); }

bool is_a(ByteView cell, std::string_view signature) {
    return cell.size() >= signature.size() && as_text(cell.first(signature.size())) == signature;
}

class TreeWalk {
public:
    explicit TreeWalk(const HiveCells& cells) : cells_(cells) {}

    Result<HiveTree> check_all() {
        claimed_.resize(cells_.bins_size() / 8);
        pending_.push_back({cells_.root(), std::nullopt});
        while (!pending_.empty()) {
            const Pending next = pending_.back();
            pending_.pop_back();
            WTA_TRY(check_key(next.offset, next.parent));
        }
        WTA_TRY(check_securities());
        return std::move(tree_);
    }

    // Without claiming anything: for reading it does not matter whether a cell is shared.
    Result<void> check_one(std::uint32_t offset) {
        WTA_TRY(check_key(offset, std::nullopt));
        for (const Pending& child : pending_) {
            const auto content = key_content(child.offset);
            if (!content) return std::unexpected(content.error());
        }
        return {};
    }

private:
    struct Pending {
        std::uint32_t offset = 0;
        std::optional<std::uint32_t> parent;
    };
    struct Security {
        std::vector<std::uint32_t> keys; // that refer to it
    };

    // The content of a cell that nothing else refers to.
    Result<ByteView> claim(std::uint32_t offset, std::string_view what) {
        const auto content = cells_.content(offset);
        if (!content) return damaged(std::string(what) + " is missing", offset);
        if (claimed_.empty()) {
            // What is looked at once can be no more than all there is: a list that names the same cell again
            // and again would cost memory and time without end.
            looked_at_ += content->size();
            if (looked_at_ > cells_.bins_size())
                return damaged("a key refers to more than the hive holds", offset);
            return *content;
        }
        if (claimed_[offset / 8]) return damaged(std::string(what) + " is shared with another item", offset);
        claimed_[offset / 8] = true;
        return *content;
    }

    Result<ByteView> key_content(std::uint32_t offset) {
        auto key = claim(offset, "a key");
        if (!key) return key;
        if (key->size() < key_size || !is_a(*key, "nk")) return damaged("a key is none", offset);
        if (key_size + u16(*key, 72) > key->size()) return damaged("a key's name is cut", offset);
        return key;
    }

    Result<void> check_key(std::uint32_t offset, std::optional<std::uint32_t> parent) {
        const auto key = key_content(offset);
        if (!key) return std::unexpected(key.error());
        if (parent && u32(*key, 16) != *parent) return damaged("a key names another parent", offset);
        ++tree_.keys;
        WTA_TRY(check_class(*key, offset));
        WTA_TRY(check_security(*key, offset));
        const std::uint16_t flags = u16(*key, 2);
        if ((flags & flag_symbolic_link) != 0) {
            tree_.fixed_values[offset] = "it is a link to another key";
            tree_.fixed_keys[offset] = "it is a link to another key";
        }
        if ((flags & flag_predefined_handle) != 0) {
            tree_.fixed_values[offset] = "it is a predefined handle";
            tree_.fixed_keys[offset] = "it is a predefined handle";
        } else {
            WTA_TRY(check_values(*key, offset));
        }
        return check_subkeys(*key, offset);
    }

    Result<void> check_class(ByteView key, std::uint32_t offset) {
        const std::uint32_t place = u32(key, 48);
        const std::size_t length = u16(key, 74);
        if (place == hive_no_cell) return {};
        if (length == 0) {
            tree_.fixed_keys[offset] = "it has a class name of no length";
            return {};
        }
        const auto content = claim(place, "a key's class name");
        if (!content) return std::unexpected(content.error());
        if (length > content->size()) return damaged("a key's class name is cut", place);
        return {};
    }

    Result<void> check_security(ByteView key, std::uint32_t offset) {
        const std::uint32_t place = u32(key, 44);
        if (place == hive_no_cell) return {};
        Security& security = securities_[place];
        if (security.keys.empty()) {
            const auto content = claim(place, "a key's security descriptor");
            if (!content) return std::unexpected(content.error());
            if (content->size() < security_size || !is_a(*content, "sk"))
                return damaged("a security descriptor is none", place);
            if (u32(*content, 16) > content->size() - security_size)
                return damaged("a security descriptor is cut", place);
        }
        security.keys.push_back(offset);
        return {};
    }

    // Removing the last key that uses one unlinks it from its neighbours.
    Result<void> check_securities() {
        for (const auto& [place, security] : securities_) {
            const ByteView content = *cells_.content(place);
            for (const std::size_t link : {std::size_t{4}, std::size_t{8}}) {
                const auto neighbour = cells_.content(u32(content, link));
                if (!neighbour || neighbour->size() < security_size || !is_a(*neighbour, "sk")) {
                    return damaged("a security descriptor has no neighbour", place);
                }
            }
            // libhivex adds one for each new key and frees the cell when it counts down to 0: from 0, or past
            // the largest number, that is while keys still use it.
            const std::uint32_t users = u32(content, 12);
            if (users == 0 || users > cells_.bins_size() / 8)
                return damaged("a security descriptor has an impossible number of users", place);
            if (users >= security.keys.size()) continue;
            for (const std::uint32_t key : security.keys) {
                tree_.fixed_keys[key] = "its security descriptor is used more often than it says";
            }
        }
        return {};
    }

    Result<void> check_values(ByteView key, std::uint32_t offset) {
        const std::size_t count = u32(key, 36);
        if (count == 0) return {};
        const std::uint32_t place = u32(key, 40);
        const auto list = claim(place, "a list of values");
        if (!list) return std::unexpected(list.error());
        if (count > list->size() / 4) return damaged("a list of values is cut", place);
        for (std::size_t i = 0; i < count; ++i) WTA_TRY(check_value(u32(*list, 4 * i), offset));
        return {};
    }

    Result<void> check_value(std::uint32_t offset, std::uint32_t key) {
        const auto value = claim(offset, "a value");
        if (!value) return std::unexpected(value.error());
        if (value->size() < value_size || !is_a(*value, "vk")) return damaged("a value is none", offset);
        if (value_size + u16(*value, 2) > value->size()) return damaged("a value's name is cut", offset);
        const std::uint32_t length = u32(*value, 4);
        if ((length & 0x8000'0000U) != 0) {
            if ((length & 0x7FFF'FFFFU) > 4) return damaged("a value has an impossible length", offset);
            return {};
        }
        if (length == 0) {
            tree_.fixed_values[key] = "one of its values has no data, in a form that libhivex cannot keep";
            tree_.fixed_keys[key] = tree_.fixed_values[key];
            return {};
        }
        return check_data(u32(*value, 8), length, key);
    }

    Result<void> check_data(std::uint32_t offset, std::size_t length, std::uint32_t key) {
        const auto data = claim(offset, "a value's data");
        if (!data) return std::unexpected(data.error());
        if (length > largest_plain_value)
            tree_.fixed_values[key] = "one of its values is larger than 16,344 bytes";
        if (length <= data->size()) return {};
        if (length <= largest_plain_value || data->size() < 8 || !is_a(*data, "db")) {
            return damaged("a value's data is cut", offset);
        }
        tree_.fixed_keys[key] = "one of its values is larger than 16,344 bytes";
        const std::size_t segments = u16(*data, 2);
        const auto list = claim(u32(*data, 4), "a list of data segments");
        if (!list) return std::unexpected(list.error());
        if (segments > list->size() / 4) return damaged("a list of data segments is cut", u32(*data, 4));
        std::size_t found = 0;
        for (std::size_t i = 0; i < segments; ++i) {
            const auto segment = claim(u32(*list, 4 * i), "a data segment");
            if (!segment) return std::unexpected(segment.error());
            found += std::min(segment->size(), largest_plain_value);
        }
        if (found < length) return damaged("a value's data segments are too few", offset);
        return {};
    }

    Result<void> check_subkeys(ByteView key, std::uint32_t offset) {
        const std::size_t count = u32(key, 20);
        if (count == 0) return {};
        if (count > cells_.bins_size() / key_size)
            return damaged("a key has more sub-keys than the hive has room for", offset);
        const std::size_t end = pending_.size() + count;
        WTA_TRY(check_subkey_list(u32(key, 28), offset, true, end));
        if (pending_.size() != end)
            return damaged("a key has another number of sub-keys than it says", offset);
        return {};
    }

    // `end`: how many keys may be pending when all are found.
    Result<void> check_subkey_list(std::uint32_t offset, std::uint32_t parent, bool first_level,
                                   std::size_t end) {
        const auto list = claim(offset, "a list of sub-keys");
        if (!list) return std::unexpected(list.error());
        const bool hashed = is_a(*list, "lf") || is_a(*list, "lh");
        const bool plain = is_a(*list, "li");
        const bool index = is_a(*list, "ri") && first_level;
        if (list->size() < 4 || !(hashed || plain || index))
            return damaged("a list of sub-keys is none", offset);
        const std::size_t count = u16(*list, 2);
        const std::size_t stride = hashed ? 8 : 4;
        if (count == 0) return damaged("a list of sub-keys is empty", offset);
        if (count > (list->size() - 4) / stride) return damaged("a list of sub-keys is cut", offset);
        if (plain)
            tree_.fixed_subkeys[parent] = "its sub-keys are listed in an old way that libhivex cannot change";
        for (std::size_t i = 0; i < count; ++i) {
            const std::uint32_t item = u32(*list, 4 + stride * i);
            if (index) {
                WTA_TRY(check_subkey_list(item, parent, false, end));
            } else if (pending_.size() == end) {
                return damaged("a key has more sub-keys than it says", parent);
            } else {
                pending_.push_back({item, parent});
            }
        }
        return {};
    }

    const HiveCells& cells_;
    std::vector<bool> claimed_; // by offset / 8; empty while nothing is claimed
    std::size_t looked_at_ = 0; // bytes, while nothing is claimed
    std::vector<Pending> pending_;
    std::unordered_map<std::uint32_t, Security> securities_;
    HiveTree tree_;
};

} // namespace

Result<HiveTree> check_hive_tree(const HiveCells& cells) { return TreeWalk(cells).check_all(); }

Result<void> check_hive_key(const HiveCells& cells, std::uint32_t offset) {
    return TreeWalk(cells).check_one(offset);
}

} // namespace wta
