/// A mapping while it is decoded: it knows which keys have a meaning.
#pragma once

#include <concepts>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "value.hpp"

namespace slim::settings {

/// Every key that is asked for counts as known; finish() deals with the others. Null counts as
/// absent (docs/protocol/config.md 12, N26), in strict mode only where text is wanted.
class Section {
 public:
  enum class Unknown : bool {
    error,
    notice,  ///< still an error in strict mode
  };
  explicit Section(const Value& mapping);

  [[nodiscard]] const Value& value() const noexcept { return value_; }
  [[nodiscard]] Report& report() const noexcept { return value_.report(); }
  /// The value of a key that is there.
  [[nodiscard]] std::optional<Value> take(std::string_view key);
  [[nodiscard]] std::optional<std::string> text(std::string_view key);

  // These leave `into` alone without the key.
  void read(std::string_view key, std::string& into);
  void read(std::string_view key, bool& into);
  void read(std::string_view key, base::Duration& into, DurationRange range = {});
  template <std::unsigned_integral T>
  void read(std::string_view key, T& into, NumberRange range);
  template <std::unsigned_integral T>
  void read_bytes(std::string_view key, T& into, NumberRange range);

  /// A key that public nodes take too and that has no effect in them either.
  void ignore(std::string_view key);
  /// After the last read.
  void finish(Unknown unknown) const;

 private:
  Value value_;
  std::vector<std::string> known_;
};

template <std::unsigned_integral T>
void Section::read(std::string_view key, T& into, NumberRange range) {
  if (const auto found = take(key)) into = static_cast<T>(found->number(range));
}

template <std::unsigned_integral T>
void Section::read_bytes(std::string_view key, T& into, NumberRange range) {
  if (const auto found = take(key)) into = static_cast<T>(found->bytes(range));
}

}  // namespace slim::settings
