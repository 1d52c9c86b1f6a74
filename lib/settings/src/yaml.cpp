#include "yaml.hpp"

#include <algorithm>
#include <istream>
#include <sstream>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <utility>

#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/mark.h>
#include <yaml-cpp/parser.h>

#include "scalar.hpp"

namespace slim::settings {
namespace {

std::size_t line_of(const YAML::Mark& mark) {
  return mark.line < 0 ? 0 : static_cast<std::size_t>(mark.line) + 1;
}

/// Builds the tree from the parser's events. yaml-cpp's own tree knows neither duplicate keys nor
/// YAML 1.2's booleans.
class TreeBuilder final : public YAML::EventHandler {
 public:
  explicit TreeBuilder(const Report& report) : report_(report) {}
  [[nodiscard]] Node take() { return std::move(root_); }

  void OnDocumentStart(const YAML::Mark& mark) override {
    if (documents_++ > 0) fail(line_of(mark), "a second document; allowed: one");
  }
  void OnDocumentEnd() override {}

  void OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    Node node;
    node.line = line_of(mark);
    finish(std::move(node), anchor);
  }

  void OnAlias(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    const auto found = anchors_.find(anchor);
    if (found == anchors_.end()) fail(line_of(mark), "an alias inside what it stands for");
    charge(found->second, line_of(mark));
    add(found->second);
  }

  void OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                const std::string& value) override {
    if (value.find('\0') != std::string::npos) fail(line_of(mark), "a NUL character in a value");
    Node node = Node::scalar(value, line_of(mark));
    node.plain = tag == "?";
    set_tag(node, tag);
    finish(std::move(node), anchor);
  }

  void OnSequenceStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                       YAML::EmitterStyle::value) override {
    open(Node::sequence({}, line_of(mark)), tag, anchor);
  }
  void OnSequenceEnd() override { close(); }

  void OnMapStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                  YAML::EmitterStyle::value) override {
    open(Node::mapping(line_of(mark)), tag, anchor);
  }
  void OnMapEnd() override {
    check_keys(open_.back().node);
    close();
  }

 private:
  /// A container whose end is still to come.
  struct Open {
    Node node;
    YAML::anchor_t anchor = 0;
    bool has_key = false;  ///< mapping: the last entry waits for its value
  };

  [[noreturn]] void fail(std::size_t line, const std::string& text) const {
    report_.fail({"", line}, std::string(kDecodeError) + text);
  }

  static void set_tag(Node& node, const std::string& tag) {
    if (tag.size() > 1 && tag.front() == '!') node.tag = tag;
  }

  void open(Node node, const std::string& tag, YAML::anchor_t anchor) {
    if (open_.size() >= kMaxDepth) {
      fail(node.line, "nested too deeply; allowed: " + std::to_string(kMaxDepth) + " levels");
    }
    set_tag(node, tag);
    open_.push_back({std::move(node), anchor});
  }

  void close() {
    Open done = std::move(open_.back());
    open_.pop_back();
    finish(std::move(done.node), done.anchor);
  }

  void finish(Node node, YAML::anchor_t anchor) {
    count(1, node.text.size(), node.line);
    if (anchor != YAML::NullAnchor) {
      charge(node, node.line);
      anchors_[anchor] = node;
    }
    add(std::move(node));
  }

  void add(Node node) {
    if (open_.empty()) {
      root_ = std::move(node);
      return;
    }
    Open& parent = open_.back();
    if (parent.node.is(Node::Kind::sequence)) {
      parent.node.items.push_back(std::move(node));
    } else if (parent.has_key) {
      Entry& entry = parent.node.entries.back();
      // What is no scalar is looked for at its key; the parser says where its first token is.
      if (!node.is(Node::Kind::scalar)) node.line = entry.line;
      entry.value = std::move(node);
      parent.has_key = false;
    } else {
      add_key(parent, node);
    }
  }

  void add_key(Open& parent, const Node& key) {
    const bool is_root_key = open_.size() == 1;
    if (!key.is(Node::Kind::scalar) ||
        (is_root_key && key.plain && looks_like_number_or_boolean(key.text))) {
      report_.fail({"", key.line},
                   "invalid configuration - impossible to parse yaml: found a key that is no text");
    }
    parent.node.entries.push_back({key.text, key.line, Node{}});
    parent.has_key = true;
  }

  void check_keys(const Node& mapping) const {
    std::unordered_set<std::string_view> seen;
    for (const Entry& entry : mapping.entries) {
      if (seen.insert(entry.key).second) continue;
      report_.fail({join(path_of_open(), entry.key), entry.line},
                   std::string(kDecodeError) + "duplicate key; allowed: each key once");
    }
  }

  /// Where the innermost open container hangs.
  [[nodiscard]] std::string path_of_open() const {
    std::string path;
    for (std::size_t i = 0; i + 1 < open_.size(); ++i) {
      const Node& node = open_[i].node;
      path = node.is(Node::Kind::sequence) ? at_index(path, node.items.size())
             : node.entries.empty()        ? path
                                           : join(path, node.entries.back().key);
    }
    return path;
  }

  /// A copy costs as much as what it copies.
  void charge(const Node& node, std::size_t line) {
    count(1, node.text.size(), line);
    for (const Node& item : node.items) charge(item, line);
    for (const Entry& entry : node.entries) {
      count(0, entry.key.size(), line);
      charge(entry.value, line);
    }
  }

  void count(std::size_t nodes, std::size_t bytes, std::size_t line) {
    nodes_ += nodes;
    bytes_ += bytes;
    if (nodes_ > kMaxNodes || bytes_ > kMaxScalarBytes) {
      fail(line, "more than a configuration can need, aliases counted as what they stand for");
    }
  }

  const Report& report_;
  Node root_;
  std::vector<Open> open_;
  std::unordered_map<YAML::anchor_t, Node> anchors_;
  std::size_t documents_ = 0;
  std::size_t nodes_ = 0;
  std::size_t bytes_ = 0;
};

/// The parser's reason without the piece of the file that some of them end in.
std::string reason(const YAML::Exception& error) {
  return error.msg.substr(0, error.msg.find(':'));
}

std::size_t lines_in(const std::string& text) {
  const auto ends = static_cast<std::size_t>(std::count(text.begin(), text.end(), '\n'));
  return ends + (text.empty() || text.back() == '\n' ? 0 : 1);
}

}  // namespace

Node parse_yaml(const std::string& text, const Report& report) {
  TreeBuilder builder(report);
  // Without an end mark yaml-cpp takes a quote that is never closed for one that ends with the
  // file.
  std::istringstream in(text + "\n...\n");
  try {
    YAML::Parser parser(in);
    while (parser.HandleNextDocument(builder)) {
    }
  } catch (const YAML::Exception& error) {
    const std::size_t last = lines_in(text);
    const bool is_at_end = line_of(error.mark) > last;
    const bool is_open_quote = is_at_end && error.msg == YAML::ErrorMsg::DOC_IN_SCALAR;
    report.fail({"", is_at_end ? last : line_of(error.mark)},
                std::string(kDecodeError) +
                    (is_open_quote ? "the file ends inside a quoted value" : reason(error)));
  }
  return builder.take();
}

}  // namespace slim::settings
