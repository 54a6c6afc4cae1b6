// One Windows machine to look at and to change: a live one or an image.
#pragma once

#include "common/base/result.h"
#include "common/base/time.h"
#include "common/certificate/chain.h"
#include "common/ports/registry.h"
#include "common/ports/store_writer.h"
#include "common/trust/owner.h"

#include <functional>
#include <string>

namespace wta {

enum class EndpointKind { live, image };

// What the caller is going to do: to change, it takes the lock of the endpoint before it looks, so that two
// runs never interleave.
enum class Use { look, change };

struct EndpointDescription {
    EndpointKind kind{};
    std::string name; // the computer's name, or the path of the hive as the user would type it
    bool operator==(const EndpointDescription&) const = default;
};

// Not thread-safe. Order of calls: look; begin_changes(); change; commit().
class Endpoint {
public:
    virtual ~Endpoint() = default;

    [[nodiscard]] virtual EndpointDescription description() const = 0;

    // Reading works at any time; writing only between begin_changes() and commit(), otherwise access_denied.
    [[nodiscard]] virtual Registry& registry() = 0;
    [[nodiscard]] virtual StoreWriter& store_writer() = 0;

    // Where a look may leave its history, writable without begin_changes() and without the lock, below the
    // agent's own key only. Null when a look leaves nothing behind (an image), or may not (a right is
    // missing).
    [[nodiscard]] virtual Registry* history() = 0;

    // What Group Policy keeps on the disk of a machine: evidence of who sets the policy value. What is
    // absent, cannot be read, could be changed by ordinary users, or is too large is nothing; so is all of it
    // on an image.
    [[nodiscard]] virtual PolicyFiles policy_files() = 0;

    // Windows' own verdict where there is a Windows; otherwise judge_chain() over `stores`.
    [[nodiscard]] virtual ChainVerdict chain_verdict(ByteView leaf, const ChainStores& stores,
                                                     Timestamp now) = 0;

    // Makes sure that changes can be made at all before the first one is tried. Nothing is written by it.
    // Errors: access_denied (a right is missing, or opened to look only), read_only, busy (begun already),
    // unusable (changed since it was looked at), not_found, exhausted, io.
    virtual Result<void> begin_changes() = 0;

    // Makes the changes permanent. `verify` looks at the result as the next run will read it and returns an
    // error when it is not what was meant; then, and on every other failure, an image is as it was before,
    // but for the reason not_verified: then it has been replaced and may not outlast a power failure. A live
    // machine has nothing to do but call `verify`. Errors: what `verify` returns, and access_denied (also:
    // nothing was begun), read_only, busy, too_large, unusable, not_found, exhausted, io.
    using Verify = std::function<Result<void>(Registry&)>;
    virtual Result<void> commit(const Verify& verify) = 0;
};

} // namespace wta
