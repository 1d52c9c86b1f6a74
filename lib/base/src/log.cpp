#include <algorithm>
#include <array>
#include <chrono>
#include <cstdio>
#include <ctime>
#include <memory>
#include <mutex>
#include <unistd.h>
#include <utility>
#include <vector>

#include <spdlog/async.h>
#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

#include <slim/base/log.hpp>
#include <slim/base/log_filter.hpp>

namespace slim::log {
namespace {

constexpr std::size_t kQueuedRecords = 8192;

struct ThreadLabel {
  std::string name;
  unsigned number = 0;
};

std::atomic<unsigned> last_thread{0};
thread_local ThreadLabel this_thread_label;
// Spans of this thread, already rendered: "a{k=v}:b:".
thread_local std::string this_thread_spans;

const ThreadLabel& label() {
  if (this_thread_label.number == 0) this_thread_label.number = ++last_thread;
  return this_thread_label;
}

enum class Newlines : bool { escaped, kept };

/// Control characters could forge records or drive a terminal. In UTF-8, C1 controls are C2 and a
/// byte below A0. Tabs are left alone, and newlines in what is our own text.
void append_escaped(std::string& out, std::string_view text, Newlines newlines) {
  unsigned char before = 0;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    const bool is_c1 = std::exchange(before, byte) == 0xc2 && byte >= 0x80 && byte < 0xa0;
    if (is_c1) out.pop_back();
    const bool is_c0 = byte < 0x20 && c != '\t' && (c != '\n' || newlines == Newlines::escaped);
    if (is_c0 || byte == 0x7f || is_c1) {
      std::array<char, 8> code{};
      std::snprintf(code.data(), code.size(), "\\x%02x", byte);
      out += code.data();
    } else {
      out += c;
    }
  }
}

std::string timestamp() {
  const auto now = std::chrono::system_clock::now();
  const auto micros =
      std::chrono::duration_cast<std::chrono::microseconds>(now.time_since_epoch()).count();
  const std::time_t seconds = static_cast<std::time_t>(micros / 1'000'000);
  std::tm utc{};
  ::gmtime_r(&seconds, &utc);
  std::array<char, 40> text{};
  const std::size_t n = std::strftime(text.data(), text.size(), "%Y-%m-%dT%H:%M:%S", &utc);
  std::snprintf(text.data() + n, text.size() - n, ".%06dZ", static_cast<int>(micros % 1'000'000));
  return text.data();
}

struct LevelStyle {
  const char* text;
  const char* colour;
};
constexpr LevelStyle kStyles[] = {{"TRACE", "\x1b[35m"}, {"DEBUG", "\x1b[34m"},
                                  {" INFO", "\x1b[32m"}, {" WARN", "\x1b[33m"},
                                  {"ERROR", "\x1b[31m"}, {"", ""}};

}  // namespace

/// Knows all targets and the filter, whichever was there first.
struct Registry {
  std::mutex mutex;
  std::vector<const Target*> targets;
  std::string directives = "info";
  Filter filter = Filter::parse(directives);
  std::array<std::uint64_t, 5> written{};
  std::atomic<bool> thread_names{true};
  std::atomic<bool> thread_ids{false};
  std::atomic<bool> colours{false};
  std::atomic<std::size_t> widest_name{0};
  std::shared_ptr<spdlog::details::thread_pool> pool;
  std::shared_ptr<spdlog::logger> logger;
  bool closed = false;

  static Registry& get() {
    // Never destroyed: targets in other translation units may outlive any static.
    static auto* registry = new Registry;
    return *registry;
  }

  void apply(const Target& target) {
    target.threshold_.store(static_cast<int>(filter.level_for(target.name())),
                            std::memory_order_relaxed);
  }

  /// Precondition: the mutex is held.
  void open() {
    if (logger) return;
    pool = std::make_shared<spdlog::details::thread_pool>(kQueuedRecords, 1);
    auto sink = std::make_shared<spdlog::sinks::stdout_sink_mt>();
    sink->set_pattern("%v");
    // A reader of our output that stops reading must not stop the node: the oldest lines go.
    logger = std::make_shared<spdlog::async_logger>("slimd", sink, pool,
                                                    spdlog::async_overflow_policy::overrun_oldest);
    logger->set_level(spdlog::level::trace);
    logger->flush_on(spdlog::level::trace);
  }
};

Target::Target(const char* name) : name_(name) {
  Registry& r = Registry::get();
  const std::lock_guard lock(r.mutex);
  r.targets.push_back(this);
  r.apply(*this);
}

