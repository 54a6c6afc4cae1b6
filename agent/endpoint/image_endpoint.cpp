#include "agent/endpoint/image_endpoint.h"

#include "agent/endpoint/hive_registry.h"
#include "agent/endpoint/image_file.h"
#include "agent/platform/crash_guard.h"
#include "agent/platform/file_tree.h"
#include "agent/platform/folder_lock.h"
#include "agent/platform/replacement_file.h"
#include "common/base/utf.h"
#include "common/trust/registry_store_writer.h"

#include <utility>

namespace wta {
namespace {

namespace fs = std::filesystem;

std::string quoted(const fs::path& path) { return "\"" + printable(platform::text_of(path)) + "\""; }

std::unexpected<Error> changed_meanwhile(const fs::path& file) {
    return refuse(ReasonCode::image_changed,
                  "image " + quoted(file) +
                      " was changed by something else while it was worked on; nothing was written. Run again",
                  ErrorCode::unusable);
}

Result<void> check_unchanged(const ImageFile& image, const platform::FileIdentity& before) {
    const auto now = platform::identify(image.real);
    if (!now || *now != before) return changed_meanwhile(image.typed);
    return {};
}

// The codes that the operating system's answer stands for in a report.
std::unexpected<Error> explained(const ImageFile& image, const Error& error) {
    Error reasoned = error;
    reasoned.message = "image " + quoted(image.typed) + ": " + error.message;
    if (!reasoned.reason && error.code == ErrorCode::access_denied)
        reasoned.reason = ReasonCode::access_denied;
    if (!reasoned.reason && error.code == ErrorCode::read_only) reasoned.reason = ReasonCode::image_read_only;
    if (!reasoned.reason && error.code == ErrorCode::busy) { // of the file; the lock has its own reason
        reasoned.reason = ReasonCode::image_in_use;
        reasoned.code = ErrorCode::unusable;
    }
    return std::unexpected(std::move(reasoned));
}

// Where nothing could be looked at yet, there is no change that could fail: the image cannot be used.
Error before_the_first_look(Error error) {
    if (error.code == ErrorCode::io) error.code = ErrorCode::unusable;
    return error;
}

// Removes the file that a crash would leave behind, for as long as it lives.
class ForgottenAtCrash {
public:
    explicit ForgottenAtCrash(const fs::path& file) { platform::CrashGuard::set_temporary_file(file); }
    ~ForgottenAtCrash() { platform::CrashGuard::set_temporary_file({}); }
    ForgottenAtCrash(const ForgottenAtCrash&) = delete;
    ForgottenAtCrash& operator=(const ForgottenAtCrash&) = delete;
};

class ImageEndpoint : public Endpoint {
public:
    explicit ImageEndpoint(ImageFile image) : image_(std::move(image)) {}

    // To change it, the lock is taken before the first look, so that two runs never interleave.
    Result<void> open(Use use) {
        if (use == Use::change) {
            auto lock = platform::FolderLock::acquire_without_trace(image_.real.parent_path());
            if (!lock) return explained(image_, before_the_first_look(lock.error()));
            lock_ = *std::move(lock);
            platform::remove_stale_replacements(
                image_.real); // of a run that was killed; nobody else can be at work now
        }
        auto checked = check_image(image_.real, image_.real);
        if (!checked) return std::unexpected(checked.error());
        identity_ = checked->file.identity();
        registry_ = HiveRegistry::open(*std::move(checked));
        WTA_TRY(check_unchanged(image_, identity_));
        return check_kind();
    }

    [[nodiscard]] EndpointDescription description() const override {
        return {.kind = EndpointKind::image, .name = platform::text_of(image_.typed)};
    }
    [[nodiscard]] Registry& registry() override { return *registry_; }
    [[nodiscard]] StoreWriter& store_writer() override {
        if (!store_writer_) store_writer_ = std::make_unique<RegistryStoreWriter>(*registry_);
        return *store_writer_;
    }
    [[nodiscard]] Registry* history() override { return nullptr; }
    [[nodiscard]] PolicyFiles policy_files() override { return {}; }
    [[nodiscard]] ChainVerdict chain_verdict(ByteView leaf, const ChainStores& stores,
                                             Timestamp now) override {
        return judge_chain(leaf, stores, now);
    }

