// Threats 22, 23: a run over an image that dies at any of its port calls, or in which any of them fails. What
// happens between two system calls of one port call: e2e/test_kill.py.
#include "agent/endpoint/image_endpoint.h"
#include "tests/support/child_process.h"
#include "tests/support/make_hive.h"
#include "tests/support/scratch_folder.h"
#include "tests/support/trial.h"

#include <catch2/catch_test_macros.hpp>

#include <unistd.h>

using namespace wta;
using namespace wta::test;

namespace {

// Dies in a process of its own, without unwinding anything.
class ImageSubject : public Subject {
public:
    ImageSubject() {
        write_bytes(hive_, make_hive({"ROOT", {}, {{"Microsoft", {}, {}}, {"Policies", {}, {}}}}));
    }

    [[nodiscard]] EndpointKind kind() const override { return EndpointKind::image; }
    [[nodiscard]] std::unique_ptr<Endpoint> open(Use use) override { return open_image(hive_, use).value(); }
    [[nodiscard]] std::any save() override { return read_bytes(hive_); }
    void restore(const std::any& saved) override {
        for (const std::string& name : scratch_.names()) std::filesystem::remove(scratch_.path() / name);
        write_bytes(hive_, std::any_cast<const Bytes&>(saved));
    }
    [[nodiscard]] bool is(const std::any& saved) override {
        return leftovers().empty() && read_bytes(hive_) == std::any_cast<const Bytes&>(saved);
    }
    [[nodiscard]] std::string leftovers() override {
        std::string text;
        for (const std::string& name : scratch_.names())
            if (name != hive_.filename()) text += name + " ";
        return text;
    }
    [[nodiscard]] bool until_death(Disturbance& disturbance, const std::function<void()>& work) override {
        constexpr int dead = 77;
        disturbance.die_by([] { ::_exit(dead); });
        return in_child([&work] {
                   work();
                   return 0;
               }).exit_code == dead;
    }

private:
    ScratchFolder scratch_;
    std::filesystem::path hive_ = scratch_.path() / "SOFTWARE";
};

// After a call is before the next one: between two calls a run does nothing to a file.
void die_at_each_call(Command command) {
    ImageSubject image;
    Trial trial(image);
    const auto calls = trial.calls(command);
    for (std::size_t i = 0; i <= calls.size(); ++i) {
        const bool last = i == calls.size();
        INFO("call " << i + 1 << " of " << calls.size());
        trial.begin(command);
        Disturbance disturbance(last ? Disturbance::Kind::dies_after : Disturbance::Kind::dies_before,
                                static_cast<int>(last ? i : i + 1));
        REQUIRE(trial.run_until_death(command, disturbance));
        trial.check_after_death(command);
    }
}

} // namespace

// One test for each command: each takes long with sanitizers.

TEST_CASE("threat 22: wherever a repair of an image dies, the image is the old or the new one and the next "
          "run converges") {
    die_at_each_call(Command::repair);
}

TEST_CASE("threat 22: wherever an undo on an image dies, the image is the old or the new one and the next "
          "run converges") {
    die_at_each_call(Command::undo);
}

TEST_CASE(
    "threat 22: wherever a distrust on an image dies, the image is the old or the new one and the next run "
    "converges") {
    die_at_each_call(Command::distrust);
}

// That every read may fail, and with every code, is shown over memory (port_faults_test.cpp).
TEST_CASE("whatever write to an image fails, and however, it is as it was to the byte and the next run "
          "finishes the "
          "work") {
    ImageSubject image;
    Trial trial(image);
    for (const Command command : {Command::repair, Command::undo, Command::distrust}) {
        const auto calls = trial.calls(command);
        for (std::size_t i = 0; i < calls.size(); ++i) {
            if (!may_write(calls[i].call)) continue;
            for (const ErrorCode code : {ErrorCode::access_denied, ErrorCode::unusable, ErrorCode::io})
                trial.fail_and_check(command, calls, i, code, Disturbance::Kind::fails);
        }
    }
}
