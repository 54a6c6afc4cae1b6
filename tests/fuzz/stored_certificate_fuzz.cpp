#include "common/base/utf.h"
#include "common/certificate/stored_certificate.h"
#include "tests/fuzz/targets.h"
#include "tests/support/certificate_builder.h"

#include <algorithm>

namespace wta::fuzz {
namespace {

void claim_facts(const StoredCertificate& stored) {
    const auto name = stored.friendly_name();
    claim(!name || is_valid_utf8(*name), "a friendly name is no UTF-8");
    claim(stored.ours() == (name == our_mark), "ours without the mark, or the mark without being ours");
    const auto usages = stored.usage_oids();
    claim(!usages || stored.has_usage_property(), "usages without the property");
    claim(stored.has_usage_property() || stored.usage_allows_code_signing(), "no limit forbids Code Signing");
    claim(!stored.limited_to_code_signing() || stored.usage_allows_code_signing(),
          "limited to Code Signing, and not allowed to");
    const Thumbprint own = thumbprint_of(stored.der());
    claim(!stands_under(own, stored) || loads_under(to_string(own), stored), "stands where it does not load");
    claim(!loads_under("", stored), "loads under no name");
}

// Never more than one name; without a SHA-1 property, its own.
void claim_names(const StoredCertificate& stored) {
    const auto property = std::ranges::find(stored.elements, 3U, &StoredCertificate::Element::property_id);
    const bool named = property != stored.elements.end();
    const Thumbprint own = thumbprint_of(stored.der());
    claim(named || stands_under(own, stored),
          "without a SHA-1 property it does not stand under its own name");
    claim(!named || property->value.size() == own.bytes.size() || !loads_under(to_string(own), stored),
          "loads under a name that its SHA-1 property cannot hold");
}

void claim_marked(const StoredCertificate& stored) {
    for (const bool limit : {false, true}) {
        const StoredCertificate entry = marked_entry(stored.der(), limit);
        const auto read = decode_blob(encode_blob(entry));
        claim(read && *read == entry, "our own entry does not survive being written");
        claim(read->ours() && read->limited_to_code_signing() == limit,
              "our own entry lost its mark or its limit");
        claim(stands_under(thumbprint_of(stored.der()), *read), "our own entry stands nowhere");
    }
}

} // namespace

void stored_certificate(ByteView input) {
    const auto stored = decode_blob(input);
    if (!stored) {
        claim_printable_line(stored.error().message, "the message of a refusal");
        return;
    }
    claim(!stored->der().empty(), "a stored certificate without bytes");
    claim(std::ranges::count(stored->elements, 0x20U, &StoredCertificate::Element::property_id) == 1,
          "a stored certificate that is not exactly one");
    // Every byte of an accepted blob is accounted for, so encoding gives it back.
    const Bytes again = encode_blob(*stored);
    claim(std::ranges::equal(again, input), "what was decoded encodes to something else");
    claim_facts(*stored);
    claim_names(*stored);
    claim_marked(*stored);
}

std::vector<Bytes> stored_certificate_seeds() {
    using Element = StoredCertificate::Element;
    const Bytes der = test::bytes({0x30, 0x03, 0x02, 0x01, 0x2A});
    const auto text = [](std::string_view utf8) { return to_utf16le_z(utf8); };
    const Bytes both = test::bytes({0x30, 0x14, 0x06, 0x08, 0x2B, 0x06, 0x01, 0x05, 0x05, 0x07, 0x03,
                                    0x03, 0x06, 0x08, 0x2B, 0x06, 0x01, 0x05, 0x05, 0x07, 0x03, 0x01});
    std::vector<Bytes> seeds;
    for (const StoredCertificate& stored :
         {marked_entry(der, false), marked_entry(der, true), StoredCertificate{{Element{0x20, der}}},
          StoredCertificate{{Element{11, text("Contoso")}, Element{0x20, der}, Element{0x13, {}}}},
          StoredCertificate{{Element{3, Bytes(20)}, Element{0x20, der}}},
          StoredCertificate{{Element{9, both}, Element{0x20, der}}},
          StoredCertificate{{Element{9, {}}, Element{3, Bytes(4)}, Element{0x20, der}}}}) {
        const Bytes blob = encode_blob(stored);
        seeds.push_back(blob);
        seeds.emplace_back(blob.begin(), blob.end() - 3);
        seeds.push_back(test::joined({blob, blob}));
    }
    return seeds;
}

} // namespace wta::fuzz
