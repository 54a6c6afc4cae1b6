#include "tests/support/sample_hive.h"

#include "common/ports/registry.h"

#include <algorithm>
#include <array>
#include <stdexcept>

namespace wta::test {
namespace {

constexpr std::size_t key_name_offset = 4 + 76; // from the start of the cell
constexpr std::size_t value_name_offset = 4 + 20;

std::size_t named_cell(ByteView hive, std::string_view name, std::string_view signature,
                       std::size_t name_offset) {
    for (std::size_t begin = 0; begin < hive.size();) {
        const std::size_t place = begin + find_text(hive.subspan(begin), name);
        const std::size_t cell = place - name_offset;
        if (as_text(hive.subspan(cell + 4, 2)) == signature) return cell;
        begin = place + 1;
    }
    throw std::runtime_error("nothing is called so");
}

HiveValue value(std::string name, const RegistryValue& content) {
    return {std::move(name), content.type, content.data};
}

} // namespace

HiveKey sample_tree() {
    HiveKey sample{"Sample", {}, {}};
    sample.values = {value("", string_value("default")),
                     value("Dword", dword_value(7)),
                     value("Empty", {reg_binary, {}}),
                     value("EmptyString", {reg_sz, {}}),
                     value("Three", {reg_binary, Bytes(3, std::byte{3})}),
                     value("Text", string_value("some text that is longer than four bytes")),
                     value("Strange", {0x20001, Bytes(9, std::byte{9})}),
                     value("Large", {reg_binary, Bytes(12'000, std::byte{0x5A})})};
    HiveKey huge{
        "Huge",
        {value("Data", {reg_binary, Bytes(40'000, std::byte{0x77})}), value("Other", dword_value(1))},
        {}};
    HiveKey certificates{"Certificates", {}, {}};
    certificates.subkeys = {{"00112233445566778899AABBCCDDEEFF00112233",
                             {value("Blob", {reg_binary, Bytes(900, std::byte{1})})},
                             {}}};
    HiveKey stores{
        "SystemCertificates", {}, {{"Root", {}, {certificates, {"CRLs", {}, {}}}}, {"Disallowed", {}, {}}}};
    HiveKey microsoft{
        "Microsoft", {}, {stores, sample, huge, {"Windows NT", {}, {{"CurrentVersion", {}, {}}}}}};
    HiveKey update{"WindowsUpdate", {value("WUServer", string_value("https://wsus.example.com:8531"))}, {}};
    HiveKey policies{"Policies", {}, {{"Microsoft", {}, {{"Windows", {}, {update}}}}}};
    return {"ROOT", {}, {microsoft, policies, {"Classes", {}, {{".txt", {}, {}}}}}};
}

Bytes sample_hive() { return make_hive(sample_tree(), sample_sequence); }

void put_u32(Bytes& bytes, std::size_t offset, std::uint32_t number) {
    for (std::size_t i = 0; i < 4; ++i)
        bytes.at(offset + i) = static_cast<std::byte>((number >> (8 * i)) & 0xFFU);
}

std::size_t find_text(ByteView bytes, std::string_view text) {
    const std::size_t place = as_text(bytes).find(text);
    if (place == std::string_view::npos) throw std::runtime_error("there is no " + std::string(text));
    return place;
}

std::size_t key_cell(ByteView hive, std::string_view name) {
    return named_cell(hive, name, "nk", key_name_offset);
}
std::size_t value_cell(ByteView hive, std::string_view name) {
    return named_cell(hive, name, "vk", value_name_offset);
}

Bytes log_with_entries(const std::vector<std::uint32_t>& sequences) {
    const Bytes hive = sample_hive();
    Bytes log(hive.begin(), hive.begin() + 512);
    put_u32(log, 28, 6);
    seal_base_block(log);
    for (const std::uint32_t sequence : sequences) {
        const std::size_t begin = log.size();
        log.resize(begin + 1024);
        std::ranges::copy(as_byte_view("HvLE"), log.begin() + static_cast<std::ptrdiff_t>(begin));
        put_u32(log, begin + 4, 1024);
        put_u32(log, begin + 12, sequence);
    }
    log.resize(log.size() + 4096); // what was never used
    return log;
}

Bytes log_with_dirty_pages(std::uint32_t sequence, bool any_dirty) {
    const Bytes hive = sample_hive();
    Bytes log(hive.begin(), hive.begin() + 512);
    put_u32(log, 4, sequence);
    put_u32(log, 8, sequence);
    put_u32(log, 28, 1);
    seal_base_block(log);
    log.resize(4096);
    std::ranges::copy(as_byte_view("DIRT"), log.begin() + 512);
    if (any_dirty) log[517] = std::byte{0xFF};
    return log;
}

} // namespace wta::test
