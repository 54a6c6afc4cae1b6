// A live machine of its own for one test: a key of the current user stands for HKLM\SOFTWARE.
#pragma once

#include "agent/endpoint/live_machine.h"
#include "tests/support/scratch_folder.h"

#include <string>
#include <vector>

namespace wta::test {

// The key is below HKEY_CURRENT_USER\Software\wsus-trust-agent-test, nearly empty at first, and goes with the
// object. Chains are judged from its stores by judge_chain(): Windows' own engine knows no other stores than
// the machine's.
class ScratchMachine {
public:
    ScratchMachine();
    ~ScratchMachine();
    ScratchMachine(const ScratchMachine&) = delete;
    ScratchMachine& operator=(const ScratchMachine&) = delete;

    [[nodiscard]] const LiveRoot& root() const { return root_; }
    [[nodiscard]] LiveMachine description() const;
    [[nodiscard]] Result<std::unique_ptr<Endpoint>> open(Use use) const {
        return open_live_machine(description(), use);
    }

    // Makes `key` (which must not exist) a symbolic link to `target`, both below the root.
    void link(const std::string& key, const std::string& target);
    // Lets nobody do what `rights` names with `key`, below the root; until the object goes.
    void deny(const std::string& key, unsigned long rights);

private:
    [[nodiscard]] std::wstring full_path(const std::string& key) const;

    ScratchFolder state_;
    LiveRoot root_;
    std::vector<std::string> links_;
    std::vector<std::string> denied_;
};

} // namespace wta::test
