#include <cstdlib>
#include <new>

#include <slim/base/bytes.hpp>
#include <slim/base/utf8.hpp>
#include <slim/settings/load.hpp>

#include "decode.hpp"
#include "normalise.hpp"
#include "read_file.hpp"
#include "substitute.hpp"
#include "yaml.hpp"

namespace slim::settings {
namespace {

std::optional<std::string> process_environment(const std::string& name) {
  // Before the node starts threads, and nothing here changes the environment.
  const char* const value = std::getenv(name.c_str());  // NOLINT(concurrency-mt-unsafe)
  return value ? std::optional<std::string>(value) : std::nullopt;
}

/// What YAML forbids in a file and yaml-cpp lets pass.
void check_characters(const std::string& text, const Report& report) {
  if (!base::is_utf8(base::as_bytes(text))) report.fail({}, "io error: the file is not UTF-8");
  std::size_t line = 1;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '\n') ++line;
    if ((byte < 0x20 && c != '\t' && c != '\n' && c != '\r') || byte == 0x7f) {
      report.fail({"", line}, std::string(kDecodeError) + "a control character");
    }
  }
}

void check_root(const Node& root, const Report& report) {
  if (!root.is(Node::Kind::mapping)) {
    const std::size_t line = root.is(Node::Kind::null) ? 0 : root.line;
    report.fail({"", line}, "invalid configuration - impossible to parse yaml: found " +
                                std::string(describe(root.kind)) +
                                "; allowed: a mapping with services");
  }
  for (const Entry& entry : root.entries) {
    if (entry.key == "tracing" || entry.key == "runtime" || entry.key == "services" ||
        entry.key == "slimd") {
      continue;
    }
    report.fail({join("", entry.key), entry.line},
                "invalid configuration - key " + printable(entry.key) +
                    " not valid; allowed: tracing, runtime, services, slimd");
  }
}

/// Tags that no rule has taken mean nothing here. They are not repeated: a password that begins
/// with an exclamation mark is one.
void refuse_tags(const Node& node, const std::string& path, const Report& report) {
  if (!node.tag.empty()) {
    report.fail({path, node.line},
                std::string(kDecodeError) + "found a YAML tag; allowed: none here");
  }
  for (std::size_t i = 0; i < node.items.size(); ++i) {
    refuse_tags(node.items[i], at_index(path, i), report);
  }
  for (const Entry& entry : node.entries) refuse_tags(entry.value, join(path, entry.key), report);
}

Configuration load(const std::string& text, Report& report, const LoadOptions& options) {
  check_characters(text, report);
  Node root = parse_yaml(text, report);
  check_root(root, report);
  substitute(root, options.environment ? options.environment : process_environment, report);
  if (!report.strict()) normalise(root, report);
  refuse_tags(root, "", report);
  Configuration out = decode_configuration(Value(report, root, ""));
  out.notices = report.take_notices();
  return out;
}

}  // namespace

Configuration load_text(const std::string& text, const std::string& name,
                        const LoadOptions& options) {
  Report report(name, options.strict);
  try {
    return load(text, report, options);
  } catch (const ConfigError&) {
    throw;
  } catch (const std::bad_alloc&) {
    throw;
  } catch (const std::exception&) {
    // Of the parser or the environment; their words might repeat what must not be shown.
    throw ConfigError(name, {}, std::string(kDecodeError) + "the file cannot be read");
  }
}

Configuration load_file(const std::string& path, const LoadOptions& options) {
  const auto text = read_text_file(path);
  if (!text) throw ConfigError(path, {}, "io error: " + text.error());
  return load_text(*text, path, options);
}

}  // namespace slim::settings