Target::~Target() {
  Registry& r = Registry::get();
  const std::lock_guard lock(r.mutex);
  std::erase(r.targets, this);
}

void configure(const Options& options) {
  Registry& r = Registry::get();
  const std::lock_guard lock(r.mutex);
  r.directives = options.filter;
  r.filter = Filter::parse(options.filter);
  for (const std::string& item : r.filter.rejected()) {
    std::fprintf(stderr, "ignoring `%s`: invalid filter directive\n", item.c_str());
  }
  r.thread_names = options.thread_names;
  r.thread_ids = options.thread_ids;
  r.colours = options.colours;
  for (const Target* target : r.targets) r.apply(*target);
}

std::string filter() {
  Registry& r = Registry::get();
  const std::lock_guard lock(r.mutex);
  return r.directives;
}

std::vector<std::string> set_filter(const std::string& directives) {
  Filter parsed = Filter::parse(directives);
  if (!parsed.rejected().empty()) return parsed.rejected();
  Registry& r = Registry::get();
  const std::lock_guard lock(r.mutex);
  r.directives = directives;
  r.filter = std::move(parsed);
  for (const Target* target : r.targets) r.apply(*target);
  return {};
}

std::array<std::uint64_t, 5> written() {
  Registry& r = Registry::get();
  const std::lock_guard lock(r.mutex);
  return r.written;
}

void shutdown() {
  Registry& r = Registry::get();
  const std::lock_guard lock(r.mutex);
  r.closed = true;
  if (!r.logger) return;
  r.logger->flush();
  r.pool.reset();  // joins the writer after it has written what is queued
  r.logger.reset();
}

void name_this_thread(std::string_view name) {
  label();
  this_thread_label.name = name;
}

Span::Span(std::string_view name, std::initializer_list<Field> fields)
    : length_before_(this_thread_spans.size()) {
  std::string& out = this_thread_spans;
  out += name;
  if (fields.size() > 0) {
    out += '{';
    for (const Field* f = fields.begin(); f != fields.end(); ++f) {
      if (f != fields.begin()) out += ' ';
      out.append(f->key).append("=");
      append_escaped(out, f->value, Newlines::escaped);
    }
    out += '}';
  }
  out += ':';
}

Span::~Span() { this_thread_spans.resize(length_before_); }

namespace {

void append_thread(std::string& out, Registry& r) {
  const ThreadLabel& who = label();
  if (r.thread_names) {
    std::array<char, 24> numbered{};
    std::string_view name = who.name;
    if (name.empty()) {
      std::snprintf(numbered.data(), numbered.size(), "ThreadId(%02u)", who.number);
      name = numbered.data();
    }
    std::size_t widest = r.widest_name.load();
    while (name.size() > widest && !r.widest_name.compare_exchange_weak(widest, name.size())) {
    }
    widest = std::max(widest, name.size());
    out.append(widest - name.size(), ' ').append(name).append(" ");
  }
  if (r.thread_ids) {
    std::array<char, 24> id{};
    std::snprintf(id.data(), id.size(), "ThreadId(%02u) ", who.number);
    out += id.data();
  }
}

}  // namespace

void write(Level level, const Target& target, int line, std::string_view message,
           std::initializer_list<Field> fields) {
  Registry& r = Registry::get();
  const bool colours = r.colours;
  const LevelStyle& style = kStyles[static_cast<std::size_t>(level)];
  std::string out;
  out.reserve(160);
  if (colours) out += "\x1b[2m";
  out += timestamp();
  if (colours) out += "\x1b[0m";
  out += ' ';
  if (colours) out += style.colour;
  out += style.text;
  if (colours) out += "\x1b[0m";
  out += ' ';
  append_thread(out, r);
  if (!this_thread_spans.empty()) out.append(this_thread_spans).append(" ");
  out.append(target.name()).append(": ").append(std::to_string(line)).append(":");
  if (!message.empty()) {
    out += ' ';
    append_escaped(out, message, Newlines::kept);
  }
  for (const Field& f : fields) {
    out.append(" ").append(f.key).append("=");
    append_escaped(out, f.value, Newlines::escaped);
  }
  // Under the mutex, so that nobody is inside when shutdown() ends the writer. It never waits: the
  // queue gives up its oldest record instead.
  const std::lock_guard lock(r.mutex);
  if (r.closed) return;
  ++r.written[static_cast<std::size_t>(level)];
  r.open();
  r.logger->log(spdlog::level::info, spdlog::string_view_t(out.data(), out.size()));
}

}  // namespace slim::log
