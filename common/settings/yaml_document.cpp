#include "common/settings/yaml_document.h"

#include "common/base/utf.h"

#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/mark.h>
#include <yaml-cpp/parser.h>

#include <algorithm>
#include <exception>
#include <sstream>
#include <tuple>
#include <utility>

namespace wta {

namespace {

constexpr std::size_t max_reported = 100; // errors of one kind; a file with more has one cause

// Leaves the parser; caught by parse_yaml.
struct Stop {
    TextError error;
};

// Is what starts with a quotation mark ended by one? The library takes the end of the text for it when a line
// break is before that, and everything in between for one value.
bool is_closed(std::string_view text) {
    if (!text.starts_with('"') && !text.starts_with('\'')) return true;
    const char quote = text.front();
    for (std::size_t i = 1; i < text.size(); ++i) {
        if (quote == '"' ? text[i] == '\\' : text.substr(i).starts_with("''"))
            ++i;
        else if (text[i] == quote)
            return true;
    }
    return false;
}

class TreeBuilder final : public YAML::EventHandler {
public:
    TreeBuilder(std::string_view text, YamlDocument& document)
        : text_(text), positions_(text), document_(document) {}

    [[nodiscard]] TextPosition position(const YAML::Mark& mark) const {
        return mark.is_null() || mark.pos < 0 ? TextPosition{}
                                              : positions_.at(static_cast<std::size_t>(mark.pos));
    }

    void OnDocumentStart(const YAML::Mark& mark) override {
        if (++documents_ > 1)
            throw Stop{{position(mark),
                        "a second YAML document starts here; settings are one, remove the line \"---\""}};
    }

    void OnDocumentEnd() override {}

    void OnNull(const YAML::Mark& mark, YAML::anchor_t /*anchor*/) override {
        YamlNode node;
        node.position = absent_position(mark);
        add(std::move(node));
    }

    void OnAlias(const YAML::Mark& mark, YAML::anchor_t /*anchor*/) override {
        report(position(mark), "an alias (*) is not allowed; write the value out");
        OnNull(mark, 0);
    }

    void OnAnchor(const YAML::Mark& mark, const std::string& /*name*/) override {
        report(position(mark), "an anchor (&) is not allowed; text that starts with \"&\" needs quotes");
    }

    void OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t /*anchor*/,
                  const std::string& value) override {
        check_tag(mark, tag);
        if (tag == "!" && mark.pos >= 0 &&
            !is_closed(text_.substr(std::min(static_cast<std::size_t>(mark.pos), text_.size()))))
            throw Stop{{position(mark), "this quotation mark is not closed"}};
        YamlNode node;
        node.kind = YamlNode::Kind::scalar;
        node.position = position(mark);
        node.text = value;
        node.quoted = tag == "!";
        add(std::move(node));
    }

    void OnSequenceStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t /*anchor*/,
                         YAML::EmitterStyle::value /*style*/) override {
        start(YamlNode::Kind::sequence, mark, tag);
    }

    void OnSequenceEnd() override { end(); }

    void OnMapStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t /*anchor*/,
                    YAML::EmitterStyle::value /*style*/) override {
        start(YamlNode::Kind::mapping, mark, tag);
    }

    void OnMapEnd() override {
        report_duplicates(open_.back());
        end();
    }

