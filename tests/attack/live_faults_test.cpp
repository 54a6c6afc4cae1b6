// Threats 22, 23: a run over a live machine that dies at, or right after, any call that writes, or in which
// any of these fails. Reading changes nothing, so the calls between two writes are the same moment; that
// every read may fail is shown over memory (port_faults_test.cpp).
#include "tests/support/scratch_machine.h"
#include "tests/support/trial.h"

#include <catch2/catch_test_macros.hpp>

using namespace wta;
using namespace wta::test;

namespace {

class LiveSubject : public Subject {
public:
    [[nodiscard]] EndpointKind kind() const override { return EndpointKind::live; }
    [[nodiscard]] std::unique_ptr<Endpoint> open(Use use) override { return machine_.open(use).value(); }

    [[nodiscard]] std::any save() override { return contents(); }
    void restore(const std::any& saved) override {
        const auto& wanted = std::any_cast<const Contents&>(saved);
        const Contents present = contents();
        for (auto key = present.rbegin(); key != present.rend(); ++key) { // children first
            if (!wanted.contains(key->first))
                REQUIRE(registry_.erase_key(key->first));
            else
                for (const auto& [name, value] : key->second)
                    if (!wanted.at(key->first).contains(name)) REQUIRE(registry_.erase(key->first, name));
        }
        for (const auto& [key, values] : wanted) {
            const auto now = present.find(key);
            if (now == present.end() && values.empty()) create(key);
            for (const auto& [name, value] : values)
                if (now == present.end() || !now->second.contains(name) || now->second.at(name) != value)
                    REQUIRE(registry_.set(key, name, value));
        }
    }
    [[nodiscard]] bool is(const std::any& saved) override {
        return contents() == std::any_cast<const Contents&>(saved);
    }

private:
    using Contents = std::map<std::string, std::map<std::string, RegistryValue>>;

    void create(const std::string& key) {
        REQUIRE(registry_.set(key, "", string_value("")));
        REQUIRE(registry_.erase(key, ""));
    }

    Contents contents() {
        Contents found;
        collect("", found);
        return found;
    }

    void collect(const std::string& key, Contents& found) {
        const auto listing = registry_.list(key).value();
        if (!listing) return;
        auto& values = found[key];
        for (const std::string& name : listing->values)
            values[name] = registry_.get(key, name).value().value();
        for (const std::string& name : listing->subkeys)
            collect(key.empty() ? name : key + "\\" + name, found);
    }

    ScratchMachine machine_;
    LiveRegistry registry_{machine_.root(), LiveWrites::everything};
};

void die_at_each_write(Command command) {
    LiveSubject machine;
    Trial trial(machine);
    const auto calls = trial.calls(command);
    for (std::size_t i = 0; i < calls.size(); ++i) {
        if (!may_write(calls[i].call)) continue;
        for (const auto kind : {Disturbance::Kind::dies_before, Disturbance::Kind::dies_after}) {
            INFO("call " << i + 1 << ", " << static_cast<int>(calls[i].call) << " " << calls[i].key);
            trial.begin(command);
            Disturbance disturbance(kind, static_cast<int>(i + 1));
            REQUIRE(trial.run_until_death(command, disturbance));
            trial.check_after_death(command);
        }
    }
}

void fail_at_each_write(Command command) {
    LiveSubject machine;
    Trial trial(machine);
    const auto calls = trial.calls(command);
    for (std::size_t i = 0; i < calls.size(); ++i) {
        if (!may_write(calls[i].call)) continue;
        for (const ErrorCode code : {ErrorCode::access_denied, ErrorCode::io})
            trial.fail_and_check(command, calls, i, code, Disturbance::Kind::fails);
    }
}

} // namespace

// One test for each command: each takes a minute under Wine.

TEST_CASE("threat 22: wherever a check or a repair of a live machine dies, the next run converges and "
          "nothing of ours is "
          "unmarked") {
    die_at_each_write(Command::check);
    die_at_each_write(Command::repair);
}

TEST_CASE("threat 22: wherever an undo on a live machine dies, the next run converges and nothing of ours is "
          "unmarked") {
    die_at_each_write(Command::undo);
}

TEST_CASE("threat 22: wherever a distrust on a live machine dies, the next run converges and nothing of ours "
          "is unmarked") {
    die_at_each_write(Command::distrust);
}

TEST_CASE("whatever write of a repair to a live machine fails, the report is true, the exit code is right, "
          "and the next run "
          "finishes the work") {
    fail_at_each_write(Command::repair);
}

TEST_CASE("whatever write of an undo to a live machine fails, the report is true, the exit code is right, "
          "and the next run "
          "finishes the work") {
    fail_at_each_write(Command::undo);
}

TEST_CASE("whatever write of a distrust to a live machine fails, the report is true, the exit code is right, "
          "and the next run "
          "finishes the work") {
    fail_at_each_write(Command::distrust);
}
