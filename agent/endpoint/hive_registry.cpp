#include "agent/endpoint/hive_registry.h"

#include "agent/endpoint/hive_reader.h"
#include "agent/platform/c_error.h"
#include "agent/platform/file_tree.h"
#include "common/base/utf.h"
#include "common/ports/registry_path.h"

#include <hivex.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <cstring>

namespace wta {
namespace {

constexpr std::size_t longest_key_name = 255;      // characters; Windows' limit
constexpr std::size_t longest_value_name = 16'383; // likewise

// Stands for a name that has no UTF-8 form: it is listed, and nothing can ask for it.
constexpr std::string_view unreadable_name = "\xEF\xBF\xBD";

struct Free {
    void operator()(void* memory) const {
        std::free(memory); // NOLINT(cppcoreguidelines-no-malloc): what libhivex returns comes from malloc()
    }
};
template <class T>
using Owned = std::unique_ptr<T, Free>;

std::string quoted(std::string_view text) { return "\"" + printable(text) + "\""; }

std::unexpected<Error> read_failed(std::string_view doing, int number) {
    // Without a handle left, libhivex cannot open its converter of names and says EBADF afterwards.
    if (number == ENOMEM || number == EMFILE || number == ENFILE || number == EBADF)
        return refuse(ReasonCode::out_of_resources,
                      std::string(doing) + ": " + platform::describe_errno(number), ErrorCode::exhausted,
                      number);
    return refuse(ReasonCode::image_damaged,
                  std::string(doing) + ": libhivex says " + platform::describe_errno(number) +
                      "; the hive is damaged there",
                  ErrorCode::unusable, number);
}

// Names may hold NUL characters, so the length comes from libhivex and not from the terminator.
std::string take_name(const Owned<char>& name, std::size_t length) { return {name.get(), length}; }

bool is_unconvertible(int number) { return number == EILSEQ || number == EINVAL; }

// The type is any 32-bit number; the enumeration of libhivex has room for a few only.
static_assert(sizeof(hive_type) == sizeof(std::uint32_t));
std::uint32_t number_of(const hive_type& type) {
    std::uint32_t number = 0;
    std::memcpy(&number, &type, sizeof number);
    return number;
}

bool is_ascii_name(std::string_view name) {
    return std::ranges::all_of(name, [](char c) { return c >= ' ' && c <= '~'; });
}

// libhivex hashes and sorts other letters differently from Windows, which would then not find the key.
Result<void> check_key_names(std::string_view key) {
    for (const std::string_view part : split_key_path(key)) {
        if (part.size() > longest_key_name || !is_ascii_name(part)) {
            return fail(ErrorCode::invalid,
                        "key " + quoted(key) + " has a name that cannot be created in an image");
        }
    }
    return {};
}

Result<void> check_value_name(std::string_view name) {
    if (name.size() > longest_value_name || name.find('\0') != std::string_view::npos ||
        !is_valid_utf8(name)) {
        return fail(ErrorCode::invalid, "a value cannot be called " + quoted(name));
    }
    return {};
}

// Handles of libhivex are offsets in the file, those of cells count from the end of the base block.
std::uint32_t cell_of(std::size_t handle) {
    return static_cast<std::uint32_t>(handle - hive_base_block_size);
}

Result<std::vector<std::size_t>> handles_of(const Result<std::vector<std::uint32_t>>& cells) {
    if (!cells) return std::unexpected(cells.error());
    std::vector<std::size_t> handles;
    handles.reserve(cells->size());
    for (const std::uint32_t cell : *cells) handles.push_back(hive_base_block_size + std::size_t{cell});
    return handles;
}

Result<std::string> readable(Result<std::optional<std::string>> name) {
    if (!name) return std::unexpected(std::move(name).error());
    return (*std::move(name)).value_or(std::string(unreadable_name));
}

// Up to the 0 at the end.
std::vector<std::size_t> to_vector(const std::size_t* handles) {
    std::vector<std::size_t> found;
    for (; *handles != 0; ++handles) found.push_back(*handles);
    return found;
}

} // namespace

void HiveRegistry::CloseHive::operator()(hive_h* hive) const { ::hivex_close(hive); }

std::unique_ptr<HiveRegistry> HiveRegistry::open(CheckedHive checked) {
    std::unique_ptr<HiveRegistry> registry(new HiveRegistry);
    registry->reload(std::move(checked));
    return registry;
}

Result<void> HiveRegistry::begin_writing(const std::filesystem::path& file, HiveTree tree) {
    close();
    const auto name = platform::name_for_libraries(file);
    if (!name) return std::unexpected(name.error());
    hive_.reset(::hivex_open(name->c_str(), HIVEX_OPEN_WRITE));
    const int number = errno;
    if (!hive_) {
        if (platform::code_of_errno(number) != ErrorCode::io)
            return platform::os_failure("open the hive", number);
        return read_failed("open the hive", number);
    }
    tree_ = std::move(tree);
    return {};
}

void HiveRegistry::reload(CheckedHive checked) {
    close();
    checked_ = std::move(checked);
}

void HiveRegistry::close() {
    forget_nodes();
    checked_nodes_.clear();
    checked_.reset();
    tree_ = {};
    changed_ = false;
    broken_.reset();
    hive_.reset();
}

Result<void> HiveRegistry::write_to(const std::filesystem::path& file) {
    WTA_TRY(may_write());
    const auto name = platform::name_for_libraries(file);
    if (!name) return std::unexpected(name.error());
    if (::hivex_commit(hive_.get(), name->c_str(), 0) != 0)
        return platform::os_failure("save the hive", errno);
    return {};
}

Result<void> HiveRegistry::may_write() const {
    if (broken_) return std::unexpected(*broken_);
    if (!hive_)
        return fail(ErrorCode::access_denied, "the image was opened for reading; no changes have been begun");
    return {};
}

std::unexpected<Error> HiveRegistry::write_failed(std::string_view doing, int number) {
    broken_ = Error{ErrorCode::io, std::string(doing) + ": libhivex says " + platform::describe_errno(number),
                    number, std::nullopt};
    forget_nodes();
    return std::unexpected(*broken_);
}

// Handles are offsets: a write may move or free what they point to.
void HiveRegistry::forget_nodes() {
    nodes_.clear();
    children_.clear();
}

// Before a write the whole hive was checked, and what libhivex adds to it needs no check.
Result<void> HiveRegistry::check_node(hive_node_h node) {
    if (!checked_ || !checked_nodes_.insert(node).second) return {};
    return check_hive_key(checked_->cells, cell_of(node));
}

// While reading, what follows looks into the cells that were checked; while writing, into what libhivex
// holds.

Result<hive_node_h> HiveRegistry::root() {
    if (checked_) return hive_node_h{hive_base_block_size} + checked_->cells.root();
    const hive_node_h node = ::hivex_root(hive_.get());
    if (node == 0) return read_failed("find the root key", errno);
    return node;
}

Result<std::vector<hive_node_h>> HiveRegistry::subkeys_of(hive_node_h node) {
    if (checked_) return handles_of(subkeys_in(checked_->cells, cell_of(node)));
    const Owned<hive_node_h> nodes(::hivex_node_children(hive_.get(), node));
    if (!nodes) return read_failed("read the sub-keys of a key", errno);
    return to_vector(nodes.get());
}

Result<std::vector<hive_value_h>> HiveRegistry::values_of(hive_node_h node) {
    if (checked_) return handles_of(values_in(checked_->cells, cell_of(node)));
    const Owned<hive_value_h> values(::hivex_node_values(hive_.get(), node));
    if (!values) return read_failed("read the values of a key", errno);
    return to_vector(values.get());
}

Result<std::string> HiveRegistry::key_name(hive_node_h node) {
    if (checked_) return readable(key_name_in(checked_->cells, cell_of(node)));
    const Owned<char> name(::hivex_node_name(hive_.get(), node));
    const int number = errno;
    if (name) return take_name(name, ::hivex_node_name_len(hive_.get(), node));
    if (is_unconvertible(number)) return std::string(unreadable_name);
    return read_failed("read the name of a key", number);
}

Result<std::string> HiveRegistry::value_name(hive_value_h value) {
    if (checked_) return readable(value_name_in(checked_->cells, cell_of(value)));
    const Owned<char> name(::hivex_value_key(hive_.get(), value));
    const int number = errno;
    if (name) return take_name(name, ::hivex_value_key_len(hive_.get(), value));
    if (is_unconvertible(number)) return std::string(unreadable_name);
    return read_failed("read the name of a value", number);
}

// libhivex looks a name up by reading the names of all siblings: that is done once for each key.
Result<const std::vector<HiveRegistry::Child>*> HiveRegistry::children_of(hive_node_h node) {
    if (const auto known = children_.find(node); known != children_.end()) return &known->second;
    WTA_TRY(check_node(node));
    const auto nodes = subkeys_of(node);
    if (!nodes) return std::unexpected(nodes.error());
    std::vector<Child> children;
    for (const hive_node_h next : *nodes) {
        auto name = key_name(next);
        if (!name) return std::unexpected(name.error());
        std::string folded = fold_case(*name);
        children.push_back({*std::move(name), std::move(folded), next});
    }
    return &children_.emplace(node, std::move(children)).first->second;
}

Result<hive_node_h> HiveRegistry::find(std::string_view key) {
    if (broken_) return std::unexpected(*broken_);
    if (!hive_ && !checked_) return fail(ErrorCode::unusable, "the hive could not be opened again");
    auto top = root();
    if (!top) return top;
    hive_node_h node = *top;
    std::string path;
    for (const std::string_view part : split_key_path(key)) {
        const std::string folded = fold_case(part);
        path += '\\';
        path += folded;
        if (const auto known = nodes_.find(path); known != nodes_.end()) {
            node = known->second;
        } else {
            const auto children = children_of(node);
            if (!children) return std::unexpected(children.error());
            const auto child = std::ranges::find(**children, folded, &Child::folded);
            node = child == (*children)->end() ? 0 : child->node;
            nodes_.emplace(path, node);
        }
        if (node == 0) return hive_node_h{0};
    }
    WTA_TRY(check_node(node));
    return node;
}

Result<hive_node_h> HiveRegistry::create_child(hive_node_h parent, std::string_view name,
                                               std::string_view key) {
    const auto siblings = children_of(parent);
    if (!siblings) return std::unexpected(siblings.error());
    if (std::ranges::find(**siblings, unreadable_name, &Child::name) != (*siblings)->end()) {
        // libhivex cannot compare with it, and in a wrong place Windows would not find the new key.
        return fail(
            ErrorCode::unusable,
            "key " + quoted(key) +
                " cannot be created in an image: a key beside it has a name that libhivex cannot read");
    }
    const hive_node_h child = ::hivex_node_add_child(hive_.get(), parent, std::string(name).c_str());
    const int number = errno;
    if (child == 0) return write_failed("create key " + quoted(key), number);
    changed_ = true;
    forget_nodes();
    return child;
}

Result<hive_node_h> HiveRegistry::find_or_create(std::string_view key) {
    auto present = find(key);
    if (!present || *present != 0) return present;
    WTA_TRY(check_key_names(key));
    hive_node_h node = ::hivex_root(hive_.get());
    std::string path;
    for (const std::string_view part : split_key_path(key)) {
        if (!path.empty()) path += '\\';
        path += part;
        auto found = find(path);
        if (!found) return found;
        const auto next = *found != 0 ? found : create_child(node, part, path);
        if (!next) return next;
        node = *next;
    }
    return node;
}

Result<std::optional<hive_value_h>> HiveRegistry::find_value(hive_node_h node, std::string_view name) {
    const auto values = values_of(node);
    if (!values) return std::unexpected(values.error());
    const std::string folded = fold_case(name);
    for (const hive_value_h next : *values) {
        const auto found = value_name(next);
        if (!found) return std::unexpected(found.error());
        if (fold_case(*found) == folded) return next;
    }
    return std::nullopt;
}

Result<RegistryValue> HiveRegistry::read_value(hive_value_h value) {
    if (checked_) return value_in(checked_->cells, cell_of(value));
    hive_type type{};
    std::size_t length = 0;
    if (::hivex_value_type(hive_.get(), value, &type, &length) != 0)
        return read_failed("read a value", errno);
    RegistryValue read{.type = number_of(type), .data = {}};
    if (length == 0) return read; // its place may point nowhere, and then libhivex refuses it
    const Owned<char> data(::hivex_value_value(hive_.get(), value, &type, &length));
    if (!data) return read_failed("read a value", errno);
    read.data = to_bytes(std::as_bytes(std::span(data.get(), length)));
    return read;
}

Result<std::vector<HiveRegistry::Entry>> HiveRegistry::entries_of(hive_node_h node) {
    const auto values = values_of(node);
    if (!values) return std::unexpected(values.error());
    std::vector<Entry> entries;
    for (const hive_value_h next : *values) {
        auto name = value_name(next);
        if (!name) return std::unexpected(name.error());
        auto value = read_value(next);
        if (!value) return std::unexpected(value.error());
        entries.push_back({*std::move(name), *std::move(value)});
    }
    return entries;
}

// libhivex can only replace all values of a key at once.
Result<void> HiveRegistry::rewrite(std::string_view key, hive_node_h node, std::vector<Entry>& entries) {
    if (const auto fixed = tree_.fixed_values.find(cell_of(node)); fixed != tree_.fixed_values.end()) {
        return fail(ErrorCode::unusable,
                    "key " + quoted(key) + " cannot be changed in an image: " + std::string(fixed->second));
    }
    std::vector<hive_set_value> values;
    char nothing = 0;
    for (Entry& entry : entries) {
        if (entry.name.find('\0') != std::string::npos || entry.name == unreadable_name) {
            return fail(
                ErrorCode::unusable,
                "key " + quoted(key) +
                    " cannot be changed in an image: a value in it has a name that libhivex cannot keep");
        }
        Bytes& data = entry.value.data;
        hive_set_value value{};
        value.key = entry.name.data();
        std::memcpy(&value.t, &entry.value.type, sizeof value.t);
        value.len = data.size();
        value.value = data.empty() ? &nothing : reinterpret_cast<char*>(data.data());
        values.push_back(value);
    }
    if (::hivex_node_set_values(hive_.get(), node, values.size(), values.data(), 0) != 0) {
        return write_failed("change key " + quoted(key), errno);
    }
    changed_ = true;
    forget_nodes();
    return {};
}

Result<std::optional<RegistryValue>> HiveRegistry::get(std::string_view key, std::string_view name) {
    const auto node = find(key);
    if (!node) return std::unexpected(node.error());
    if (*node == 0) return std::nullopt;
    const auto value = find_value(*node, name);
    if (!value) return std::unexpected(value.error());
    if (!*value) return std::nullopt;
    auto read = read_value(**value);
    if (!read) return within_context("value " + quoted(name) + " of key " + quoted(key), read.error());
    return *std::move(read);
}

Result<void> HiveRegistry::set(std::string_view key, std::string_view name, const RegistryValue& value) {
    WTA_TRY(may_write());
    WTA_TRY(check_value_name(name));
    if (value.data.size() > largest_image_value) {
        return fail(ErrorCode::too_large, "value " + quoted(name) + " of key " + quoted(key) + " has " +
                                              std::to_string(value.data.size()) +
                                              " bytes; an image can hold 16,000");
    }
    const auto node = find_or_create(key);
    if (!node) return std::unexpected(node.error());
    auto entries = entries_of(*node);
    if (!entries) return std::unexpected(entries.error());
    const std::string folded = fold_case(name);
    const auto present =
        std::ranges::find_if(*entries, [&](const Entry& e) { return fold_case(e.name) == folded; });
    if (present == entries->end()) {
        entries->push_back({std::string(name), value});
    } else {
        present->value = value;
    }
    return rewrite(key, *node, *entries);
}

Result<void> HiveRegistry::erase(std::string_view key, std::string_view name) {
    WTA_TRY(may_write());
    const auto node = find(key);
    if (!node) return std::unexpected(node.error());
    if (*node == 0) return {};
    auto entries = entries_of(*node);
    if (!entries) return std::unexpected(entries.error());
    const std::string folded = fold_case(name);
    if (std::erase_if(*entries, [&](const Entry& e) { return fold_case(e.name) == folded; }) == 0) return {};
    return rewrite(key, *node, *entries);
}

Result<void> HiveRegistry::erase_key(std::string_view key) {
    WTA_TRY(may_write());
    const auto node = find(key);
    if (!node) return std::unexpected(node.error());
    if (*node == 0) return {};
    if (*node == ::hivex_root(hive_.get())) return fail(ErrorCode::invalid, "the root key cannot be removed");
    const auto children = children_of(*node);
    if (!children) return std::unexpected(children.error());
    if (!(*children)->empty()) return fail(ErrorCode::invalid, "key " + quoted(key) + " has sub-keys");
    const hive_node_h parent = ::hivex_node_parent(hive_.get(), *node);
    for (const auto& [fixed, cell] :
         {std::pair(&tree_.fixed_keys, cell_of(*node)), std::pair(&tree_.fixed_subkeys, cell_of(parent))}) {
        if (const auto why = fixed->find(cell); why != fixed->end()) {
            return fail(ErrorCode::unusable, "key " + quoted(key) + " cannot be removed from an image: " +
                                                 std::string(why->second));
        }
    }
    if (::hivex_node_delete_child(hive_.get(), *node) != 0)
        return write_failed("remove key " + quoted(key), errno);
    changed_ = true;
    forget_nodes();
    return {};
}

Result<std::optional<KeyListing>> HiveRegistry::list(std::string_view key) {
    const auto node = find(key);
    if (!node) return std::unexpected(node.error());
    if (*node == 0) return std::nullopt;
    const auto children = children_of(*node);
    if (!children) return std::unexpected(children.error());
    KeyListing listing;
    for (const Child& child : **children) listing.subkeys.push_back(child.name);
    const auto values = values_of(*node);
    if (!values) return std::unexpected(values.error());
    for (const hive_value_h next : *values) {
        auto name = value_name(next);
        if (!name) return std::unexpected(name.error());
        listing.values.push_back(*std::move(name));
    }
    return listing;
}

} // namespace wta
