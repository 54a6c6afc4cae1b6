// Takes what a file holds to a server, as sinks will, and prints what came of it: for the tests.
//
//   uplink-probe post URL FILE SECONDS [OPTION VALUE]...    prints "status N", "retry N" (seconds), "body
//   ..." uplink-probe send HOST PORT FILE SECONDS [OPTION VALUE]...    prints "sent"
//
// Options: --ca FILE, --proxy HOST:PORT, --certificate FILE, --field "Name: value". What goes wrong is
// printed as "error REASON" and "message ...", with exit code 1.
#include "agent/platform/platform.h"
#include "agent/platform/within.h"
#include "agent/transport/uplink.h"
#include "common/base/utf.h"
#include "common/report/codes.h"

#include <fmt/format.h>

#include <cstdio>
#include <cstdlib>
#include <filesystem>

using namespace wta;

namespace {

struct Asked {
    UplinkOptions options;
    PostRequest request;
};

void take_option(std::string_view name, const std::string& value, Asked& asked) {
    const auto colon = value.find(':');
    if (name == "--ca") asked.options.ca_file = value;
    if (name == "--proxy")
        asked.options.proxy = ProxyExplicit{value.substr(0, colon), value.substr(colon + 1)};
    if (name == "--certificate") asked.request.client_certificate = value;
    if (name == "--field") asked.request.fields.push_back({value.substr(0, colon), value.substr(colon + 2)});
}

int complain(const Error& error) {
    fmt::print("error {}\nmessage {}\n", error.reason ? info(*error.reason).name : "none", error.message);
    return 1;
}

int tell(const Result<PostAnswer>& answer) {
    if (!answer) return complain(answer.error());
    fmt::print("status {}\n", answer->status);
    if (answer->retry_after) fmt::print("retry {}\n", answer->retry_after->count());
    fmt::print("body {} {}\n", answer->body.size(), printable(answer->body, 200));
    return 0;
}

int run(const std::vector<std::string>& words) {
    if (words.size() < 5) {
        fmt::print("uplink-probe post URL FILE SECONDS, or uplink-probe send HOST PORT FILE SECONDS\n");
        return 2;
    }
    const bool post = words.at(1) == "post";
    const std::size_t file = post ? 3 : 4;
    Asked asked;
    asked.options.user_agent = "uplink-probe/1";
    for (std::size_t i = file + 2; i + 1 < words.size(); i += 2) take_option(words[i], words[i + 1], asked);
    const std::string& name = words.at(file);
    auto content = platform::read_file(std::u8string(name.begin(), name.end()), 256 * 1024 * 1024);
    if (!content) return complain(content.error());
    const auto uplink = make_uplink(asked.options);
    const auto deadline =
        std::chrono::steady_clock::now() + std::chrono::seconds{std::stoi(words.at(file + 1))};
    if (!post) {
        const auto sent = uplink->send({words.at(2), words.at(3)}, as_byte_view(*content), deadline);
        if (!sent) return complain(sent.error());
        fmt::print("sent\n");
        return 0;
    }
    asked.request.url = words.at(2);
    asked.request.body = std::move(*content);
    return tell(uplink->post(asked.request, deadline));
}

} // namespace

int main(int argc, char** argv) {
    const platform::Process process;
    const int exit = run(platform::arguments(argc, argv));
    static_cast<void>(std::fflush(stdout));
    if (abandoned_workers() > 0) platform::end_now(exit);
    return exit;
}
