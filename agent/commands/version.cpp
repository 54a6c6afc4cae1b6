#include "agent/commands/commands.h"
#include "agent/commands/output.h"

#include <boost/json.hpp>
#include <boost/version.hpp>
#include <fmt/format.h>
#include <openssl/crypto.h>

namespace wta {

int run_version(const Options& options) {
    const std::string openssl = OpenSSL_version(OPENSSL_VERSION_STRING);
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
