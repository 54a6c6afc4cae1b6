#include "tests/support/scratch_machine.h"

#include "agent/platform/windows/wide.h"

#include <stdexcept>
#include <windows.h>

namespace wta::test {

ScratchMachine::ScratchMachine()
    : root_{LiveRoot::Hive::current_user,
            "Software\\wsus-trust-agent-test\\" + state_.path().filename().string()} {
    LiveRegistry parent({LiveRoot::Hive::current_user, "Software"}, LiveWrites::everything);
    const std::string key = root_.path.substr(root_.path.find('\\') + 1);
    for (const std::string child : {"\\Microsoft", "\\Policies"}) {
        const bool made = parent.set(key + child, "", string_value("")) && parent.erase(key + child, "");
        if (!made) throw std::runtime_error("no test key can be made in the registry");
    }
}

ScratchMachine::~ScratchMachine() {
    ::RegDeleteTreeW(HKEY_CURRENT_USER, platform::to_wide(root_.path).c_str());
}

LiveMachine ScratchMachine::description() const {
    return {.root = root_,
            .elevated = true,
            .state_folder = [folder = state_.path()] { return Result<std::filesystem::path>(folder); },
            .judge = judge_chain};
}

} // namespace wta::test
