// A server on a free loopback port that answers one connection with fixed bytes and remembers the request.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <thread>

namespace wta::test {

class OneAnswer {
public:
    explicit OneAnswer(std::string answer);
    ~OneAnswer();
    OneAnswer(const OneAnswer&) = delete;
    OneAnswer& operator=(const OneAnswer&) = delete;

    [[nodiscard]] std::string location() const;

    // Waits for the connection that it answers to end; empty when nobody came.
    [[nodiscard]] const std::string& request();

private:
    struct Listener;
    void finish();
    void serve();

    std::string answer_;
    std::string request_;
    std::unique_ptr<Listener> listener_;
    std::jthread thread_;
};

} // namespace wta::test