    Result<void> begin_changes() override {
        if (!lock_)
            return fail(ErrorCode::access_denied,
                        "image " + quoted(image_.typed) + " was opened to be looked at only");
        if (changing_)
            return fail(ErrorCode::busy,
                        "changes to image " + quoted(image_.typed) + " have already been begun");
        if (const auto may = platform::may_replace(image_.real); !may) return explained(image_, may.error());
        if (const auto begun = begin_writing(); !begun) {
            const auto reloaded = read_again();
            return reloaded ? begun : reloaded;
        }
        changing_ = true;
        return {};
    }

    Result<void> commit(const Verify& verify) override {
        if (!changing_)
            return fail(ErrorCode::access_denied,
                        "no changes to image " + quoted(image_.typed) + " have been begun");
        auto saved = registry_->changed() ? save(verify) : verify(*registry_);
        changing_ = false;
        // Unreadable from now on, it still was saved, or was not: every further look says so itself.
        static_cast<void>(read_again());
        return saved;
    }

private:
    Result<void> check_kind() {
        const auto root = registry_->list("");
        if (!root) return explained(image_, root.error());
        const auto other = other_hive((*root)->subkeys);
        if (!other) return {};
        return refuse(ReasonCode::image_not_software,
                      "image " + quoted(image_.typed) + " is no SOFTWARE hive; it looks like " + *other +
                          ". Name the file Windows/System32/config/SOFTWARE",
                      ErrorCode::unusable);
    }

    Result<void> begin_writing() {
        WTA_TRY(check_unchanged(image_, identity_));
        const auto checked = check_image(image_.real, image_.real);
        if (!checked) return std::unexpected(checked.error());
        auto tree = check_hive_tree(checked->cells);
        if (!tree) return explained(image_, tree.error());
        if (const auto begun = registry_->begin_writing(image_.real, *std::move(tree)); !begun) {
            return explained(image_, begun.error());
        }
        return check_unchanged(image_, identity_);
    }

    // What was written and not saved is gone.
    Result<void> read_again() {
        registry_->close();
        auto checked = check_image(image_.real, image_.real);
        if (!checked) return std::unexpected(checked.error());
        registry_->reload(*std::move(checked));
        return {};
    }

    // A new file that holds what was meant takes the place of the old one; until then the old one is not
    // touched.
    Result<void> save(const Verify& verify) {
        auto replacement = platform::ReplacementFile::create(image_.real);
        if (!replacement) return explained(image_, replacement.error());
        const ForgottenAtCrash forgotten(replacement->path());
        if (const auto written = registry_->write_to(replacement->path()); !written)
            return explained(image_, written.error());
        WTA_TRY(verify_file(replacement->path(), verify));
        if (const auto same = replacement->take_attributes(); !same) return explained(image_, same.error());
        if (const auto durable = replacement->sync(); !durable) return explained(image_, durable.error());
        WTA_TRY(check_unchanged(image_, identity_));
        const auto replaced = replacement->replace();
        const auto now = platform::identify(image_.real);
        identity_ = now ? *now : platform::FileIdentity(); // unknown, no further change can be begun
        if (!replaced) return explained(image_, replaced.error());
        return {};
    }

    // As the next run will read it.
    Result<void> verify_file(const fs::path& file, const Verify& verify) {
        auto checked = check_image(file, image_.real);
        if (!checked) return std::unexpected(checked.error());
        if (const auto tree = check_hive_tree(checked->cells); !tree) return explained(image_, tree.error());
        return verify(*HiveRegistry::open(*std::move(checked)));
    }

    platform::CrashGuard guard_; // first: outlives everything that maps the hive
    ImageFile image_;
    platform::FileIdentity identity_; // of the file that was looked at
    std::unique_ptr<HiveRegistry> registry_;
    std::unique_ptr<RegistryStoreWriter> store_writer_;
    std::optional<platform::FolderLock> lock_; // opened to be changed
    bool changing_ = false;                    // between begin_changes() and commit()
};

} // namespace

Result<std::unique_ptr<Endpoint>> open_image(const fs::path& path, Use use, const MakeLastWords& last_words) {
    const auto prepare = [&last_words](const std::string& name) {
        if (last_words) platform::CrashGuard::prepare(last_words(name));
    };
    prepare(platform::text_of(path));
    for (int attempt = 0;; ++attempt) {
        auto image = locate_image(path);
        if (!image) return std::unexpected(image.error());
        auto endpoint = std::make_unique<ImageEndpoint>(*std::move(image));
        const auto opened = endpoint->open(use);
        if (opened) {
            prepare(endpoint->description().name);
            return endpoint;
        }
        // Another run has just put a new file in its place: one more look finds that.
        if (opened.error().reason != ReasonCode::image_changed || attempt > 0)
            return std::unexpected(opened.error());
    }
}

} // namespace wta
