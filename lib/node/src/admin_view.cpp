#include <slim/node/admin_view.hpp>
#include <slim/settings/describe.hpp>

#include "version.hpp"

namespace slim::node {
namespace {

#if defined(__x86_64__)
constexpr const char* kTarget = "x86_64-linux";
#elif defined(__aarch64__)
constexpr const char* kTarget = "aarch64-linux";
#else
constexpr const char* kTarget = "linux";
#endif

#if defined(__clang__)
constexpr const char* kCompiler = "clang " __clang_version__;
#else
constexpr const char* kCompiler = "gcc " __VERSION__;
#endif

}  // namespace

void AdminView::show(std::vector<admin::NodeSource*> nodes) {
  nodes_ = std::move(nodes);
  shown_ = true;
}

void AdminView::started() {
  start_seconds_ = std::chrono::duration<double>(std::chrono::steady_clock::now() - since_).count();
}

std::vector<admin::NodeSource*> AdminView::nodes() const {
  return shown_ ? nodes_ : std::vector<admin::NodeSource*>{};
}

std::vector<admin::WorkerState> AdminView::workers() const {
  std::vector<admin::WorkerState> out;
  for (unsigned w = 0; w < runtime_.workers(); ++w) {
    out.push_back({std::chrono::duration<double>(runtime_.busy_for(w)).count(),
                   runtime_.silent_for(w), &runtime_.counters(w)});
  }
  return out;
}

std::optional<double> AdminView::start_seconds() const {
  const double seconds = start_seconds_;
  return seconds < 0 ? std::nullopt : std::optional(seconds);
}

admin::ProcessFacts process_facts(const settings::Configuration& configuration,
                                  const std::string& file) {
  admin::ProcessFacts out;
  out.version = build::kVersion;
  out.revision = build::kRevision;
  out.compiler = kCompiler;
  out.target = kTarget;
  out.profile = build::kProfile;
  out.configuration = settings::describe(configuration);
  out.configuration_sha256 = admin::short_digest(file);
  for (const settings::Notice& notice : configuration.notices) {
    using Kind = settings::Notice::Kind;
    std::size_t& count = notice.kind == Kind::rewritten     ? out.rewritten
                         : notice.kind == Kind::unknown_key ? out.unknown_keys
                         : notice.kind == Kind::dead_key    ? out.dead_keys
                                                            : out.unavailable;
    ++count;
  }
  for (const settings::Service& service : configuration.services) {
    if (out.queue_bytes == 0 && !service.servers.empty()) {
      out.queue_bytes = service.servers.front().link.queue_bytes;
    }
  }
  return out;
}

}  // namespace slim::node
