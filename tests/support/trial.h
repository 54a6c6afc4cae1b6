// Runs that are disturbed at each of their port calls in turn, over any endpoint, and what must hold
// afterwards.
#pragma once

#include "agent/cycle/run_cycle.h"
#include "common/trust/observed_state.h"
#include "tests/support/disturbance.h"
#include "tests/support/memory_registry.h"
#include "tests/support/memory_transport.h"
#include "tests/support/registry_lines.h"

#include <any>
#include <functional>
#include <list>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace wta::test {

// A machine that can be put back into an earlier state.
class Subject {
public:
    virtual ~Subject() = default;
    [[nodiscard]] virtual EndpointKind kind() const = 0;
    [[nodiscard]] virtual std::unique_ptr<Endpoint> open(Use use) = 0;
    // Everything on the medium, to come back to it.
    [[nodiscard]] virtual std::any save() = 0;
    virtual void restore(const std::any& saved) = 0;
    [[nodiscard]] virtual bool is(const std::any& saved) = 0;
    // What lies beside the machine and is no part of it: temporary files.
    [[nodiscard]] virtual std::string leftovers() { return {}; }
    // Runs `work`, which dies when the disturbance comes: true when it did.
    [[nodiscard]] virtual bool until_death(Disturbance& disturbance, const std::function<void()>& work);
};

// As a live machine, which keeps each write at once, or as an image, which is written as a whole.
class MemorySubject : public Subject {
public:
    explicit MemorySubject(EndpointKind kind) : kind_(kind) {}
    [[nodiscard]] EndpointKind kind() const override { return kind_; }
    [[nodiscard]] std::unique_ptr<Endpoint> open(Use use) override;
    [[nodiscard]] std::any save() override { return memory_.contents(); }
    void restore(const std::any& saved) override;
    [[nodiscard]] bool is(const std::any& saved) override;

private:
    EndpointKind kind_;
    MemoryRegistry memory_;
};

enum class Command { check, repair, undo, distrust };

// A machine on which a repair has one of everything to do: a self-signed certificate to fetch and place, a
// CA-issued one to place, a withdrawn and a distrusted one to remove, the policy value 0 to replace, keys to
// create, a cache to fill and an entry of it to forget; beside them somebody else's certificate. And the runs
// over it.
class Trial {
public:
    explicit Trial(Subject& subject);

    // What an undisturbed run reaches. `looked`: after a check of the new machine.
    struct Reached {
        std::any saved;
        Lines lines;
    };
    Reached fresh, looked, repaired, undone, by_hand;

    // Puts the machine where `command` begins: undo and distrust after a repair, the others on the new
    // machine. What is distrusted is the fetched certificate, which the settings go on to trust.
    void begin(Command command);
    [[nodiscard]] const Reached& start(Command command) const;
    [[nodiscard]] const Reached& end(Command command) const;

    // The port calls of an undisturbed run.
    [[nodiscard]] std::vector<Disturbance::Call> calls(Command command);

    // One run over the machine as it is now.
    StatusReport run(Command command, Disturbance& disturbance);
    StatusReport run(Command command);
    // In a process that may die. True when it did.
    bool run_until_death(Command command, Disturbance& disturbance);

    // After a run of `command` that died: every claim of threat 22 about what is there now. The machine is
    // used up.
    void check_after_death(Command command);
    // A run whose call number `index` (from 0) fails with `code`, or is made and lies; and every claim about
    // its exit code, its report, what is there now and the next run. The machine is used up.
    void fail_and_check(Command command, const std::vector<Disturbance::Call>& calls, std::size_t index,
                        ErrorCode code, Disturbance::Kind how);

private:
    // A state that a disturbed run left, and what is known of it: most runs leave one of a few.
    struct Left {
        std::any saved;
        Lines lines;
        ObservedState observed;
        std::optional<bool> truth; // what an undisturbed look says, see looks_right()
        bool truth_is_known = false;
        bool marks_checked = false;
        bool converges = false;
        bool death_checked = false;
    };
    Left& left_by(Command command);

    [[nodiscard]] Lines now();
    [[nodiscard]] CycleRequest request(Command command) const;
    void check_marks(Left& left);
    void check_that_the_next_run_converges(Command command, Left& left);
    void check_the_other_way(Command command);
    void check_that_stale_settings_do_not_count(Left& left);
    // From the contract of exit codes: which one a run must end with when that call fails so.
    [[nodiscard]] int expected_exit(Command command, const std::vector<Disturbance::Call>& calls,
                                    std::size_t index, ErrorCode code) const;
    void check_after_failure(Command command, const StatusReport& report, int expected_exit, bool lied);
    void check_changes(const StatusReport& report, const Left& left, bool told_a_lie);
    [[nodiscard]] std::optional<bool> looks_right(Command command, Left& left);
    void build();

    Subject& subject_;
    MemoryTransport transport_;
    wta::Settings settings_;
    std::map<Command, std::list<Left>> left_;
};

} // namespace wta::test
