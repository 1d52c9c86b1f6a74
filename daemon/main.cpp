// slimd: flags, signals, exit codes. Everything that a test would want is in lib/node.
#include <atomic>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <memory>
#include <optional>
#include <sys/resource.h>
#include <unistd.h>

#include <CLI/CLI.hpp>

#include <slim/admin/api.hpp>
#include <slim/admin/probe.hpp>
#include <slim/admin/server.hpp>
#include <slim/base/log.hpp>
#include <slim/node/admin_view.hpp>
#include <slim/node/build_info.hpp>
#include <slim/node/node.hpp>
#include <slim/settings/load.hpp>

namespace {

using namespace slim;

const log::Target kRunner{"slim::runner"};
const log::Target kSignal{"slim::signal"};
const log::Target kConfig{"slim_config"};

constexpr int kExitOk = 0;
constexpr int kExitError = 1;
constexpr int kExitUsage = 2;

struct Flags {
  std::string config;
  std::string listen;
  bool version = false;
  bool check = false;
  bool strict = false;
  std::optional<std::size_t> max_connections;
  std::optional<std::size_t> max_handshakes;
  std::optional<std::size_t> max_subscriptions;
  std::optional<std::size_t> max_subscriptions_per_link;
  std::optional<std::size_t> max_name_bytes;
  std::optional<std::size_t> handoff_bytes;
  /// Empty: the default, which the node does without if somebody else has it.
  std::string admin_listen;
  std::string admin_token_file;
  std::optional<std::size_t> admin_remembered_links;
  std::string health;
  bool grpc_health = false;
};

admin::Address admin_address(const Flags& flags) {
  const auto address =
      admin::parse_address(flags.admin_listen.empty() ? admin::kDefaultListen : flags.admin_listen);
  if (!address) throw CLI::ValidationError("--admin-listen", address.error());
  return *address;
}

void add_flags(CLI::App& app, Flags& flags) {
  app.add_option("-c,--config", flags.config, "configuration file")->envname("CONFIG");
  app.add_flag("-v,--version", flags.version, "print what this build is");
  app.add_option("--listen", flags.listen,
                 "serve plain text on ADDRESS:PORT without a configuration file");
  app.add_flag("--check", flags.check, "check the configuration file and exit");
  app.add_flag("--strict", flags.strict, "take no old spelling and no unknown key");
  const std::string admin = "Admin listener (docs/operations.md)";
  app.add_option(
         "--admin-listen", flags.admin_listen,
         "HOST:PORT, :PORT, unix:/PATH or off; default " + std::string(admin::kDefaultListen))
      ->envname("SLIMD_ADMIN_LISTEN")
      ->group(admin);
  app.add_option("--admin-token-file", flags.admin_token_file,
                 "what others than this machine have to show as their bearer token")
      ->envname("SLIMD_ADMIN_TOKEN_FILE")
      ->group(admin);
  app.add_option("--admin-closed-links", flags.admin_remembered_links,
                 "ended links to remember, for each worker; default 64")
      ->group(admin);
  app.add_flag("--grpc-health", flags.grpc_health,
               "answer grpc.health.v1 on the data listeners, for the empty service name")
      ->group(admin);
  app.add_flag("--health{readyz}", flags.health,
               "ask the running node instead: exit 0 if it is ready, or healthy with "
               "--health=healthz, else 1")
      ->group(admin);
  const std::string group = "Limits (override the file's `slimd:`)";
  app.add_option("--max-connections", flags.max_connections)->group(group);
  app.add_option("--max-handshakes", flags.max_handshakes)->group(group);
  app.add_option("--max-subscriptions", flags.max_subscriptions)->group(group);
  app.add_option("--max-subscriptions-per-link", flags.max_subscriptions_per_link)->group(group);
  app.add_option("--max-name-bytes", flags.max_name_bytes)->group(group);
  app.add_option("--handoff-bytes", flags.handoff_bytes)->group(group);
}

void apply_flags(const Flags& flags, settings::NodeLimits& limits) {
  limits.admission.connections = flags.max_connections.value_or(limits.admission.connections);
  limits.admission.handshakes = flags.max_handshakes.value_or(limits.admission.handshakes);
  auto& table = limits.table;
  table.subscriptions_total = flags.max_subscriptions.value_or(table.subscriptions_total);
  table.subscriptions_per_link =
      flags.max_subscriptions_per_link.value_or(table.subscriptions_per_link);
  limits.max_name_bytes = flags.max_name_bytes.value_or(limits.max_name_bytes);
  limits.handoff_bytes = flags.handoff_bytes.value_or(limits.handoff_bytes);
  limits.grpc_health = flags.grpc_health;
  limits.remembered_links = flags.admin_remembered_links.value_or(limits.remembered_links);
}

/// `Error: context` and its cause, as the public node prints them.
int fail(const char* context, const std::string& cause) {
  std::fprintf(stderr, "Error: %s\n\nCaused by:\n  -> %s\n", context, cause.c_str());
  return kExitError;
}

/// A link is a descriptor: ask for as many as the system gives.
void raise_descriptor_limit(settings::NodeLimits& limits) {
  rlimit files{};
  if (::getrlimit(RLIMIT_NOFILE, &files) != 0) return;
  files.rlim_cur = files.rlim_max;
  ::setrlimit(RLIMIT_NOFILE, &files);
  ::getrlimit(RLIMIT_NOFILE, &files);
  // Listeners, loops, dialled links and files need some too; connections beyond that wait in the
  // backlog instead of failing in accept(2).
  constexpr rlim_t kReserved = 64;
  const rlim_t usable = files.rlim_cur > 2 * kReserved ? files.rlim_cur - kReserved : kReserved;
  if (limits.admission.connections > usable) {
    limits.admission.connections = static_cast<std::size_t>(usable);
  }
  SLIM_DEBUG(kRunner, "descriptor limit", kv("limit", files.rlim_cur),
             kv("max_connections", limits.admission.connections));
}

void configure_log(const settings::Tracing& tracing) {
  const char* no_colour = std::getenv("NO_COLOR");
  log::configure({.filter = tracing.directives(std::getenv("RUST_LOG")),
                  .thread_names = tracing.display_thread_names,
                  .thread_ids = tracing.display_thread_ids,
                  .colours = ::isatty(STDOUT_FILENO) == 1 && (!no_colour || !*no_colour)});
}

void log_notices(const settings::Configuration& configuration) {
  for (const settings::Notice& notice : configuration.notices) {
    const std::string where =
        notice.place.key + " (line " + std::to_string(notice.place.line) + ")";
    if (notice.kind == settings::Notice::Kind::rewritten) {
      SLIM_INFO(kConfig, notice.text, kv("key", where));
    } else {
      SLIM_WARN(kConfig, notice.text, kv("key", where));
    }
  }
}

/// The signals that this program answers, blocked in every thread so that one can wait for them.
sigset_t block_signals() {
  sigset_t signals;
  sigemptyset(&signals);
  for (const int s : {SIGINT, SIGTERM, SIGHUP, SIGUSR1}) sigaddset(&signals, s);
  ::pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  std::signal(SIGPIPE, SIG_IGN);
  return signals;
}

const char* signal_name(int number) { return number == SIGINT ? "SIGINT" : "SIGTERM"; }

void log_statistics(const node::Node& node) {
  const node::Statistics s = node.statistics();
  std::string closed;
  for (const auto& [reason, n] : s.closed) closed += reason + ':' + std::to_string(n) + ' ';
  std::string dropped;
  for (const auto& [reason, n] : s.dropped) dropped += reason + ':' + std::to_string(n) + ' ';
  SLIM_INFO(kRunner, "statistics", kv("links", s.links), kv("subscriptions", s.subscriptions),
            kv("connections", s.connections), kv("accepted", s.connections_accepted),
            kv("received", s.messages_received), kv("publishes", s.publishes_received),
            kv("sent", s.messages_sent), kv("dropped", s.messages_dropped),
            kv("bytes_in", s.bytes_received), kv("bytes_out", s.bytes_sent),
            kv("mac_failures", s.header_mac_failures),
            kv("negotiations_failed", s.negotiations_failed), kv("stalls", s.stalls),
            kv("drops", "[" + dropped + "]"), kv("closed", "[" + closed + "]"));
}

std::string read_file(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) throw std::runtime_error("cannot read " + path);
  return {std::istreambuf_iterator<char>(file), {}};
}

