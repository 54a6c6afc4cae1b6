#include "tests/support/one_answer.h"

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/asio/write.hpp>

namespace wta::test {

namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;

struct OneAnswer::Listener {
    asio::io_context context;
    tcp::acceptor acceptor{context, {asio::ip::address_v4::loopback(), 0}};
};

OneAnswer::OneAnswer(std::string answer)
    : answer_(std::move(answer)), listener_(std::make_unique<Listener>()), thread_([this] { serve(); }) {}

OneAnswer::~OneAnswer() { finish(); }

std::string OneAnswer::location() const {
    return "http://127.0.0.1:" + std::to_string(listener_->acceptor.local_endpoint().port()) + "/a.cer";
}

const std::string& OneAnswer::request() {
    finish();
    return request_;
}

// One more connection, which says nothing, for the case that nobody else came.
void OneAnswer::finish() {
    if (!thread_.joinable()) return;
    error_code ignored;
    asio::io_context context;
    tcp::socket nobody(context);
    nobody.connect(listener_->acceptor.local_endpoint(), ignored);
    nobody.close(ignored);
    thread_.join();
}

void OneAnswer::serve() {
    error_code error;
    tcp::socket peer(listener_->context);
    listener_->acceptor.accept(peer, error);
    if (error) return;
    asio::read_until(peer, asio::dynamic_buffer(request_), "\r\n\r\n", error);
    if (error) return;
    asio::write(peer, asio::buffer(answer_), error);
}

} // namespace wta::test
