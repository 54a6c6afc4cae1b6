// Asks Windows what the tests want to know, with none of the program's own code. Keys are those below
// HKLM\SOFTWARE.
#include <cstdint>
#include <cstdio>
#include <cstdlib>
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

// The key whose value a resident keeps at REG_DWORD 1, and what is done to it.
class Drift {
public:
    // Milliseconds from the last of the changes to the value being right again; -1: not within a minute.
    double disturb(int kind) {
        ::RegDeleteTreeW(HKEY_LOCAL_MACHINE, L"SOFTWARE\\WsusTrustAgent\\Contest"); // no tug of war
        change(kind);
        LARGE_INTEGER begun{};
        ::QueryPerformanceCounter(&begun);
        const bool right = until(L"SOFTWARE\\Policies", 60'000, [] { return is_right(); });
        LARGE_INTEGER ended{};
        ::QueryPerformanceCounter(&ended);
        // The run goes on until its report is stored.
        until(L"SOFTWARE\\WsusTrustAgent", 300, [] { return false; });
        LARGE_INTEGER second{};
        ::QueryPerformanceFrequency(&second);
        return right ? 1'000.0 * static_cast<double>(ended.QuadPart - begun.QuadPart) /
                           static_cast<double>(second.QuadPart)
                     : -1;
    }

    static bool is_right() {
        DWORD value = 0;
        DWORD size = sizeof value;
        return ::RegGetValueW(HKEY_LOCAL_MACHINE, key, name, RRF_RT_REG_DWORD | RRF_SUBKEY_WOW6464KEY,
                              nullptr, &value, &size) == 0 &&
               value == 1;
    }

    static constexpr int kinds = 10;

private:
    static constexpr const wchar_t* key = L"SOFTWARE\\Policies\\Microsoft\\Windows\\WindowsUpdate";
    static constexpr const wchar_t* name = L"AcceptTrustedPublisherCerts";

    static void set(DWORD type, const void* data, DWORD size) {
        ::RegSetKeyValueW(HKEY_LOCAL_MACHINE, key, name, type, data, size);
    }
    static void set_number(DWORD number) { set(REG_DWORD, &number, sizeof number); }
    static void remove_value() { ::RegDeleteKeyValueW(HKEY_LOCAL_MACHINE, key, name); }

    static void change(int kind) {
        const std::uint64_t wide_one = 1;
        switch (kind % kinds) {
        case 0: return remove_value();
        case 1: return set_number(0);
        case 2: return set_number(2);
        case 3: return set(REG_SZ, L"1", 4);
        case 4: return set(REG_QWORD, &wide_one, sizeof wide_one);
        case 5: return set(REG_BINARY, "\1", 1);
        case 6: return set(REG_DWORD, nullptr, 0);
        case 7: ::RegDeleteTreeW(HKEY_LOCAL_MACHINE, key); return;
        case 8:
            ::RegDeleteTreeW(HKEY_LOCAL_MACHINE, L"SOFTWARE\\Policies\\Microsoft\\Windows");
            return set_number(0); // comes back with the key, and wrong
        default:
            set_number(0); // as a policy that is applied: away, back, away
            remove_value();
            set_number(1);
            return set_number(0);
        }
    }

    // Looks after each change below `watched`, until it is so or nothing has changed for `patience` ms.
    template <class Condition>
    static bool until(const wchar_t* watched, DWORD patience, Condition condition) {
        for (;;) {
            HKEY opened = nullptr;
            HANDLE changed = ::CreateEventW(nullptr, FALSE, FALSE, nullptr);
            ::RegOpenKeyExW(HKEY_LOCAL_MACHINE, watched, 0, KEY_NOTIFY | KEY_WOW64_64KEY, &opened);
            ::RegNotifyChangeKeyValue(opened, TRUE, REG_NOTIFY_CHANGE_NAME | REG_NOTIFY_CHANGE_LAST_SET,
                                      changed, TRUE);
            const bool so = condition();
            const bool more = so || ::WaitForSingleObject(changed, patience) == WAIT_OBJECT_0;
            ::RegCloseKey(opened);
            ::CloseHandle(changed);
            if (so || !more) return so;
        }
    }
};

int drift(const char* count) {
    Drift drift;
    for (int i = 0; i < std::atoi(count); ++i) std::printf("%.1f\n", drift.disturb(i));
    return 0;
}

int hold(const char* file) {
    HANDLE held = INVALID_HANDLE_VALUE;
    while (held == INVALID_HANDLE_VALUE) // somebody else has it for a moment
        held = ::CreateFileW(wide(file).c_str(), GENERIC_READ | GENERIC_WRITE, 0, nullptr, OPEN_ALWAYS, 0,
                             nullptr);
    std::puts("holding");
    std::fflush(stdout);
    ::WaitForSingleObject(::CreateEventW(nullptr, FALSE, FALSE, nullptr), INFINITE);
    return 0;
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
  drift COUNT       changes the policy value, and says how many ms it took until somebody put it right, COUNT times
  hold FILE         keeps a file open alone, until it is killed
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
    if (command == "drift" && argc == 3) return drift(argv[2]);
    if (command == "hold" && argc == 3) return hold(argv[2]);
    if (command == "lock" && argc == 3) return protect(argv[2], L"D:P(A;;KR;;;WD)(A;;WDRC;;;BA)");
    if (command == "unlock" && argc == 3) return protect(argv[2], L"D:(A;;KA;;;WD)");
    if (command == "start" && argc == 3) return start_service(argv[2]);
    if (command == "control" && argc == 4) return control_service(argv[2], argv[3]);
    if (command == "stop" && argc == 3) return stop_service(argv[2]);
    std::fputs(usage, stderr);
    return 2;
}