/// Without the white space at its end, which editors add.
std::string read_token(const Flags& flags) {
  if (flags.admin_token_file.empty()) return {};
  std::string token = read_file(flags.admin_token_file);
  token.erase(token.find_last_not_of(" \t\r\n") + 1);
  if (token.empty()) throw std::runtime_error(flags.admin_token_file + " holds no token");
  return token;
}

class Daemon {
 public:
  Daemon(settings::Configuration configuration, const Flags& flags, sigset_t signals,
         std::chrono::steady_clock::time_point since)
      : configuration_(std::move(configuration)),
        flags_(flags),
        signals_(signals),
        runtime_(configuration_.runtime.n_cores, configuration_.runtime.thread_name),
        view_(runtime_, since) {}

  int run() {
    try {
      open_admin();
      for (const settings::Service& service : configuration_.services) {
        SLIM_INFO(kRunner, "Starting service: " + service.id);
        nodes_.push_back(
            std::make_unique<node::Node>(runtime_, service, configuration_.limits, random_));
      }
      runtime_.start();
      show_nodes();
      for (std::size_t i = 0; i < nodes_.size(); ++i) start(i);
    } catch (const std::exception& error) {
      // A node that cannot start, an admin listener that cannot be bound.
      if (admin_) admin_->stop();
      runtime_.stop();
      nodes_.clear();
      log::shutdown();
      return fail("failed to start service", error.what());
    }
    const int signal = wait_for_stop();
    // Before anything else: whoever balances load is to look elsewhere from now on.
    view_.begin_stop();
    SLIM_INFO(kSignal, "received signal, starting shutdown", kv("signal", signal_name(signal)));
    return stop();
  }

