// Asks Windows what the tests want to know, with none of the program's own code. Keys are those below
// HKLM\SOFTWARE.
#include <cstdint>
#include <cstdio>
#include <fstream>
#include <iterator>
#include <string>
#include <string_view>
#include <vector>
#include <windows.h>

#include <aclapi.h>
#include <sddl.h>
#include <wincrypt.h>
#include <winsvc.h>

namespace {

std::wstring wide(const char* text) {
    std::wstring out(std::string_view(text).size(), L'\0');
    const int length = ::MultiByteToWideChar(CP_UTF8, 0, text, static_cast<int>(out.size()), out.data(),
                                             static_cast<int>(out.size()));
    out.resize(static_cast<std::size_t>(length));
    return out;
}

PCCERT_CONTEXT certificate_in(const char* file) {
    std::ifstream in(file, std::ios::binary);
    const std::vector<char> der{std::istreambuf_iterator<char>(in), {}};
    return ::CertCreateCertificateContext(X509_ASN_ENCODING, reinterpret_cast<const BYTE*>(der.data()),
                                          static_cast<DWORD>(der.size()));
}

HCERTSTORE open_store(const char* name, DWORD flags) {
    return ::CertOpenStore(CERT_STORE_PROV_SYSTEM_W, 0, 0, CERT_SYSTEM_STORE_LOCAL_MACHINE | flags,
                           wide(name).c_str());
}

int chain(const char* file) {
    CERT_CHAIN_ENGINE_CONFIG config{};
    config.cbSize = 64; // all that Wine knows
    HCERTCHAINENGINE engine = nullptr;
    CERT_CHAIN_PARA wanted{};
    wanted.cbSize = sizeof wanted;
    PCCERT_CHAIN_CONTEXT built = nullptr;
    PCCERT_CONTEXT certificate = certificate_in(file);
    if (certificate == nullptr || ::CertCreateCertificateChainEngine(&config, &engine) == 0) return 2;
    if (::CertGetCertificateChain(engine, certificate, nullptr, nullptr, &wanted, 0, nullptr, &built) == 0)
        return 2;
    std::printf("%#lx\n", built->TrustStatus.dwErrorStatus);
    ::CertFreeCertificateChain(built);
    ::CertFreeCertificateContext(certificate);
    ::CertFreeCertificateChainEngine(engine);
    return 0;
}

int list_store(const char* name) {
    HCERTSTORE store = open_store(name, CERT_STORE_READONLY_FLAG | CERT_STORE_OPEN_EXISTING_FLAG);
    if (store == nullptr) return 0; // absent: empty
    PCCERT_CONTEXT certificate = nullptr;
    while ((certificate = ::CertEnumCertificatesInStore(store, certificate)) != nullptr) {
        BYTE digest[20] = {};
        DWORD size = sizeof digest;
        ::CertGetCertificateContextProperty(certificate, CERT_SHA1_HASH_PROP_ID, digest, &size);
        for (const BYTE byte : digest) std::printf("%02X", static_cast<unsigned>(byte));
        std::printf("\n");
    }
    ::CertCloseStore(store, 0);
    return 0;
}

int put(const char* name, const char* file) {
    HCERTSTORE store = open_store(name, 0);
    PCCERT_CONTEXT certificate = certificate_in(file);
    if (store == nullptr || certificate == nullptr) return 2;
    const BOOL added = ::CertAddCertificateContextToStore(store, certificate, CERT_STORE_ADD_NEW, nullptr);
    ::CertFreeCertificateContext(certificate);
    ::CertCloseStore(store, 0);
    return added != 0 ? 0 : 1;
}

int contest(const char* key, const char* name) {
    HKEY opened = nullptr;
    const std::wstring path = L"SOFTWARE\\" + wide(key);
    const REGSAM rights = KEY_ALL_ACCESS | KEY_WOW64_64KEY;
    if (::RegOpenKeyExW(HKEY_LOCAL_MACHINE, path.c_str(), 0, rights, &opened) != 0) return 2;
    for (bool announced = false;; announced = true) {
        HANDLE changed = ::CreateEventW(nullptr, FALSE, FALSE, nullptr);
        if (::RegNotifyChangeKeyValue(opened, FALSE, REG_NOTIFY_CHANGE_LAST_SET, changed, TRUE) != 0)
            return 2;
        const DWORD off = 0;
        DWORD value = 1;
        DWORD size = sizeof value;
        ::RegQueryValueExW(opened, wide(name).c_str(), nullptr, nullptr, reinterpret_cast<BYTE*>(&value),
                           &size);
        if (value != off)
            ::RegSetValueExW(opened, wide(name).c_str(), 0, REG_DWORD, reinterpret_cast<const BYTE*>(&off),
                             size);
        if (!announced) {
            std::puts("contesting");
            std::fflush(stdout);
        }
        ::WaitForSingleObject(changed, INFINITE);
        ::CloseHandle(changed);
    }
}

int protect(const char* key, const wchar_t* access) {
    PSECURITY_DESCRIPTOR descriptor = nullptr;
    HKEY opened = nullptr;
    const std::wstring path = L"SOFTWARE\\" + wide(key);
    if (::RegOpenKeyExW(HKEY_LOCAL_MACHINE, path.c_str(), 0, WRITE_DAC | KEY_WOW64_64KEY, &opened) != 0)
        return 2;
    if (::ConvertStringSecurityDescriptorToSecurityDescriptorW(access, SDDL_REVISION_1, &descriptor,
                                                               nullptr) == 0)
        return 2;
    const LSTATUS set = ::RegSetKeySecurity(opened, DACL_SECURITY_INFORMATION, descriptor);
    ::LocalFree(descriptor);
    ::RegCloseKey(opened);
    return set == 0 ? 0 : 1;
}

SC_HANDLE open_service(const char* name, DWORD rights) {
    return ::OpenServiceW(::OpenSCManagerW(nullptr, nullptr, SC_MANAGER_CONNECT), wide(name).c_str(), rights);
}

int start_service(const char* name) {
    return ::StartServiceW(open_service(name, SERVICE_START), 0, nullptr) ? 0 : 1;
}

int control_service(const char* name, const char* number) {
    SERVICE_STATUS status{};
    const auto control = static_cast<DWORD>(std::stoul(number));
    return ::ControlService(open_service(name, SERVICE_USER_DEFINED_CONTROL), control, &status) ? 0 : 1;
}

int stop_service(const char* name) {
    constexpr ULONGLONG patience = 20'000;
    SC_HANDLE service = open_service(name, SERVICE_STOP | SERVICE_QUERY_STATUS);
    SERVICE_STATUS status{};
    const ULONGLONG begin = ::GetTickCount64();
    if (::ControlService(service, SERVICE_CONTROL_STOP, &status) == 0) return 1;
    while (::QueryServiceStatus(service, &status) != 0 && status.dwCurrentState != SERVICE_STOPPED) {
        if (::GetTickCount64() - begin > patience) return 1;
        ::Sleep(5);
    }
    std::printf("%llu %lu\n", ::GetTickCount64() - begin, status.dwWin32ExitCode);
    return 0;
}

constexpr const char* usage = R"(usage: windows-probe COMMAND
  chain FILE        the error status of the chain of a DER file, as a machine engine judges it now
  store NAME        the thumbprints that CryptoAPI finds in a store of the local machine
  put NAME FILE     adds a DER file to a store of the local machine, as an administrator's tool does
  contest KEY NAME  sets a value to REG_DWORD 0 whenever it changes, as a policy does; until it is killed
  lock KEY          lets nobody write a key
  unlock KEY        ends that
  start NAME        starts a service without a word, as Windows does
  control NAME N    sends a service the control with that number
  stop NAME         stops a service; how many milliseconds that took, and its exit code
)";

} // namespace

int main(int argc, char** argv) {
    const std::string_view command = argc > 1 ? argv[1] : "";
    if (command == "chain" && argc == 3) return chain(argv[2]);
    if (command == "store" && argc == 3) return list_store(argv[2]);
    if (command == "put" && argc == 4) return put(argv[2], argv[3]);
    if (command == "contest" && argc == 4) return contest(argv[2], argv[3]);
    if (command == "lock" && argc == 3) return protect(argv[2], L"D:P(A;;KR;;;WD)(A;;WDRC;;;BA)");
    if (command == "unlock" && argc == 3) return protect(argv[2], L"D:(A;;KA;;;WD)");
    if (command == "start" && argc == 3) return start_service(argv[2]);
    if (command == "control" && argc == 4) return control_service(argv[2], argv[3]);
    if (command == "stop" && argc == 3) return stop_service(argv[2]);
    std::fputs(usage, stderr);
    return 2;
}
