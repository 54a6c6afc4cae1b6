#include "common/settings/certificate_reader.h"

#include "common/base/hex.h"
#include "common/base/utf.h"
#include "common/certificate/container.h"
#include "common/settings/pin.h"
#include "common/settings/setting_keys.h"
#include "common/settings/source_kind.h"

#include <limits>
#include <map>

namespace wta {

namespace {

// An entry while it is read; a pin that is there and wrong must not cause complaints about a missing one.
struct Entry {
    CertificateSettings settings;
    const YamlNode* pin = nullptr;
};

void read_pin(Entry& entry, SettingsReading& reading) {
    const auto text = read_text(*entry.pin, reading);
    if (!text) return;
    if (auto pin = parse_pin(*text))
        entry.settings.sha256 = *pin;
    else
        reading.report(entry.pin->position, pin.error().message);
}

std::string with_digest(std::string text, const Sha256& digest) {
    constexpr std::string_view placeholder = "{sha256}";
    const std::string digits = to_string(digest);
    for (auto at = text.find(placeholder); at != std::string::npos;
         at = text.find(placeholder, at + digits.size()))
        text.replace(at, placeholder.size(), digits);
    return text;
}

void read_source(const YamlNode& node, Entry& entry, SettingsReading& reading) {
    auto text = read_text(node, reading);
    if (!text) return;
    if (text->contains("{sha256}")) {
        if (entry.pin == nullptr)
            return reading.report(node.position,
                                  "source contains {sha256}, and the entry has no sha256 to put there");
        if (!entry.settings.sha256) return;
        text = with_digest(*std::move(text), *entry.settings.sha256);
    }
    if (text->size() > max_source_size)
        return reading.report(node.position, "a source has at most 2,048 bytes; this one has " +
                                                 std::to_string(text->size()));
    const auto kind = source_kind(*text);
    if (!kind) return reading.report(node.position, kind.error().message);
    switch (*kind) {
    case SourceKind::http:
        if (entry.pin == nullptr)
            return reading.report(
                node.position, "an http:// source needs a pin, because anybody on the way can change what it "
                               "delivers; add sha256, or use https://");
        break;
    case SourceKind::file:
        text = reading.absolute(*text);
        if (!text)
            return reading.report(node.position,
                                  R"(a relative path counts from the folder of a file, and here )"
                                  R"(is none; write the full path, as in C:\folder\file.cer)");
        break;
    case SourceKind::https:
    case SourceKind::unc: break;
    }
    entry.settings.sources.push_back(*std::move(text));
}

void read_sources(const YamlNode& node, Entry& entry, SettingsReading& reading) {
    const auto nodes = one_or_list(node);
    if (nodes.empty())
        return reading.report(node.position, "source is an empty list; give a location, or remove the key");
    if (nodes.size() > max_sources)
        return reading.report(node.position, "an entry has at most 16 sources; this one has " +
                                                 std::to_string(nodes.size()));
    for (const YamlNode* source : nodes) read_source(*source, entry, reading);
}

void read_der(const YamlNode& node, Entry& entry, SettingsReading& reading) {
    const auto text = read_text(node, reading);
    if (!text) return;
    if (text->contains("-----BEGIN"))
        return reading.report(
            node.position,
            "der is only the Base64 between the lines -----BEGIN and -----END; leave those out");
    auto der = from_base64(*text);
    if (!der)
        return reading.report(
            node.position, "der is not Base64: only A-Z, a-z, 0-9, +, / and a complete padding with = are");
    if (der->empty())
        return reading.report(node.position,
                              "der is empty; give the Base64 of the certificate, or remove the key");
    if (der->size() > max_certificate_size)
        return reading.report(node.position, "der has " + std::to_string(der->size()) +
                                                 " bytes; a certificate has at most 15,000");
    const Sha256 digest = sha256_of(*der);
    if (entry.settings.sha256 && *entry.settings.sha256 != digest)
        return reading.report(node.position, "der is not the certificate that sha256 names: its digest is " +
                                                 to_string(digest) + ", the pin is " +
                                                 to_string(*entry.settings.sha256));
    entry.settings.der = std::move(der);
}

void read_state(const YamlNode& node, Entry& entry, SettingsReading& reading) {
    constexpr std::array<std::string_view, 3> words{"trusted", "withdrawn", "distrusted"};
    constexpr std::array states{CertificateState::trusted, CertificateState::withdrawn,
                                CertificateState::distrusted};
    const auto index = read_word(node, words, reading);
    if (!index) return;
    entry.settings.state = states[*index];
    if (entry.settings.state != CertificateState::trusted && entry.pin == nullptr)
        reading.report(node.position, std::string("state ") + std::string(words[*index]) +
                                          " needs sha256: only an exact certificate is ever removed");
}

void read_allow(const YamlNode& node, Entry& entry, SettingsReading& reading) {
    constexpr std::array<std::string_view, 3> words{"expired", "no_eku", "ca_certificate"};
    constexpr std::array members{&Exceptions::expired, &Exceptions::no_eku, &Exceptions::ca_certificate};
    if (node.kind == YamlNode::Kind::null) return;
    const auto nodes = one_or_list(node);
    if (!nodes.empty() && entry.pin == nullptr)
        reading.report(node.key_position,
                       "allow needs a pin: exceptions are made for one exact certificate; add sha256");
    for (const YamlNode* word : nodes)
        if (const auto index = read_word(*word, words, reading)) entry.settings.allow.*members[*index] = true;
}

std::optional<std::string> as_uuid(std::string_view text) {
    constexpr std::string_view shape = "xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx"; // RFC 9562, section 4
    if (text.size() != shape.size()) return std::nullopt;
    std::string id;
    for (std::size_t i = 0; i < text.size(); ++i) {
        const char c = text[i] >= 'A' && text[i] <= 'F' ? static_cast<char>(text[i] - 'A' + 'a') : text[i];
        const bool digit = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
        if (shape[i] == 'x' ? !digit : c != shape[i]) return std::nullopt;
        id += c;
    }
    return id;
}

void read_retrust(const YamlNode& node, Entry& entry, SettingsReading& reading) {
    const auto text = read_text(node, reading);
    if (!text) return;
    entry.settings.retrust = as_uuid(*text);
    if (!entry.settings.retrust)
        reading.report(node.position,
                       "retrust is the id that 'wsus-trust-agent distrust' printed, of the form "
                       "01234567-89ab-cdef-0123-456789abcdef; not \"" +
                           printable(*text, 100) + "\"");
    if (entry.pin == nullptr)
        reading.report(node.key_position,
                       "retrust needs sha256: one exact certificate was distrusted, and is trusted again");
    if (entry.settings.state != CertificateState::trusted)
        reading.report(node.key_position, "retrust is for a certificate that is trusted again; remove it, or "
                                          "the state beside it");
}

void read_note(const YamlNode& node, Entry& entry, SettingsReading& reading) {
    if (node.kind == YamlNode::Kind::null) return;
    auto text = read_text(node, reading);
    if (!text) return;
    text->erase(text->find_last_not_of('\n') + 1); // what a block scalar ends with
    if (text->size() > max_note_size)
        return reading.report(node.position,
                              "a note has at most 1,000 bytes; this one has " + std::to_string(text->size()));
    if (printable(*text, std::numeric_limits<std::size_t>::max()) != *text)
        return reading.report(node.position,
                              "a note is one line of visible characters; this one contains others: \"" +
                                  printable(*text, 200) + "\"");
    entry.settings.note = *std::move(text);
}

std::optional<Entry> read_entry(const YamlNode& node, SettingsReading& reading) {
    if (node.kind != YamlNode::Kind::mapping) {
        reading.report(node.position,
                       "an entry of certificates is a group of keys, as in \"- sha256: <64 digits>\"");
        return std::nullopt;
    }
    check_keys(node, certificate_keys, reading);
    Entry entry;
    entry.settings.origin = reading.origin_at(node.position);
    entry.pin = find_key(node, "sha256");
    if (entry.pin != nullptr) read_pin(entry, reading); // first: the other keys are judged by it
    if (const auto* value = find_key(node, "source")) read_sources(*value, entry, reading);
    if (const auto* value = find_key(node, "der")) read_der(*value, entry, reading);
    if (const auto* value = find_key(node, "state")) read_state(*value, entry, reading);
    if (const auto* value = find_key(node, "allow")) read_allow(*value, entry, reading);
    if (const auto* value = find_key(node, "restrict_usage"))
        entry.settings.restrict_usage = read_bool(*value, reading).value_or(true);
    if (const auto* value = find_key(node, "retrust")) read_retrust(*value, entry, reading);
    if (const auto* value = find_key(node, "note")) read_note(*value, entry, reading);
    if (entry.pin == nullptr && find_key(node, "source") == nullptr && find_key(node, "der") == nullptr)
        reading.report(node.position, "the entry names no certificate; give sha256, source or der");
    return entry;
}

} // namespace

std::vector<CertificateSettings> read_certificates(const YamlNode& node, SettingsReading& reading) {
    std::vector<CertificateSettings> certificates;
    if (node.kind == YamlNode::Kind::null) return certificates;
    if (node.kind != YamlNode::Kind::sequence) {
        reading.report(node.position, "certificates is a list; each entry starts with \"- \"");
        return certificates;
    }
    if (node.children.size() > max_certificates) {
        reading.report(node.children[max_certificates].position,
                       "settings hold at most 10,000 certificates; this is the first too many of " +
                           std::to_string(node.children.size()));
        return certificates;
    }
    std::map<Sha256, TextPosition> place_of_pin;
    certificates.reserve(node.children.size());
    for (const YamlNode& child : node.children) {
        auto entry = read_entry(child, reading);
        if (!entry) continue;
        if (entry->settings.sha256) {
            const TextPosition& place = entry->pin->position;
            const auto [first, added] = place_of_pin.emplace(*entry->settings.sha256, place);
            if (!added)
                reading.report(place, "the SHA-256 " + reading.at(place) + " was given before, " +
                                          reading.at(first->second) +
                                          "; keep one entry for each certificate");
        }
        certificates.push_back(std::move(entry->settings));
    }
    return certificates;
}

} // namespace wta
