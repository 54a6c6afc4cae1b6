#include "common/certificate/chain.h"

#include "common/certificate/public_key.h"
#include "common/certificate/x509_access.h"

#include <fmt/format.h>
#include <openssl/x509_vfy.h>

#include <algorithm>
#include <optional>
#include <utility>

namespace wta {
namespace {

struct FreeStack {
    void operator()(STACK_OF(X509) * stack) const { sk_X509_free(stack); }
};
using Stack = std::unique_ptr<STACK_OF(X509), FreeStack>; // of certificates that others own
using Store = std::unique_ptr<X509_STORE, Free<X509_STORE_free>>;
using Context = std::unique_ptr<X509_STORE_CTX, Free<X509_STORE_CTX_free>>;

struct Candidate {
    X509Handle x509;
    bool in_root = false;
    bool distrusted = false;
    bool reached = false; // may stand in a chain of the leaf
};

bool verifies(X509* certificate, const X509* issuer) {
    EVP_PKEY* key = X509_get0_pubkey(issuer);
    return cheap_to_use(key) && X509_verify(certificate, key) == 1;
}

// A certificate in Root that somebody else issued is no end of a chain for Windows either. OpenSSL asks for
// equal names by itself, but believes them.
bool is_anchor(const Candidate& candidate) {
    return candidate.in_root && verifies(candidate.x509.get(), candidate.x509.get());
}

std::vector<Candidate> parse_candidates(const ChainStores& stores) {
    std::vector<Candidate> candidates;
    const auto add = [&candidates, &stores](const std::vector<Bytes>& certificates, bool in_root) {
        for (const Bytes& der : certificates) {
            auto parsed = parse_x509(der);
            if (!parsed.x509 || parsed.size != der.size()) continue;
            candidates.push_back(
                {std::move(parsed.x509), in_root, stores.distrusted.contains(sha256_of(der))});
        }
    };
    add(stores.roots, true);
    add(stores.intermediates, false);
    return candidates;
}

// Marks the possible issuers of `child`, a self-signed one being its own, and returns those not met before.
// Of several with its issuer's name, the keys of a renewed CA, only those count whose key made the signature;
// when none did, all stay, so that it shows as broken.
std::vector<X509*> reach_issuers(X509* child, std::vector<Candidate>& candidates) {
    std::vector<Candidate*> named;
    for (auto& candidate : candidates)
        if (X509_check_issued(candidate.x509.get(), child) == X509_V_OK ||
            X509_cmp(candidate.x509.get(), child) == 0)
            named.push_back(&candidate);
    const auto made_it = [child](const Candidate* candidate) {
        return verifies(child, candidate->x509.get());
    };
    std::vector<Candidate*> makers;
    std::ranges::copy_if(named, std::back_inserter(makers), made_it);
    std::vector<X509*> fresh;
    for (Candidate* candidate : makers.empty() ? named : makers)
        if (!std::exchange(candidate->reached, true)) fresh.push_back(candidate->x509.get());
    return fresh;
}

// Only what can be reached is judged: a machine has hundreds of roots, and a chain needs a few.
void reach_from(X509* leaf, std::vector<Candidate>& candidates) {
    constexpr std::size_t enough = 64; // thousands of certificates with one name must not cost minutes
    std::vector<X509*> family{leaf};
    for (std::size_t i = 0; i < std::min(family.size(), enough); ++i) {
        const auto fresh = reach_issuers(family[i], candidates);
        family.insert(family.end(), fresh.begin(), fresh.end());
    }
}

// What OpenSSL found, and the certificates that it went through.
struct Attempt {
    int error = X509_V_ERR_UNSPECIFIED;
    std::string decided_by;    // subject of the certificate at which it ended
    std::vector<Bytes> passed; // DER, without the leaf
};

void set_parameters(X509_STORE_CTX* context, Timestamp time) {
    X509_VERIFY_PARAM* parameters = X509_STORE_CTX_get0_param(context);
    X509_VERIFY_PARAM_set_flags(parameters, X509_V_FLAG_TRUSTED_FIRST);
    X509_VERIFY_PARAM_set_time(parameters, time.time_since_epoch().count());
    X509_VERIFY_PARAM_set_auth_level(parameters,
                                     0); // old enterprise roots are weak, and are this machine's decision
}

Attempt describe(X509_STORE_CTX* context, bool succeeded) {
    Attempt attempt;
    attempt.error = succeeded ? X509_V_OK : X509_STORE_CTX_get_error(context);
    const STACK_OF(X509)* chain = X509_STORE_CTX_get0_chain(context);
    const int length = chain == nullptr ? 0 : sk_X509_num(chain);
    for (int i = 1; i < length; ++i) attempt.passed.push_back(encoding_of(sk_X509_value(chain, i)));
    const X509* decided_by =
        succeeded && length > 0 ? sk_X509_value(chain, length - 1) : X509_STORE_CTX_get_current_cert(context);
    if (decided_by != nullptr) attempt.decided_by = name_line(X509_get_subject_name(decided_by));
    return attempt;
}

Attempt build(X509* leaf, const std::vector<Candidate>& candidates, bool with_distrusted, Timestamp time) {
    const Store store(X509_STORE_new());
    const Stack others(sk_X509_new_null());
    const Context context(X509_STORE_CTX_new());
    if (!store || !others || !context) return {};
    for (const auto& candidate : candidates) {
        X509* x509 = candidate.x509.get();
        if (!candidate.reached || (candidate.distrusted && !with_distrusted)) continue;
        if (is_anchor(candidate))
            X509_STORE_add_cert(store.get(), x509);
        else
            sk_X509_push(others.get(), x509);
    }
    if (X509_STORE_CTX_init(context.get(), store.get(), leaf, others.get()) != 1) return {};
    set_parameters(context.get(), time);
    return describe(context.get(), X509_verify_cert(context.get()) == 1);
}

bool stops_short(int error) {
    return error == X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT ||
           error == X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY ||
           error == X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE;
}

ChainVerdict verdict_on(const Attempt& attempt) {
    if (stops_short(attempt.error))
        return {ChainStatus::issuer_not_found,
                fmt::format("the issuer of '{}' is in no store of this machine", attempt.decided_by)};
    if (attempt.error == X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN ||
        attempt.error == X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT)
        return {
            ChainStatus::issuer_not_trusted,
            fmt::format("the chain ends in '{}', which is in neither Root nor AuthRoot", attempt.decided_by)};
    return {ChainStatus::issuer_not_trusted, fmt::format("the chain breaks at '{}': {}", attempt.decided_by,
                                                         X509_verify_cert_error_string(attempt.error))};
}

// The subject of a distrusted certificate that the attempt went through.
std::optional<std::string> passed_distrusted(const Attempt& attempt, const std::set<Sha256>& distrusted) {
    const auto found = std::ranges::find_if(
        attempt.passed, [&distrusted](const Bytes& der) { return distrusted.contains(sha256_of(der)); });
    if (found == attempt.passed.end()) return std::nullopt;
    const auto parsed = parse_x509(*found);
    return name_line(X509_get_subject_name(parsed.x509.get()));
}

} // namespace

ChainVerdict judge_chain(ByteView leaf, const ChainStores& stores, Timestamp now) {
    const ErrorQueueGuard guard;
    const auto parsed = parse_x509(leaf);
    const auto not_before = parsed.x509 ? timestamp_of(X509_get0_notBefore(parsed.x509.get())) : std::nullopt;
    const auto not_after = parsed.x509 ? timestamp_of(X509_get0_notAfter(parsed.x509.get())) : std::nullopt;
    if (!not_before || !not_after || parsed.size != leaf.size())
        return {ChainStatus::issuer_not_trusted, "the certificate itself cannot be read"};
    // OpenSSL counts the last second of a validity as expired already.
    const Timestamp time = std::max(*not_before, std::min(now, *not_after - std::chrono::seconds{1}));

    auto candidates = parse_candidates(stores);
    reach_from(parsed.x509.get(), candidates);
    const Attempt clean = build(parsed.x509.get(), candidates, false, time);
    if (clean.error == X509_V_OK)
        return {ChainStatus::trusted,
                fmt::format("the chain ends in the trusted root '{}'", clean.decided_by)};
    const Attempt with_distrusted = build(parsed.x509.get(), candidates, true, time);
    if (const auto subject = passed_distrusted(with_distrusted, stores.distrusted))
        return {ChainStatus::issuer_not_trusted,
                fmt::format("the chain goes through '{}', which is distrusted", *subject)};
    return verdict_on(clean);
}

} // namespace wta
