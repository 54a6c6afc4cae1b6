#include "common/settings/flat_settings.h"
#include "common/settings/setting_table.h"
#include "tests/fuzz/targets.h"

#include <algorithm>
#include <array>

namespace wta::fuzz {
namespace {

// The first byte says which layer it is. Then come lines "name=text"; "name#" and a digit is a number,
// "name!" anything else that a registry can hold.
FlatLayer layer_of(std::string_view text) {
    constexpr std::array layers{Layer::machine_policy, Layer::installer, Layer::command_line};
    FlatLayer layer{
        .layer = Layer::machine_policy, .place = "place", .values = {}, .folder = {}, .failure = {}};
    if (!text.empty()) {
        layer.layer = layers.at(static_cast<unsigned char>(text[0]) % layers.size());
        text.remove_prefix(1);
    }
    if (layer.layer == Layer::command_line) layer.folder = "C:/agent";
    while (!text.empty()) {
        const std::string_view line = text.substr(0, text.find('\n'));
        text.remove_prefix(std::min(text.size(), line.size() + 1));
        const std::size_t end = line.find_first_of("=#!");
        if (end == std::string_view::npos) continue;
        FlatValue value{.name = std::string(line.substr(0, end)),
                        .place = "value " + std::to_string(layer.values.size()),
                        .content = std::string(line.substr(end + 1))};
        if (line[end] == '#') value.content = static_cast<std::uint32_t>(line.size() - end - 1);
        if (line[end] == '!') value.content = UnusableValue{"REG_BINARY, 3 bytes"};
        layer.values.push_back(std::move(value));
    }
    return layer;
}

void claim_errors(const std::vector<SettingsError>& errors) {
    claim(errors.size() <= 101, "too many mistakes are told");
    for (const SettingsError& error : errors) {
        claim(error.line == 0 && error.column == 0, "a value has a line");
        claim(error.place.starts_with("value ") || error.place == "place", "a mistake without a place");
        claim(!error.message.empty(), "a mistake without a message");
        claim_printable_line(error.message, "the message of a mistake");
    }
}

// Read once: it is always the same.
const SettingsLayer& file_of_the_machine() {
    static const SettingsLayer file = file_layer(
        read_settings("mode: audit\nfetch: {timeout: 3s, proxy: system}\ncertificates:\n"
                      "  - sha256: 48df3da1bff25bab3f2e8993f1611d948a81eef712a6d774f8770faf55c5ce4b\n"
                      "    state: distrusted\n"
                      "  - sha256: 60303ae22b998861bce3b28f33eec1be758a213c86c93c076dbe9f558c11c752\n",
                      "agent.yaml", "C:/agent"),
        "agent.yaml");
    return file;
}

} // namespace

void flat_settings(ByteView input) {
    const FlatLayer flat = layer_of(as_text(input));
    const SettingsLayer read = read_flat_settings(flat);
    claim_errors(read.problems);
    claim_errors(read.ignored);
    claim(read.problems.empty() == read.invalid.empty(), "a problem about no key, or the other way round");
    for (const std::string& key : read.invalid)
        claim(decides_trust(key), "a problem about what decides nothing");
    claim_settings(read.settings); // what is left is valid, whatever was wrong beside it
    for (const CertificateSettings& entry : read.settings.certificates)
        claim(entry.origin.layer == flat.layer, "a certificate of another layer");

    const SettingsLayer& file = file_of_the_machine();
    std::vector<SettingsLayer> layers{file, read};
    std::ranges::sort(layers, {}, &SettingsLayer::layer);
    const Settings merged = merge_layers(layers).settings;
    claim_settings(merged);
    const bool above = read.layer > Layer::file;
    for (const std::string& key : read.invalid)
        if (above && key == "mode") claim(merged.mode.origin.layer == Layer::built_in, "a mode fell through");
    claim(std::ranges::any_of(merged.certificates,
                              [&](const CertificateSettings& entry) {
                                  return entry.sha256 == file.settings.certificates[0].sha256 &&
                                         entry.state == CertificateState::distrusted;
                              }),
          "a distrusted certificate was forgotten");
}

std::vector<Bytes> flat_settings_seeds() {
    std::vector<Bytes> seeds;
    for (const std::string_view text :
         {std::string_view("0Mode=audit\nFetch\\Timeout=5s\nFetch\\Proxy=system\nOnlyWithWsus#1\n"),
          std::string_view(
              "0Certificates\\1=sha256="
              "60303ae22b998861bce3b28f33eec1be758a213c86c93c076dbe9f558c11c752;source=https://"
              "pki.example.com/{sha256}.cer;source=C:\\a.cer;allow=no_eku, expired;"
              "restrict_usage=false;note=100%25%3B;retrust=01234567-89ab-cdef-0123-456789abcdef\n"),
          std::string_view(
              "1Certificates\\2=sha256="
              "48df3da1bff25bab3f2e8993f1611d948a81eef712a6d774f8770faf55c5ce4b;state=trusted\n"
              "Certificates\\1=sha256="
              "60303ae22b998861bce3b28f33eec1be758a213c86c93c076dbe9f558c11c752;state=withdrawn\n"),
          std::string_view("0Certificates\\1=der=MAMCASo=;state=distrusted\nCertificates\\x!\nMdoe=audit\n"),
          std::string_view("0Mode!\nFetch\\CaFile=C:\\roots.pem\nFetch\\Proxy#\nPolicy\\OverrideOwner#a\n"),
          std::string_view("2mode=audit\nfetch.ca_file=roots.pem\nschedule.interval=15m\nlog.format=json\n"),
          std::string_view("2certificates=x\nmod=audit\nmode=audit\nmode=enforce\n"),
          std::string_view("0Schedule\\Interval=7d\nSchedule\\Watch=off\nLog\\Format=cmtrace\n"),
          std::string_view("")})
        seeds.push_back(to_bytes(as_byte_view(text)));
    return seeds;
}

} // namespace wta::fuzz
