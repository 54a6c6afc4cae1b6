#include "common/certificate/der_form.h"

#include <optional>
#include <vector>

namespace wta {
namespace {

// A certificate needs about ten levels.
constexpr std::size_t max_depth = 64;

struct Header {
    unsigned tag_class = 0;
    bool constructed = false;
    std::uint32_t tag = 0;
    std::size_t size = 0;    // of the header itself
    std::size_t content = 0; // of what follows it
};

unsigned octet(ByteView bytes, std::size_t at) { return std::to_integer<unsigned>(bytes[at]); }

// Reads the number of a tag above 30 in its minimal form (X.690 8.1.2.4).
bool read_high_tag(ByteView bytes, Header& header) {
    std::uint32_t tag = 0;
    for (int digits = 0; digits < 4; ++digits) {
        if (header.size >= bytes.size()) return false;
        const unsigned value = octet(bytes, header.size++);
        if (digits == 0 && value == 0x80) return false;
        tag = (tag << 7U) | (value & 0x7FU);
        if ((value & 0x80U) == 0) {
            header.tag = tag;
            return tag >= 31;
        }
    }
    return false;
}

bool read_length(ByteView bytes, Header& header) {
    if (header.size >= bytes.size()) return false;
    const unsigned first = octet(bytes, header.size++);
    if (first < 0x80) {
        header.content = first;
        return true;
    }
    const unsigned count = first & 0x7FU;
    if (count == 0 || count > 4 || bytes.size() - header.size < count) return false;
    std::uint64_t length = 0;
    for (unsigned i = 0; i < count; ++i) length = (length << 8U) | octet(bytes, header.size++);
    header.content = length;
    return length >= 0x80 && (length >> (8U * (count - 1))) != 0;
}

std::optional<Header> read_header(ByteView bytes) {
    if (bytes.empty()) return std::nullopt;
    const unsigned first = octet(bytes, 0);
    Header header{
        .tag_class = first >> 6U, .constructed = (first & 0x20U) != 0, .tag = first & 0x1FU, .size = 1};
    if (header.tag == 0x1F && !read_high_tag(bytes, header)) return std::nullopt;
    if (!read_length(bytes, header) || header.content > bytes.size() - header.size) return std::nullopt;
    return header;
}

bool form_fits_type(const Header& header, ByteView content) {
    constexpr std::uint32_t boolean = 1;
    constexpr std::uint32_t external = 8;
    constexpr std::uint32_t embedded_pdv = 11;
    constexpr std::uint32_t sequence = 16;
    constexpr std::uint32_t set = 17;
    constexpr std::uint32_t character_string = 29;
    if (header.tag_class != 0) return true;
    const bool has_parts = header.tag == sequence || header.tag == set || header.tag == external ||
                           header.tag == embedded_pdv || header.tag == character_string;
    if (header.tag == 0 || header.constructed != has_parts) return false;
    if (header.tag != boolean) return true;
    return content.size() == 1 && (octet(content, 0) == 0 || octet(content, 0) == 0xFF);
}

} // namespace

bool is_der(ByteView bytes) {
    std::vector<std::size_t> ends; // of the constructed elements that we are inside of
    std::size_t position = 0;
    do {
        const std::size_t end = ends.empty() ? bytes.size() : ends.back();
        const auto header = read_header(bytes.subspan(position, end - position));
        if (!header) return false;
        const std::size_t start = position + header->size;
        if (!form_fits_type(*header, bytes.subspan(start, header->content))) return false;
        position = start + header->content;
        if (header->constructed) {
            if (ends.size() == max_depth) return false;
            ends.push_back(position);
            position = start;
        }
        while (!ends.empty() && position == ends.back()) ends.pop_back();
    } while (!ends.empty());
    return position == bytes.size();
}

} // namespace wta
