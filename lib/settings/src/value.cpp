#include "value.hpp"

#include <algorithm>
#include <array>

#include "section.hpp"

namespace slim::settings {
namespace {

constexpr std::string_view kDurationForms = "a duration such as 10s, 1500ms or 1h30m";

// Keys whose values are not shown, whatever they hold: credentials, keys and where they are written
// in place of a path.
constexpr std::array<std::string_view, 17> kSecretKeys{
    "password", "secret",  "client_secret", "refresh_token", "token",      "username",
    "key",      "data",    "str",           "pem",           "cert",       "url",
    "cert_pem", "key_pem", "ca_pem",        "client_ca_pem", "private_key"};

std::string_view last_key(std::string_view path) { return path.substr(path.rfind('.') + 1); }

std::string range_text(NumberRange range) {
  return std::to_string(range.min) + " to " + std::to_string(range.max);
}

}  // namespace

bool Value::may_be_shown() const {
  if (!is(Node::Kind::scalar) || !node_->reference.empty()) return false;
  // A URL may hold credentials, text of several lines a key.
  if (node_->text.find_first_of("@\n") != std::string::npos) return false;
  // A header often holds a token.
  if (path_.find(".headers.") != std::string::npos) return false;
  return std::find(kSecretKeys.begin(), kSecretKeys.end(), last_key(path_)) == kSecretKeys.end();
}

std::string Value::shown() const {
  if (!is(Node::Kind::scalar)) return std::string(describe(node_->kind));
  if (!node_->reference.empty()) return "what `" + printable(node_->reference) + "` stands for";
  if (!may_be_shown()) return "a value that is not shown here";
  return '`' + printable(node_->text) + '`';
}

void Value::fail_form(std::string_view allowed) const {
  fail(std::string(kDecodeError) + "found " + shown() + "; allowed: " + std::string(allowed));
}

void Value::fail_kind(std::string_view allowed) const {
  fail(std::string(kDecodeError) + "found " + std::string(describe(node_->kind)) +
       "; allowed: " + std::string(allowed));
}

const std::string& Value::scalar(std::string_view allowed) const {
  if (!is(Node::Kind::scalar)) fail_form(allowed);
  return node_->text;
}

std::string Value::text() const {
  const std::string& text = scalar("text");
  if (report_->strict() && node_->plain && looks_like_number_or_boolean(text)) {
    fail_form("text (in quotes, if it looks like a number)");
  }
  return text;
}

bool Value::boolean() const {
  constexpr std::string_view kAllowed = "true, false";
  const auto out = parse_boolean(scalar(kAllowed));
  if (!out || (report_->strict() && !node_->plain)) fail_form(kAllowed);
  return *out;
}

std::uint64_t Value::number(NumberRange range) const {
  const std::string allowed = "a whole number, " + range_text(range);
  const auto out = parse_whole_number(scalar(allowed));
  if (!out || *out < range.min || *out > range.max) fail_form(allowed);
  if (report_->strict() && !node_->plain) fail_form(allowed + ", without quotes");
  return *out;
}

std::uint64_t Value::bytes(NumberRange range) const {
  const std::string allowed =
      "bytes, " + range_text(range) + ", as a number or with B, KiB, MiB or GiB";
  const auto out = parse_bytes(scalar(allowed));
  if (!out || *out < range.min || *out > range.max) fail_form(allowed);
  return *out;
}

base::Duration Value::duration(DurationRange range) const {
  const base::Duration out = is(Node::Kind::mapping) ? duration_parts() : duration_text();
  if (out < range.min || out > range.max) {
    fail_form("a duration of " + to_text(range.min) + " to " + to_text(range.max));
  }
  return out;
}

base::Duration Value::duration_text() const {
  const auto parsed = parse_duration(scalar(kDurationForms));
  if (!parsed) {
    fail(std::string(kDecodeError) + "found " + parsed.error() + ": " + shown() +
         "; allowed: " + std::string(kDurationForms));
  }
  return *parsed;
}

base::Duration Value::duration_parts() const {
  constexpr std::uint64_t kMaxSeconds =
      std::chrono::duration_cast<std::chrono::seconds>(kLongestDuration).count() - 1;
  Section parts(*this);
  const auto secs = parts.take("secs");
  const auto nanos = parts.take("nanos");
  parts.finish(Section::Unknown::error);
  if (!secs) fail_form(std::string(kDurationForms) + ", or {secs, nanos}");
  const auto whole = static_cast<std::int64_t>(secs->number({0, kMaxSeconds}));
  const auto rest = static_cast<std::int64_t>(nanos ? nanos->number({0, 999'999'999}) : 0);
  return std::chrono::seconds(whole) + std::chrono::nanoseconds(rest);
}

std::vector<Value> Value::list() const {
  if (!is(Node::Kind::sequence)) fail_kind("a list");
  std::vector<Value> out;
  for (std::size_t i = 0; i < node_->items.size(); ++i) {
    out.emplace_back(*report_, node_->items[i], at_index(path_, i));
  }
  return out;
}

}  // namespace slim::settings
