#include "agent/endpoint/hive_reader.h"

#include "common/base/utf.h"

#include <algorithm>
#include <string_view>

namespace wta {
namespace {

constexpr std::size_t largest_segment = 16'344;

constexpr std::size_t key_size = 76;   // without the name; offsets below count from the signature
constexpr std::size_t value_size = 20; // likewise

constexpr std::uint16_t key_name_is_latin = 0x0020;
constexpr std::uint16_t key_is_predefined = 0x0040; // the number of values is something else
constexpr std::uint16_t value_name_is_latin = 0x0001;
constexpr std::uint32_t data_in_place = 0x8000'0000;

std::unexpected<Error> damaged(std::string_view what, std::uint32_t offset) {
    return refuse(ReasonCode::image_damaged,
                  std::string(what) + " cannot be read (at byte " +
                      std::to_string(hive_base_block_size + std::size_t{offset}) +
                      "); the hive is damaged there",
                  ErrorCode::unusable);
}

// For offsets that are known to lie inside.
std::uint32_t u32(ByteView bytes, std::size_t offset) { return read_u32le(bytes, offset).value_or(0); }
std::uint16_t u16(ByteView bytes, std::size_t offset) {
    return static_cast<std::uint16_t>(std::to_integer<unsigned>(bytes[offset]) |
                                      (std::to_integer<unsigned>(bytes[offset + 1]) << 8U));
}

// The content of a cell that begins with `signature` and has at least `size` bytes.
std::optional<ByteView> cell_of(const HiveCells& cells, std::uint32_t offset, std::string_view signature,
                                std::size_t size) {
    const auto content = cells.content(offset);
    if (!content || content->size() < size || as_text(content->first(signature.size())) != signature)
        return std::nullopt;
    return content;
}

std::optional<ByteView> key_cell(const HiveCells& cells, std::uint32_t offset) {
    return cell_of(cells, offset, "nk", key_size);
}
std::optional<ByteView> value_cell(const HiveCells& cells, std::uint32_t offset) {
    return cell_of(cells, offset, "vk", value_size);
}

std::string from_latin(ByteView bytes) {
    std::string text;
    for (const std::byte byte : bytes) {
        const auto c = std::to_integer<unsigned>(byte);
        if (c < 0x80) {
            text += static_cast<char>(c);
        } else {
            text += static_cast<char>(0xC0U | (c >> 6U));
            text += static_cast<char>(0x80U | (c & 0x3FU));
        }
    }
    return text;
}

// A NUL is a character like others here, and ends the text for from_utf16le().
std::optional<std::string> from_utf16(ByteView bytes) {
    if (bytes.size() % 2 != 0) return std::nullopt;
    std::string text;
    for (std::size_t begin = 0; begin < bytes.size();) {
        std::size_t end = begin;
        while (end < bytes.size() && u16(bytes, end) != 0) end += 2;
        const auto part = from_utf16le(bytes.subspan(begin, end - begin));
        if (!part) return std::nullopt;
        text += *part;
        if (end < bytes.size()) text += '\0';
        begin = end + 2;
    }
    return text;
}

std::optional<std::string> decoded(ByteView name, bool latin) {
    return latin ? from_latin(name) : from_utf16(name);
}

// Appends the sub-keys of a list, or of the lists that an index names.
bool append_subkeys(const HiveCells& cells, std::uint32_t offset, std::size_t count, bool first_level,
                    std::vector<std::uint32_t>& keys) {
    const auto list = cells.content(offset);
    if (!list || list->size() < 4) return false;
    const std::string_view kind = as_text(list->first(2));
    const bool index = kind == "ri" && first_level;
    const bool hashed = kind == "lf" || kind == "lh";
    if (!index && !hashed && kind != "li") return false;
    const std::size_t stride = hashed ? 8 : 4;
    const std::size_t length = u16(*list, 2);
    if (length > (list->size() - 4) / stride) return false;
    for (std::size_t i = 0; i < length; ++i) {
        const std::uint32_t item = u32(*list, 4 + stride * i);
        if (index) {
            if (!append_subkeys(cells, item, count, false, keys)) return false;
        } else {
            if (keys.size() == count) return false;
            keys.push_back(item);
        }
    }
    return true;
}

// Data of more than one cell.
std::optional<Bytes> joined_segments(const HiveCells& cells, ByteView record, std::size_t length) {
    const std::size_t segments = u16(record, 2);
    const auto list = cells.content(u32(record, 4));
    if (!list || segments > list->size() / 4) return std::nullopt;
    Bytes joined;
    for (std::size_t i = 0; i < segments && joined.size() < length; ++i) {
        const auto segment = cells.content(u32(*list, 4 * i));
        if (!segment) return std::nullopt;
        const ByteView part =
            segment->first(std::min({segment->size(), largest_segment, length - joined.size()}));
        joined.insert(joined.end(), part.begin(), part.end());
    }
    if (joined.size() < length) return std::nullopt;
    return joined;
}

std::optional<Bytes> data_of(const HiveCells& cells, ByteView value) {
    const std::uint32_t length = u32(value, 4);
    if ((length & data_in_place) != 0) {
        const std::size_t bytes = length & ~data_in_place;
        if (bytes > 4) return std::nullopt;
        return to_bytes(value.subspan(8, bytes));
    }
    if (length == 0) return Bytes{}; // its place may point nowhere
    if (length > largest_hive_value) return std::nullopt;
    const auto data = cells.content(u32(value, 8));
    if (!data) return std::nullopt;
    if (length <= data->size()) return to_bytes(data->first(length));
    if (data->size() < 8 || as_text(data->first(2)) != "db") return std::nullopt;
    return joined_segments(cells, *data, length);
}

} // namespace

Result<std::vector<std::uint32_t>> subkeys_in(const HiveCells& cells, std::uint32_t key) {
    const auto cell = key_cell(cells, key);
    if (!cell) return damaged("a key", key);
    std::vector<std::uint32_t> keys;
    const std::size_t count = u32(*cell, 20);
    if (count == 0) return keys;
    if (!append_subkeys(cells, u32(*cell, 28), count, true, keys) || keys.size() != count)
        return damaged("the list of a key's sub-keys", key);
    return keys;
}

Result<std::vector<std::uint32_t>> values_in(const HiveCells& cells, std::uint32_t key) {
    const auto cell = key_cell(cells, key);
    if (!cell) return damaged("a key", key);
    if ((u16(*cell, 2) & key_is_predefined) != 0) return damaged("the values of a predefined handle", key);
    std::vector<std::uint32_t> values;
    const std::size_t count = u32(*cell, 36);
    if (count == 0) return values;
    const auto list = cells.content(u32(*cell, 40));
    if (!list || count > list->size() / 4) return damaged("the list of a key's values", key);
    values.reserve(count);
    for (std::size_t i = 0; i < count; ++i) values.push_back(u32(*list, 4 * i));
    return values;
}

Result<std::optional<std::string>> key_name_in(const HiveCells& cells, std::uint32_t key) {
    const auto cell = key_cell(cells, key);
    const std::size_t length = cell ? u16(*cell, 72) : 0;
    if (!cell || length > cell->size() - key_size) return damaged("the name of a key", key);
    return decoded(cell->subspan(key_size, length), (u16(*cell, 2) & key_name_is_latin) != 0);
}

Result<std::optional<std::string>> value_name_in(const HiveCells& cells, std::uint32_t value) {
    const auto cell = value_cell(cells, value);
    const std::size_t length = cell ? u16(*cell, 2) : 0;
    if (!cell || length > cell->size() - value_size) return damaged("the name of a value", value);
    return decoded(cell->subspan(value_size, length), (u16(*cell, 16) & value_name_is_latin) != 0);
}

Result<RegistryValue> value_in(const HiveCells& cells, std::uint32_t value) {
    const auto cell = value_cell(cells, value);
    if (!cell) return damaged("a value", value);
    auto data = data_of(cells, *cell);
    if (!data) return damaged("the data of a value", value);
    return RegistryValue{.type = u32(*cell, 12), .data = *std::move(data)};
}

} // namespace wta