 private:
  /// Before the services start, so that what they wait for can be asked.
  void open_admin() {
    const admin::Address address = admin_address(flags_);
    if (address.kind == admin::Address::Kind::off) return;
    const std::string file = flags_.config.empty() ? std::string() : read_file(flags_.config);
    api_ = std::make_unique<admin::Api>(view_, node::process_facts(configuration_, file),
                                        read_token(flags_));
    try {
      admin_ = std::make_unique<admin::Server>(
          address, admin::ServerLimits{},
          [this](const admin::Request& request, const admin::Respond& respond) {
            api_->handle(request, respond);
          });
    } catch (const admin::BindError& error) {
      if (!flags_.admin_listen.empty()) throw;
      SLIM_WARN(kRunner, "the node runs without its admin listener", kv("error", error.what()));
      return;
    }
    admin_->start();
  }

  void show_nodes() {
    std::vector<admin::NodeSource*> sources;
    for (auto& node : nodes_) sources.push_back(&node->admin());
    view_.show(std::move(sources));
  }

  void start(std::size_t i) {
    const std::string& id = configuration_.services[i].id;
    const log::Span span("run", {log::kv("service_id", id)});
    SLIM_INFO(kRunner, "starting service", kv("service", id));
    nodes_[i]->start({.on_started = [this, id] {
      SLIM_INFO(kRunner, "service started", kv("service", id));
      if (++started_ == configuration_.services.size()) view_.started();
    }});
    SLIM_INFO(kRunner, "no controller configuration provided, skipping controller startup");
    SLIM_INFO(kRunner, "running service", kv("service", id));
  }

  int wait_for_stop() {
    while (true) {
      int signal = 0;
      ::sigwait(&signals_, &signal);
      if (signal == SIGINT || signal == SIGTERM) return signal;
      if (signal == SIGHUP) reload_token();
      for (auto& node : nodes_) {
        if (signal == SIGUSR1) {
          log_statistics(*node);
          continue;
        }
        const auto failures = node->reload_tls();
        for (const std::string& failure : failures) {
          SLIM_ERROR(kRunner, "certificates were not reloaded", kv("error", failure));
        }
        if (failures.empty()) SLIM_INFO(kRunner, "certificates reloaded");
      }
    }
  }

  void reload_token() {
    if (!api_) return;
    try {
      api_->set_token(read_token(flags_));
    } catch (const std::exception& error) {
      SLIM_ERROR(kRunner, "the admin token was not reloaded", kv("error", error.what()));
    }
  }

  int stop() {
    for (std::size_t i = 0; i < nodes_.size(); ++i) {
      SLIM_INFO(kRunner, "stopping service", kv("service", configuration_.services[i].id));
      nodes_[i]->drain([this] {
        ++drained_;
        // The waiting thread is woken by a signal that it waits for anyway.
        ::kill(::getpid(), SIGUSR1);
      });
    }
    const bool in_time = wait_for_drain();
    for (auto& node : nodes_) log_statistics(*node);
    if (admin_) admin_->stop();
    runtime_.stop();
    nodes_.clear();
    if (!in_time) {
      SLIM_WARN(kRunner, "Service shutdown timed out", kv("timeout", drain_seconds() + "s"));
      log::shutdown();
      std::fprintf(stderr, "Error: Service shutdown timed out after %ss\n",
                   drain_seconds().c_str());
      return kExitError;
    }
    log::shutdown();
    return kExitOk;
  }

