#include "agent/endpoint/live_store_writer.h"

#include "agent/endpoint/live_key.h"
#include "agent/platform/windows/crypt_handle.h"
#include "agent/platform/windows/os_error.h"
#include "agent/platform/windows/wide.h"
#include "common/trust/registry_store_writer.h"

#include <algorithm>
#include <array>

namespace wta {
namespace {

using platform::CertificateContext;
using platform::CertificateStore;

constexpr std::string_view blob_name = "Blob";
constexpr DWORD encodings = X509_ASN_ENCODING | PKCS_7_ASN_ENCODING;
constexpr std::uint32_t certificate_element = 0x20;

std::string store_key(StoreName store) {
    const std::string certificates = certificates_key(store, Location::machine);
    return certificates.substr(0, certificates.rfind('\\'));
}

std::string named(StoreName store) { return "store " + std::string(to_string(store)); }

// CryptoAPI's numbers are Windows errors, some wrapped into a HRESULT.
std::unexpected<Error> failed(const std::string& doing, DWORD number) {
    constexpr DWORD facility_win32 = 0x8007'0000;
    const bool wrapped = (number & 0xFFFF'0000U) == facility_win32;
    return platform::windows_failure(doing, wrapped ? number & 0xFFFFU : number);
}

Result<CertificateContext> make_context(ByteView der) {
    CertificateContext context(::CertCreateCertificateContext(
        encodings, reinterpret_cast<const BYTE*>(der.data()), static_cast<DWORD>(der.size())));
    const DWORD number = ::GetLastError();
    if (!context)
        return fail(ErrorCode::invalid,
                    "Windows cannot read the certificate: " + platform::describe_windows_error(number),
                    static_cast<int>(number));
    return context;
}

ByteView der_of(const CERT_CONTEXT& context) {
    return std::as_bytes(std::span(context.pbCertEncoded, context.cbCertEncoded));
}

CertificateStore machine_store(StoreName store, DWORD flags) {
    return CertificateStore(::CertOpenStore(CERT_STORE_PROV_SYSTEM_REGISTRY_W, 0, 0,
                                            CERT_SYSTEM_STORE_LOCAL_MACHINE | flags,
                                            platform::to_wide(to_string(store)).c_str()));
}

// Null: it does not exist and was not to be created.
Result<CertificateStore> open_store(const LiveRoot& root, StoreName store, DWORD flags) {
    CertificateStore opened;
    DWORD number = ERROR_SUCCESS;
    if (root.is_the_machine()) {
        opened = machine_store(store, flags);
        number = ::GetLastError();
    } else {
        const bool create = (flags & CERT_STORE_OPEN_EXISTING_FLAG) == 0;
        const auto key = create ? create_to_write(root, store_key(store), KEY_ALL_ACCESS)
                                : open_to_write(root, store_key(store), KEY_ALL_ACCESS);
        if (!key) return std::unexpected(key.error());
        if (!*key) return opened;
        opened.reset(::CertOpenStore(CERT_STORE_PROV_REG, 0, 0, flags, key->get()));
        number = ::GetLastError();
    }
    if (!opened && number != ERROR_FILE_NOT_FOUND) return failed("open " + named(store), number);
    return opened;
}

// Some implementations keep changes to themselves until then; others have nothing to do, and say so.
Result<void> commit(CertificateStore store, StoreName name) {
    const BOOL committed = ::CertControlStore(store.get(), 0, CERT_STORE_CTRL_COMMIT, nullptr);
    const DWORD number = ::GetLastError();
    const bool nothing_to_do = number == ERROR_NOT_SUPPORTED || number == ERROR_CALL_NOT_IMPLEMENTED;
    if (committed == FALSE && !nothing_to_do) return failed("save " + named(name), number);
    const BOOL closed = ::CertCloseStore(store.release(), CERT_CLOSE_STORE_CHECK_FLAG);
    const DWORD reason = ::GetLastError();
    if (closed == FALSE) return failed("close " + named(name), reason);
    return {};
}

Result<void> set_properties(const CERT_CONTEXT& context, const StoredCertificate& entry) {
    for (const auto& element : entry.elements) {
        // CryptoAPI has the certificate, and makes the SHA-1 of it itself.
        if (element.property_id == certificate_element || element.property_id == CERT_SHA1_HASH_PROP_ID)
            continue;
        Bytes value = element.value;
        CRYPT_DATA_BLOB blob{.cbData = static_cast<DWORD>(value.size()),
                             .pbData = reinterpret_cast<BYTE*>(value.data())};
        const BOOL set = ::CertSetCertificateContextProperty(&context, element.property_id, 0, &blob);
        const DWORD number = ::GetLastError();
        if (set == FALSE)
            return failed("set property " + std::to_string(element.property_id) + " of a certificate",
                          number);
    }
    return {};
}

// Opening a store to change it creates the keys of its revocation and trust lists, too; undo could then not
// remove the store's key. What was not there before and is empty goes again.
class ListKeys {
public:
    ListKeys(Registry& registry, StoreName store) : registry_(registry) {
        for (const std::string_view name : {"CRLs", "CTLs"}) {
            std::string key = store_key(store) + "\\" + std::string(name);
            const auto present = registry_.list(key);
            if (present && !*present) absent_.push_back(std::move(key));
        }
    }
    ~ListKeys() {
        for (const std::string& key : absent_) {
            const auto now = registry_.list(key);
            const bool empty = now && *now && (*now)->subkeys.empty() && (*now)->values.empty();
            if (empty) static_cast<void>(registry_.erase_key(key)); // left over, it does no harm
        }
    }
    ListKeys(const ListKeys&) = delete;
    ListKeys& operator=(const ListKeys&) = delete;

private:
    Registry& registry_;
    std::vector<std::string> absent_;
};

// Mark, usage limit and certificate reach the store as one entry.
Result<void> add_to(const LiveRoot& root, StoreName store, const StoredCertificate& entry) {
    const auto context = make_context(entry.der());
    if (!context) return std::unexpected(context.error());
    WTA_TRY(set_properties(**context, entry));
    auto opened = open_store(root, store, 0);
    if (!opened) return std::unexpected(opened.error());
    if (!*opened) return failed("open " + named(store), ERROR_FILE_NOT_FOUND);
    const BOOL added =
        ::CertAddCertificateContextToStore(opened->get(), context->get(), CERT_STORE_ADD_NEW, nullptr);
    const DWORD number = ::GetLastError();
    if (added == FALSE && number == static_cast<DWORD>(CRYPT_E_EXISTS))
        return fail(ErrorCode::busy, named(store) + " already has this certificate; it is left as it is");
    if (added == FALSE) return failed("add to " + named(store), number);
    return commit(*std::move(opened), store);
}

// The entry whose certificate is `der`, whatever other certificate may claim the same thumbprint.
CertificateContext find(HCERTSTORE store, const Thumbprint& thumbprint, ByteView der) {
    Thumbprint wanted = thumbprint;
    CRYPT_HASH_BLOB hash{.cbData = static_cast<DWORD>(wanted.bytes.size()),
                         .pbData = reinterpret_cast<BYTE*>(wanted.bytes.data())};
    const CERT_CONTEXT* found = nullptr; // the function frees the previous one
    do {
        found = ::CertFindCertificateInStore(store, encodings, 0, CERT_FIND_SHA1_HASH, &hash, found);
    } while (found != nullptr && !std::ranges::equal(der_of(*found), der));
    return CertificateContext(found);
}

Result<void> remove_from(const LiveRoot& root, StoreName store, const Thumbprint& thumbprint, ByteView der) {
    auto opened = open_store(root, store, CERT_STORE_OPEN_EXISTING_FLAG);
    if (!opened) return std::unexpected(opened.error());
    if (!*opened) return {};
    CertificateContext found = find(opened->get(), thumbprint, der);
    if (!found) return {};
    const BOOL removed = ::CertDeleteCertificateFromStore(found.release()); // frees it in any case
    const DWORD number = ::GetLastError();
    if (removed == FALSE) return failed("remove from " + named(store), number);
    return commit(*std::move(opened), store);
}

bool holds(const StoredCertificate& stored, const StoredCertificate& wanted) {
    return std::ranges::all_of(wanted.elements, [&stored](const StoredCertificate::Element& element) {
        return std::ranges::find(stored.elements, element) != stored.elements.end();
    });
}

} // namespace

Result<void> LiveStoreWriter::add(StoreName store, const StoredCertificate& entry) {
    const Thumbprint thumbprint = thumbprint_of(entry.der());
    WTA_TRY(registry_.may_write(entry_key(store, thumbprint)));
    const auto present = find_entry(registry_, store, thumbprint);
    if (!present) return std::unexpected(present.error());
    if (*present) return already_present(store, thumbprint);
    WTA_TRY(registry_.erase(entry_key(store, thumbprint), blob_name)); // damaged: Windows has no such entry
    {
        const ListKeys tidy(registry_, store);
        WTA_TRY(add_to(registry_.root(), store, entry));
    }
    const auto written = find_entry(registry_, store, thumbprint);
    if (!written) return std::unexpected(written.error());
    if (!*written || !holds(**written, entry))
        return fail(ErrorCode::io, named(store) + " does not hold entry " + to_string(thumbprint) +
                                       " as it was added, though Windows reported no error");
    return {};
}

Result<void> LiveStoreWriter::adopt(StoreName store, const Thumbprint& thumbprint,
                                    bool limit_to_code_signing) {
    return RegistryStoreWriter(registry_).adopt(store, thumbprint, limit_to_code_signing);
}

Result<void> LiveStoreWriter::remove(StoreName store, const Thumbprint& thumbprint) {
    const std::string key = entry_key(store, thumbprint);
    WTA_TRY(registry_.may_write(key));
    const auto blob = registry_.get(key, blob_name);
    if (!blob) return std::unexpected(blob.error());
    const Bytes data = *blob ? (*blob)->data : Bytes();
    if (const auto stored = decode_blob(data)) {
        const ListKeys tidy(registry_, store);
        WTA_TRY(remove_from(registry_.root(), store, thumbprint, stored->der()));
    }
    return RegistryStoreWriter(registry_).remove(store,
                                                 thumbprint); // what CryptoAPI did not take for an entry
}

} // namespace wta
