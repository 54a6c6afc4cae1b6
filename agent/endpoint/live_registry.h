// The registry of the machine that the program runs on, through Win32.
#pragma once

#include "common/ports/registry.h"

#include <memory>
#include <string>

namespace wta {

// Which key stands for HKLM\SOFTWARE. Tests use another one, so that they never touch the machine's own.
struct LiveRoot {
    enum class Hive { local_machine, current_user };
    Hive hive = Hive::local_machine;
    std::string path = "SOFTWARE"; // below the hive
    [[nodiscard]] bool is_the_machine() const { return hive == Hive::local_machine && path == "SOFTWARE"; }
};

// What may be written through a LiveRegistry; everything else is access_denied.
enum class LiveWrites { nothing, own_key, everything }; // own_key: WsusTrustAgent and below

// Reads follow symbolic links, as every reader of Windows does; a write through one is refused (unusable).
//
// A name with a NUL inside, which only the native interface of Windows can create, is listed and otherwise
// absent. Further errors: invalid (a name that cannot be written), unusable (a value beyond 64 MiB, a key
// with more than 100,000 names).
class LiveRegistry : public Registry {
public:
    explicit LiveRegistry(LiveRoot root, LiveWrites writes = LiveWrites::nothing)
        : root_(std::move(root)), writes_(writes) {}

    Result<std::optional<RegistryValue>> get(std::string_view key, std::string_view name) override;
    Result<void> set(std::string_view key, std::string_view name, const RegistryValue& value) override;
    Result<void> erase(std::string_view key, std::string_view name) override;
    Result<void> erase_key(std::string_view key) override;
    Result<std::optional<KeyListing>> list(std::string_view key) override;

    void allow(LiveWrites writes) { writes_ = writes; }
    [[nodiscard]] Result<void> may_write(std::string_view key) const;
    [[nodiscard]] const LiveRoot& root() const { return root_; }

private:
    struct WrittenKey;

    LiveRoot root_;
    LiveWrites writes_;
    std::shared_ptr<WrittenKey> last_written_; // stays open, because one value seldom comes alone
};

} // namespace wta
