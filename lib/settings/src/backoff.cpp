#include "decode.hpp"

namespace slim::settings {
namespace {

using Kind = link::Backoff::Kind;

// A delay of nothing would be a loop of attempts.
constexpr NumberRange kFactor{1, std::numeric_limits<std::uint64_t>::max()};
constexpr DurationRange kDelay{std::chrono::milliseconds(1), kLongestDuration};

}  // namespace

link::Backoff decode_backoff(const Value& value) {
  Section section(value);
  const auto type = section.take("type");
  if (!type) {
    value.fail(std::string(kDecodeError) +
               "found no type; allowed: type: exponential or fixed_interval");
  }
  link::Backoff out;
  // Only the time that nobody configured is spread.
  out.spread = 0;
  out.interval = std::chrono::seconds(1);
  out.kind =
      type->choice<Kind>({{"exponential", Kind::exponential}, {"fixed_interval", Kind::fixed}});
  if (out.kind == Kind::exponential) {
    section.read("base", out.base, kFactor);
    section.read("factor", out.factor, kFactor);
    section.read("max_delay", out.max_delay, kDelay);
    section.read("jitter", out.jitter);
  } else {
    section.read("interval", out.interval, kDelay);
  }
  if (const auto found = section.take("max_attempts"); found && !found->is(Node::Kind::null)) {
    out.max_attempts = found->number({0, std::numeric_limits<std::uint64_t>::max()});
  }
  section.finish(Section::Unknown::notice);
  return out;
}

}  // namespace slim::settings
