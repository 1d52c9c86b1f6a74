#include <algorithm>

#include <slim/base/log_filter.hpp>

#include "decode.hpp"
#include "unavailable.hpp"

namespace slim::settings {
namespace {

Runtime decode_runtime(const Value& value) {
  Runtime out;
  Section section(value);
  section.read("n_cores", out.n_cores, {});
  section.read("thread_name", out.thread_name);
  section.read("drain_timeout", out.drain_timeout);
  section.finish(Section::Unknown::error);
  return out;
}

void note_opentelemetry(const Value& value) {
  Section section(value);
  bool enabled = false;
  section.read("enabled", enabled);
  if (const auto grpc = section.take("grpc")) (void)Section(*grpc);
  for (const std::string_view key : {"service_name", "service_version", "environment"}) {
    (void)section.text(key);
  }
  std::uint64_t interval = 0;
  section.read("metrics_interval_secs", interval, {});
  section.finish(Section::Unknown::error);
  if (enabled) note_unavailable(value, "OpenTelemetry");
}

void read_log_level(Section& section, std::string& level) {
  const auto found = section.take("log_level");
  if (!found || found->is(Node::Kind::null)) return;
  level = found->text();
  if (!log::parse_level(level)) {
    found->note(Notice::Kind::rewritten,
                "found no level, info is used; allowed: trace, debug, info, warn, error");
  }
}

Tracing decode_tracing(const Value& value) {
  Tracing out;
  Section section(value);
  read_log_level(section, out.log_level);
  section.read("display_thread_names", out.display_thread_names);
  section.read("display_thread_ids", out.display_thread_ids);
  if (const auto filters = section.take("filters")) {
    out.filters.emplace();
    for (const Value& item : filters->list()) out.filters->push_back(item.text());
  }
  if (const auto otel = section.take("opentelemetry")) note_opentelemetry(*otel);
  section.finish(Section::Unknown::error);
  return out;
}

// --- services ---

constexpr std::size_t kMaxKind = 63;
constexpr std::size_t kMaxName = 1024;

bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }
bool is_digit(char c) { return c >= '0' && c <= '9'; }

/// What is wrong with a service's id; empty for nothing.
std::string id_error(std::string_view id) {
  const std::size_t slash = id.find('/');
  if (slash == std::string_view::npos) return "id cannot be empty";
  const std::string_view kind = id.substr(0, slash);
  const std::string_view name = id.substr(slash + 1);
  const bool kind_ok = !kind.empty() && kind.size() <= kMaxKind && is_letter(kind.front()) &&
                       std::all_of(kind.begin(), kind.end(),
                                   [](char c) { return is_letter(c) || is_digit(c) || c == '_'; });
  if (!kind_ok) return "kind contains invalid character(s): " + printable(kind);
  if (name.size() > kMaxName) return "name part is too long: " + std::to_string(name.size());
  const bool name_ok = std::all_of(name.begin(), name.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || is_digit(c) || c == '-';
  });
  if (!name_ok) return "name contains invalid character(s): " + printable(name);
  return {};
}

void check_id(const Value& services, const Entry& entry) {
  const std::string error = id_error(entry.key);
  if (error.empty()) return;
  services.report().fail({join(services.path(), entry.key), entry.line},
                         "invalid configuration - key " + printable(entry.key) +
                             " not valid: " + error +
                             "; allowed: kind/name such as slim/0, the kind up to 63 letters, "
                             "digits and _, the name small letters, digits and -");
}

std::vector<Service> decode_services(const Value& value) {
  if (!value.is(Node::Kind::mapping)) {
    value.fail("invalid configuration - impossible to parse yaml: found " +
               std::string(describe(value.node().kind)) + "; allowed: a mapping of services");
  }
  std::vector<Service> out;
  std::set<std::string> listeners;
  for (const Entry& entry : value.node().entries) {
    check_id(value, entry);
    Node empty = Node::mapping(entry.line);
    const bool is_null = entry.value.is(Node::Kind::null);
    out.push_back(decode_service(
        Value(value.report(), is_null ? empty : entry.value, join(value.path(), entry.key)),
        entry.key, listeners));
  }
  return out;
}

}  // namespace

Configuration decode_configuration(const Value& root) {
  Configuration out;
  Section section(root);
  if (const auto runtime = section.take("runtime")) out.runtime = decode_runtime(*runtime);
  if (const auto tracing = section.take("tracing")) out.tracing = decode_tracing(*tracing);
  if (const auto own = section.take("slimd")) out.limits = decode_limits(*own);
  if (const auto services = section.take("services")) out.services = decode_services(*services);
  if (out.services.empty()) {
    const Entry* const entry = root.node().entry("services");
    root.report().fail({"services", entry ? entry->line : 0},
                       "invalid configuration - missing services; allowed: at least one");
  }
  return out;
}

}  // namespace slim::settings
