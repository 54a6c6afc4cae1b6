#include "common/trust/registry_store_writer.h"

#include "common/certificate/store_name.h"

namespace wta {
namespace {

constexpr std::string_view blob_name = "Blob";

std::string entry_key(StoreName store, const Thumbprint& thumbprint) {
    return certificates_key(store, Location::machine) + "\\" + to_string(thumbprint);
}

bool is_certificate(const std::optional<RegistryValue>& value) {
    return value && value->type == reg_binary && decode_blob(value->data).has_value();
}

} // namespace

Result<void> RegistryStoreWriter::add(StoreName store, const StoredCertificate& entry) {
    const Thumbprint thumbprint = thumbprint_of(entry.der());
    const std::string key = entry_key(store, thumbprint);
    const auto present = registry_.get(key, blob_name);
    if (!present) return std::unexpected(present.error());
    if (is_certificate(*present)) {
        return fail(ErrorCode::busy, "store " + std::string(to_string(store)) + " already has an entry " +
                                         to_string(thumbprint) + "; it is left as it is");
    }
    return registry_.set(key, blob_name, binary_value(encode_blob(entry)));
}

Result<void> RegistryStoreWriter::remove(StoreName store, const Thumbprint& thumbprint) {
    const std::string key = entry_key(store, thumbprint);
    auto erased = registry_.erase_key(key);
    if (!erased && erased.error().code == ErrorCode::invalid) return registry_.erase(key, blob_name);
    return erased;
}

} // namespace wta
