#include "agent/transport/https.h"

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/write.hpp>
#include <catch2/catch_test_macros.hpp>

#include <thread>

using namespace wta;
using namespace std::chrono_literals;

namespace {

namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;
using Clock = std::chrono::steady_clock;

// Answers the first bytes of its one client with the same again and again; for five seconds at most.
class Flood {
public:
    explicit Flood(std::string again) : again_(std::move(again)), thread_([this] { serve(); }) {}

    [[nodiscard]] std::string location() const {
        return "https://127.0.0.1:" + std::to_string(acceptor_.local_endpoint().port()) + "/a.cer";
    }

private:
    void serve() {
        error_code error;
        tcp::socket peer(context_);
        acceptor_.accept(peer, error);
        std::string first(1, '\0');
        asio::read(peer, asio::buffer(first), error);
        const auto end = Clock::now() + 5s;
        while (!error && Clock::now() < end) asio::write(peer, asio::buffer(again_), error);
    }

    std::string again_;
    asio::io_context context_;
    tcp::acceptor acceptor_{context_, {asio::ip::address_v4::loopback(), 0}};
    std::jthread thread_;
};

} // namespace

TEST_CASE("a server that always has something to say does not drown the deadline") {
    // HelloRequest, which a client may ignore (RFC 5246, 7.4.1.1) and OpenSSL does, however often it comes.
    std::string requests;
    for (int i = 0; i < 1000; ++i) requests += std::string("\x16\x03\x03\x00\x04\x00\x00\x00\x00", 9);
    Flood server(requests);
    FetchProgress progress;
    const auto start = Clock::now();
    const auto answer = fetch_http({.location = server.location()}, {}, start + 300ms, progress);
    REQUIRE_FALSE(answer.has_value());
    CHECK(answer.error().reason == ReasonCode::timed_out);
    CHECK(Clock::now() - start < 1300ms);
}