private:
    void report(const TextPosition& where, std::string message) {
        if (document_.errors.size() < max_reported) document_.errors.push_back({where, std::move(message)});
    }

    void check_tag(const YAML::Mark& mark, const std::string& tag) {
        if (tag != "?" && tag != "!")
            report(position(mark), "a tag (!) is not allowed; text that starts with \"!\" needs quotes");
    }

    // The parser marks an absent value with what follows it. In a list the dash before it is where people
    // look.
    [[nodiscard]] TextPosition absent_position(const YAML::Mark& mark) const {
        if (open_.empty() || open_.back().kind != YamlNode::Kind::sequence || mark.pos <= 0)
            return position(mark);
        const std::size_t offset = std::min(static_cast<std::size_t>(mark.pos), text_.size());
        const bool written = offset < text_.size() && std::string_view("~nN").contains(text_[offset]);
        const std::size_t near = offset - std::min<std::size_t>(offset, 256);
        const std::size_t dash = text_.substr(near, offset - near).rfind('-');
        return written || dash == std::string_view::npos ? position(mark) : positions_.at(near + dash);
    }

    void start(YamlNode::Kind kind, const YAML::Mark& mark, const std::string& tag) {
        check_tag(mark, tag);
        if (open_.size() >= max_yaml_depth)
            throw Stop{{position(mark), "lists and mappings are nested deeper than " +
                                            std::to_string(max_yaml_depth) + " levels; settings need four"}};
        count(position(mark));
        YamlNode node;
        node.kind = kind;
        node.position = position(mark);
        take_key(node);
        open_.push_back(std::move(node));
        key_.emplace_back();
    }

    void end() {
        YamlNode node = std::move(open_.back());
        open_.pop_back();
        key_.pop_back();
        put(std::move(node));
    }

    void add(YamlNode node) {
        count(node.position);
        if (open_.empty() || open_.back().kind != YamlNode::Kind::mapping || key_.back().has_value()) {
            take_key(node);
            put(std::move(node));
            return;
        }
        if (node.kind == YamlNode::Kind::null) report(node.position, "a key is missing before the colon");
        key_.back() = Key{std::move(node.text), node.position};
    }

    // A value in a mapping takes the key that came before it.
    void take_key(YamlNode& node) {
        if (open_.empty() || open_.back().kind != YamlNode::Kind::mapping) return;
        auto& key = key_.back();
        if (!key)
            throw Stop{{node.position, "a list or mapping stands where a key should be; text that starts "
                                       "with \"[\" or \"{\" needs quotes"}};
        node.key = std::move(key->text);
        node.key_position = key->position;
        if (node.kind == YamlNode::Kind::null) node.position = node.key_position;
        key.reset();
    }

    void put(YamlNode node) {
        if (open_.empty())
            document_.root = std::move(node);
        else
            open_.back().children.push_back(std::move(node));
    }

    void count(const TextPosition& where) {
        if (++nodes_ > max_yaml_nodes)
            throw Stop{{where, "more than 200,000 keys and values; settings never need so many"}};
    }

    void report_duplicates(const YamlNode& mapping) {
        std::vector<const YamlNode*> sorted;
        sorted.reserve(mapping.children.size());
        for (const YamlNode& child : mapping.children) sorted.push_back(&child);
        std::ranges::sort(sorted, {}, [](const YamlNode* node) {
            return std::tuple(std::string_view(node->key), node->key_position);
        });
        const YamlNode* first = nullptr;
        for (const YamlNode* node : sorted) {
            if (first != nullptr && first->key == node->key)
                report(node->key_position,
                       "the key \"" + printable(node->key, 100) + "\" was given before, on line " +
                           std::to_string(first->key_position.line) + "; keep one of the two");
            else
                first = node;
        }
    }

    struct Key {
        std::string text;
        TextPosition position;
    };

    std::string_view text_;
    TextPositions positions_;
    YamlDocument& document_;
    std::vector<YamlNode> open_;          // the collections around the next node, outermost first
    std::vector<std::optional<Key>> key_; // of each of them: the key that waits for its value
    std::size_t nodes_ = 0;
    int documents_ = 0;
};

// The line of an error starts with a tab: the most frequent cause, which the parser does not name.
bool indented_with_tab(std::string_view text, int line) {
    std::size_t start = 0;
    for (int i = 1; i < line; ++i) {
        const std::size_t end = text.find('\n', start);
        if (end == std::string_view::npos) return false;
        start = end + 1;
    }
    const std::size_t content = text.find_first_not_of(" \t", start);
    return text.substr(start, content == std::string_view::npos ? content : content - start).find('\t') !=
           std::string_view::npos;
}

// The parser's words, and what an administrator does about them.
std::string explain(std::string_view text, int line, const std::string& message) {
    std::string explained = "this is not valid YAML (" + printable(message, 200) + "); ";
    if (line > 0 && indented_with_tab(text, line))
        return explained + "the line is indented with a tab: use spaces";
    if (message.starts_with(YAML::ErrorMsg::INVALID_ESCAPE) || message == YAML::ErrorMsg::INVALID_HEX)
        return explained + "in double quotes a backslash is special: write Windows paths without quotes or "
                           "in single quotes";
    if (message == YAML::ErrorMsg::MAP_VALUE)
        return explained +
               "text that contains \": \" needs quotes, and keys of one group start in the same column";
    if (message == YAML::ErrorMsg::UNKNOWN_TOKEN)
        return explained + "text that starts with @, ` or % needs quotes";
    if (message == YAML::ErrorMsg::END_OF_SEQ_FLOW || message == YAML::ErrorMsg::END_OF_MAP_FLOW)
        return explained + "a bracket is not closed, or a comma is missing";
    if (message == YAML::ErrorMsg::EOF_IN_SCALAR) return explained + "a quotation mark is not closed";
    return explained + "check the indentation, the colon after each key, quotes and brackets, here and on "
                       "the line before";
}

} // namespace

YamlDocument parse_yaml(std::string_view text) {
    YamlDocument document;
    TreeBuilder builder(text, document);
    const auto stop = [&document](TextError error) {
        document.root.reset();
        document.errors.push_back(std::move(error));
    };
    try {
        std::istringstream stream{std::string(text)};
        YAML::Parser parser(stream);
        while (parser.HandleNextDocument(builder)) {}
    } catch (const Stop& stopped) {
        stop(stopped.error);
    } catch (const YAML::Exception& error) {
        const TextPosition where = builder.position(error.mark);
        stop({where, explain(text, where.line, error.msg)});
    } catch (const std::exception& error) {
        stop({{}, "the YAML cannot be read: " + printable(error.what(), 200)});
    }
    return document;
}

} // namespace wta
