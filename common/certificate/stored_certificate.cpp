#include "common/certificate/stored_certificate.h"

#include "common/base/utf.h"
#include "common/certificate/usage.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

namespace wta {
namespace {

// CERT_*_PROP_ID of Windows' wincrypt.h, and MS-GPEF for the last one.
constexpr std::uint32_t sha1_property = 3;
constexpr std::uint32_t usage_property = 9;
constexpr std::uint32_t friendly_name_property = 11;
constexpr std::uint32_t certificate_element = 0x20;

constexpr std::size_t header_size = 12;

constexpr std::array<unsigned char, 12> only_code_signing{0x30, 0x0A, 0x06, 0x08, 0x2B, 0x06,
                                                          0x01, 0x05, 0x05, 0x07, 0x03, 0x03};

const Bytes* find(const StoredCertificate& stored, std::uint32_t property_id) {
    const auto found =
        std::ranges::find(stored.elements, property_id, &StoredCertificate::Element::property_id);
    return found == stored.elements.end() ? nullptr : &found->value;
}

// Properties stand before the certificate; a second one of the same kind goes.
void set_property(StoredCertificate& stored, std::uint32_t property_id, Bytes value) {
    auto place = std::ranges::find(stored.elements, property_id, &StoredCertificate::Element::property_id);
    if (place == stored.elements.end()) {
        const auto certificate =
            std::ranges::find(stored.elements, certificate_element, &StoredCertificate::Element::property_id);
        place = stored.elements.insert(certificate, {property_id, {}});
    }
    place->value = std::move(value);
    const auto others = std::remove_if(
        place + 1, stored.elements.end(),
        [property_id](const StoredCertificate::Element& other) { return other.property_id == property_id; });
    stored.elements.erase(others, stored.elements.end());
}

Bytes code_signing_limit() { return to_bytes(std::as_bytes(std::span(only_code_signing))); }

} // namespace

ByteView StoredCertificate::der() const {
    const Bytes* value = find(*this, certificate_element);
    return value == nullptr ? ByteView{} : ByteView(*value);
}

std::optional<std::string> StoredCertificate::friendly_name() const {
    const Bytes* value = find(*this, friendly_name_property);
    return value == nullptr ? std::nullopt : from_utf16le(*value);
}

std::optional<std::vector<std::string>> StoredCertificate::usage_oids() const {
    const Bytes* value = find(*this, usage_property);
    return value == nullptr ? std::nullopt : decode_usages(*value);
}

bool StoredCertificate::has_usage_property() const { return find(*this, usage_property) != nullptr; }

bool StoredCertificate::usage_allows_code_signing() const {
    if (!has_usage_property()) return true;
    const auto oids = usage_oids();
    return oids && std::ranges::any_of(*oids, [](const std::string& oid) {
               return oid == code_signing_oid || oid == any_usage_oid;
           });
}

bool StoredCertificate::limited_to_code_signing() const {
    const auto oids = usage_oids();
    return oids && oids->size() == 1 && oids->front() == code_signing_oid;
}

bool StoredCertificate::ours() const { return friendly_name() == our_mark; }

Result<StoredCertificate> decode_blob(ByteView blob) {
    StoredCertificate stored;
    std::size_t certificates = 0;
    for (std::size_t position = 0; position < blob.size();) {
        const auto property_id = read_u32le(blob, position);
        const auto reserved = read_u32le(blob, position + 4);
        const auto length = read_u32le(blob, position + 8);
        if (!property_id || !reserved || !length || *length > blob.size() - position - header_size)
            return fail(ErrorCode::invalid, fmt::format("the element at byte {} of {} reaches beyond the end",
                                                        position, blob.size()));
        if (*reserved != 1)
            return fail(ErrorCode::invalid,
                        fmt::format("the element at byte {} is of the unknown kind {}; 1 is known", position,
                                    *reserved));
        if (*property_id == certificate_element) ++certificates;
        const ByteView value = blob.subspan(position + header_size, *length);
        stored.elements.push_back({*property_id, to_bytes(value)});
        position += header_size + *length;
    }
    if (certificates != 1)
        return fail(
            ErrorCode::invalid,
            fmt::format("there are {} certificates in the entry instead of exactly one", certificates));
    if (stored.der().empty()) return fail(ErrorCode::invalid, "the certificate in the entry has no bytes");
    return stored;
}

Bytes encode_blob(const StoredCertificate& stored) {
    Bytes blob;
    for (const auto& element : stored.elements) {
        append_u32le(blob, element.property_id);
        append_u32le(blob, 1);
        append_u32le(blob, static_cast<std::uint32_t>(element.value.size()));
        blob.insert(blob.end(), element.value.begin(), element.value.end());
    }
    return blob;
}

StoredCertificate marked_entry(ByteView der, bool limit_to_code_signing) {
    StoredCertificate stored;
    stored.elements.push_back({sha1_property, to_bytes(thumbprint_of(der).bytes)});
    if (limit_to_code_signing) stored.elements.push_back({usage_property, code_signing_limit()});
    stored.elements.push_back({friendly_name_property, to_utf16le_z(our_mark)});
    stored.elements.push_back({certificate_element, to_bytes(der)});
    return stored;
}

StoredCertificate adopted_entry(StoredCertificate stored, bool limit_to_code_signing) {
    if (limit_to_code_signing) set_property(stored, usage_property, code_signing_limit());
    set_property(stored, friendly_name_property, to_utf16le_z(our_mark));
    return stored;
}

bool loads_under(std::string_view key_name, const StoredCertificate& stored) {
    const std::optional<Thumbprint> name = thumbprint_from_hex(key_name);
    if (!name) return false;
    for (const StoredCertificate::Element& element : stored.elements)
        if (element.property_id == sha1_property) return std::ranges::equal(element.value, name->bytes);
    return thumbprint_of(stored.der()) == *name;
}

bool stands_under(const Thumbprint& thumbprint, const StoredCertificate& stored) {
    return thumbprint_of(stored.der()) == thumbprint && loads_under(to_string(thumbprint), stored);
}

} // namespace wta
