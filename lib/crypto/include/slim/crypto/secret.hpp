/// Key material that is wiped when it goes away.
#pragma once

#include <stdexcept>
#include <vector>

#include <slim/base/bytes.hpp>

namespace slim::crypto {

/// The cryptographic library failed at something that does not depend on a peer's bytes.
class CryptoError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// Ownership: unique; moving leaves the source empty. Thread: one at a time.
class Secret {
 public:
  Secret() = default;
  explicit Secret(std::size_t size) : bytes_(size) {}
  explicit Secret(base::ByteView bytes) : bytes_(bytes.begin(), bytes.end()) {}
  Secret(const Secret&) = delete;
  Secret& operator=(const Secret&) = delete;
  Secret(Secret&& other) noexcept : bytes_(std::move(other.bytes_)) { other.bytes_.clear(); }
  Secret& operator=(Secret&& other) noexcept {
    bytes_.swap(other.bytes_);
    return *this;
  }
  ~Secret();

  [[nodiscard]] base::ByteView view() const noexcept { return bytes_; }
  [[nodiscard]] base::Byte* data() noexcept { return bytes_.data(); }
  [[nodiscard]] std::size_t size() const noexcept { return bytes_.size(); }

 private:
  std::vector<base::Byte> bytes_;
};

}  // namespace slim::crypto
