// Disturbs one call of a run: the process dies there, or the call fails. Decorators around every port that
// share one sequence of calls, so that "the n-th call" means the n-th of the run, whatever the port.
#pragma once

#include "agent/endpoint/endpoint.h"
#include "common/ports/transport.h"

#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

namespace wta::test {

enum class PortCall {
    get,
    set,
    erase,
    erase_key,
    list,
    add,
    adopt,
    remove,
    history, // any call where a look leaves its history
    chain_verdict,
    begin_changes,
    commit,
    fetch,
};

// The call may leave something behind on the endpoint.
[[nodiscard]] bool may_write(PortCall call);

// Every error that the contract above the port's method names.
[[nodiscard]] std::vector<ErrorCode> permitted_errors(PortCall call);

// What the process dies of. No std::exception, so that nothing between the port and the test can take it for
// an error of its own. Unwinding runs destructors, which a real death does not: on an image they would remove
// the temporary file and give the lock back. So images die in a process of their own; and the program itself
// is killed at every system call by e2e/test_kill.py.
struct Died {};

class Disturbance {
public:
    enum class Kind {
        none,
        dies_before, // the call was not passed on
        dies_after,  // it was, and its answer was never seen
        fails,       // it was not passed on
        lies,        // it was passed on, and fails all the same
    };

    Disturbance() = default; // none: counts only
    Disturbance(Kind kind, int at, Error error = {}) : kind_(kind), at_(at), error_(std::move(error)) {}

    void die_by(std::function<void()> death) { death_ = std::move(death); }

    struct Call {
        PortCall call{};
        std::string key; // of the registry, when it is one of its calls
    };
    // In order; a call counts before it is made.
    [[nodiscard]] const std::vector<Call>& calls() const { return calls_; }
    [[nodiscard]] bool happened() const { return at_ > 0 && std::cmp_greater_equal(calls_.size(), at_); }

    template <class T, class PassOn>
    T around(PortCall call, std::string_view key, const PassOn& pass_on) {
        const bool now = count(call, key);
        if (now && kind_ == Kind::dies_before) death_();
        if constexpr (!std::is_same_v<T, ChainVerdict>) {
            if (now && kind_ == Kind::fails) return std::unexpected(error_);
        }
        T answer = pass_on();
        if (now && kind_ == Kind::dies_after) death_();
        if constexpr (!std::is_same_v<T, ChainVerdict>) {
            if (now && kind_ == Kind::lies) return std::unexpected(error_);
        }
        return answer;
    }

private:
    bool count(PortCall call, std::string_view key) {
        const std::lock_guard lock(mutex_); // fetches come from several threads
        calls_.push_back({call, std::string(key)});
        return std::cmp_equal(calls_.size(), at_);
    }

    std::mutex mutex_;
    std::vector<Call> calls_;
    Kind kind_ = Kind::none;
    int at_ = 0; // from 1
    Error error_;
    std::function<void()> death_ = [] { throw Died(); };
};

class DisturbedRegistry : public Registry {
public:
    enum class Of { endpoint, history };
    DisturbedRegistry(Registry& registry, Disturbance& disturbance, Of of = Of::endpoint)
        : registry_(registry), disturbance_(disturbance), of_(of) {}

    Result<std::optional<RegistryValue>> get(std::string_view key, std::string_view name) override;
    Result<void> set(std::string_view key, std::string_view name, const RegistryValue& value) override;
    Result<void> erase(std::string_view key, std::string_view name) override;
    Result<void> erase_key(std::string_view key) override;
    Result<std::optional<KeyListing>> list(std::string_view key) override;

private:
    [[nodiscard]] PortCall of(PortCall call) const { return of_ == Of::history ? PortCall::history : call; }

    Registry& registry_;
    Disturbance& disturbance_;
    Of of_;
};

class DisturbedEndpoint : public Endpoint {
public:
    DisturbedEndpoint(Endpoint& endpoint, Disturbance& disturbance);

    [[nodiscard]] EndpointDescription description() const override { return endpoint_.description(); }
    [[nodiscard]] Registry& registry() override { return registry_; }
    [[nodiscard]] StoreWriter& store_writer() override { return writer_; }
    [[nodiscard]] Registry* history() override { return history_.get(); }
    [[nodiscard]] PolicyFiles policy_files() override { return endpoint_.policy_files(); }
    [[nodiscard]] ChainVerdict chain_verdict(ByteView leaf, const ChainStores& stores,
                                             Timestamp now) override;
    Result<void> begin_changes() override;
    Result<void> commit(const Verify& verify) override; // what `verify` reads counts, too

private:
    class Writer : public StoreWriter {
    public:
        Writer(Endpoint& endpoint, Disturbance& disturbance)
            : endpoint_(endpoint), disturbance_(disturbance) {}
        Result<void> add(StoreName store, const StoredCertificate& entry) override;
        Result<void> adopt(StoreName store, const Thumbprint& thumbprint,
                           bool limit_to_code_signing) override;
        Result<void> remove(StoreName store, const Thumbprint& thumbprint) override;

    private:
        Endpoint& endpoint_;
        Disturbance& disturbance_;
    };

    Endpoint& endpoint_;
    Disturbance& disturbance_;
    DisturbedRegistry registry_;
    Writer writer_;
    std::unique_ptr<DisturbedRegistry> history_;
};

class DisturbedTransport : public Transport {
public:
    DisturbedTransport(Transport& transport, Disturbance& disturbance)
        : transport_(transport), disturbance_(disturbance) {}
    Result<FetchResponse> fetch(const FetchRequest& request) override;

private:
    Transport& transport_;
    Disturbance& disturbance_;
};

} // namespace wta::test