  /// False when the time was up. A second signal to stop ends the process at once.
  bool wait_for_drain() {
    const auto end = std::chrono::steady_clock::now() + configuration_.runtime.drain_timeout;
    while (drained_ < nodes_.size()) {
      const auto left = end - std::chrono::steady_clock::now();
      if (left.count() <= 0) return false;
      const auto ns = std::chrono::duration_cast<std::chrono::nanoseconds>(left).count();
      const timespec wait{static_cast<time_t>(ns / 1'000'000'000),
                          static_cast<long>(ns % 1'000'000'000)};
      const int signal = ::sigtimedwait(&signals_, nullptr, &wait);
      if (signal == SIGINT || signal == SIGTERM) {
        log::shutdown();
        ::_exit(kExitError);
      }
    }
    return true;
  }

  [[nodiscard]] std::string drain_seconds() const {
    const auto seconds =
        std::chrono::duration<double>(configuration_.runtime.drain_timeout).count();
    std::string text = std::to_string(seconds);
    text.erase(text.find_last_not_of('0') + 1);
    if (text.back() == '.') text.pop_back();
    return text;
  }

  settings::Configuration configuration_;
  const Flags& flags_;
  sigset_t signals_;
  base::SystemRandom random_;
  // Both outlive the workers, which answer what was asked over them.
  std::unique_ptr<admin::Api> api_;
  std::unique_ptr<admin::Server> admin_;
  node::Runtime runtime_;
  node::AdminView view_;
  std::vector<std::unique_ptr<node::Node>> nodes_;
  std::atomic<std::size_t> started_{0};
  std::atomic<std::size_t> drained_{0};
};

settings::Configuration load(const Flags& flags) {
  settings::LoadOptions options;
  options.strict = flags.strict;
  settings::Configuration configuration =
      flags.listen.empty()
          ? settings::load_file(flags.config, options)
          : settings::load_text("services: {slim/0: {dataplane: {servers: [{endpoint: \"" +
                                    flags.listen + "\", tls: {insecure: true}}]}}}",
                                "--listen", options);
  apply_flags(flags, configuration.limits);
  return configuration;
}

int ask_health(const Flags& flags) {
  const admin::ProbeResult result = admin::probe(admin_address(flags), '/' + flags.health);
  std::fprintf(result.healthy ? stdout : stderr, "%s\n",
               result.text.substr(0, result.text.find_last_not_of('\n') + 1).c_str());
  return result.healthy ? kExitOk : kExitError;
}

int run(const Flags& flags, std::chrono::steady_clock::time_point since) {
  if (!flags.health.empty()) return ask_health(flags);
  if (flags.version) {
    std::fputs(node::build_info().c_str(), stdout);
    return kExitOk;
  }
  if (flags.config.empty() == flags.listen.empty()) {
    std::fputs("slimd: exactly one of --config FILE and --listen ADDRESS:PORT is needed\n", stderr);
    return kExitUsage;
  }
  std::optional<settings::Configuration> configuration;
  try {
    configuration = load(flags);
  } catch (const settings::ConfigError& error) {
    return fail("failed to load configuration", error.what());
  }
  if (flags.check) {
    for (const settings::Notice& notice : configuration->notices) {
      std::printf("%s:%zu: %s: %s\n", flags.config.c_str(), notice.place.line,
                  notice.place.key.c_str(), notice.text.c_str());
    }
    std::printf("%s is valid\n", flags.config.empty() ? "--listen" : flags.config.c_str());
    return kExitOk;
  }
  const sigset_t signals = block_signals();
  log::name_this_thread("main");
  configure_log(configuration->tracing);
  const log::Span span("application_lifecycle");
  // As the message, since values of fields never span lines.
  SLIM_INFO(kRunner, "build_info=" + node::build_info());
  SLIM_INFO(kRunner, "Runtime started");
  log_notices(*configuration);
  raise_descriptor_limit(configuration->limits);
  return Daemon(std::move(*configuration), flags, signals, since).run();
}

}  // namespace

int main(int argc, char** argv) {
  const auto since = std::chrono::steady_clock::now();
  // Images with an entry point are started as `/slim /slim --config …` by the tutorials.
  if (argc > 1) {
    const std::string_view first = argv[1];
    if (first.ends_with("/slim") || first.ends_with("/slimd")) {
      --argc;
      ++argv;
    }
  }
  CLI::App app("slimd: a SLIM data-plane node");
  Flags flags;
  add_flags(app, flags);
  try {
    app.parse(argc, argv);
    (void)admin_address(flags);
    if (!flags.health.empty() && flags.health != "readyz" && flags.health != "healthz") {
      throw CLI::ValidationError("--health", "allowed: readyz, healthz");
    }
  } catch (const CLI::ParseError& error) {
    const int code = app.exit(error);
    return code == 0 ? kExitOk : kExitUsage;
  }
  return run(flags, since);
}
