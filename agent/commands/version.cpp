#include "agent/commands/commands.h"
#include "agent/commands/output.h"

#include <boost/json.hpp>
#include <boost/version.hpp>
#include <fmt/format.h>
#include <openssl/core_names.h>
#include <openssl/params.h>
#include <openssl/provider.h>

#include <memory>
#include <string>

namespace wta {

namespace {

// The library's own version, as it runs. Not OpenSSL_version(): with it the program for Windows would contain
// when and in which folder the library was built, and would be another one on each building machine.
std::string openssl_version() {
    const std::unique_ptr<OSSL_PROVIDER, int (*)(OSSL_PROVIDER*)> provider(
        OSSL_PROVIDER_load(nullptr, "default"), OSSL_PROVIDER_unload);
    char* version = nullptr;
    OSSL_PARAM asked[] = {OSSL_PARAM_construct_utf8_ptr(OSSL_PROV_PARAM_VERSION, &version, 0),
                          OSSL_PARAM_construct_end()};
    if (!provider || OSSL_PROVIDER_get_params(provider.get(), asked) != 1 || version == nullptr)
        return "unknown";
    return version;
}

} // namespace

int run_version(const Options& options) {
    const std::string openssl = openssl_version();
    const std::string boost =
        fmt::format("{}.{}.{}", BOOST_VERSION / 100000, BOOST_VERSION / 100 % 1000, BOOST_VERSION % 100);
    const std::string fmt_version =
        fmt::format("{}.{}.{}", FMT_VERSION / 10000, FMT_VERSION / 100 % 100, FMT_VERSION % 100);
    if (options.json)
        return print(boost::json::object{{"name", "wsus-trust-agent"},
                                         {"version", agent_version},
                                         {"openssl", openssl},
                                         {"boost", boost},
                                         {"fmt", fmt_version}},
                     0);
    return print(fmt::format("wsus-trust-agent {} (OpenSSL {}, Boost {}, fmt {})\n", agent_version, openssl,
                             boost, fmt_version),
                 0);
}

} // namespace wta
