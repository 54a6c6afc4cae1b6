// A registry in memory that records every write and fails when told to.
#pragma once

#include "common/ports/registry.h"

#include <map>
#include <string>
#include <utility>
#include <vector>

namespace wta::test {

struct RecordedWrite {
    enum class Kind { set, erase, erase_key };
    Kind kind{};
    std::string key;
    std::string name;                   // empty for erase_key
    std::optional<RegistryValue> value; // what was set
    bool operator==(const RecordedWrite&) const = default;
};

class MemoryRegistry : public Registry {
public:
    Result<std::optional<RegistryValue>> get(std::string_view key, std::string_view name) override;
    Result<void> set(std::string_view key, std::string_view name, const RegistryValue& value) override;
    Result<void> erase(std::string_view key, std::string_view name) override;
    Result<void> erase_key(std::string_view key) override;
    Result<std::optional<KeyListing>> list(std::string_view key) override;

    // Every write that succeeded, in order, as the caller spelled it; a removal of something absent is none.
    [[nodiscard]] const std::vector<RecordedWrite>& writes() const { return writes_; }
    void forget_writes() { writes_.clear(); }

    // Calls of any method so far.
    [[nodiscard]] int calls() const { return calls_; }

    // The `n`-th call from now on (1: the next one) fails with `error` and does nothing; once.
    void fail_call(int n, Error error) { failure_ = {calls_ + n, std::move(error)}; }
    // Every write fails with `error` until told otherwise.
    void fail_writes(std::optional<Error> error) { write_failure_ = std::move(error); }

    struct Value {
        std::string name;
        RegistryValue value;
        bool operator==(const Value&) const = default;
    };
    struct Key {
        std::string name;                    // as first written
        std::map<std::string, Value> values; // by folded name
        bool operator==(const Key&) const = default;
    };
    using Contents = std::map<std::string, Key>; // by folded path; the root is ""
    [[nodiscard]] const Contents& contents() const { return contents_; }
    void restore(Contents contents) { contents_ = std::move(contents); }

private:
    [[nodiscard]] std::optional<Error> next_call();
    [[nodiscard]] std::optional<Error> next_write();

    Contents contents_{{"", {}}};
    std::vector<RecordedWrite> writes_;
    int calls_ = 0;
    std::optional<std::pair<int, Error>> failure_;
    std::optional<Error> write_failure_;
};

} // namespace wta::test
