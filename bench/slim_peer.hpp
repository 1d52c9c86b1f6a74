/// A generation D application on a raw stream: negotiates, subscribes, and sends publishes that
/// were made and signed in advance. The header MAC does not cover payloads, so each message gets
/// its own number and time without being signed again.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <slim/crypto/hmac.hpp>
#include <slim/name/name.hpp>

#include "raw_stream.hpp"

namespace slim::bench {

struct PublishShape {
  std::uint32_t fanout = 1;
  std::size_t payload = 64;  ///< at least 16: number and time
  /// How many different headers there are; 1 means that the identity repeats.
  std::size_t identities = 1;
  std::size_t identity_bytes = 250;
};

/// What a publish carries at the end of its payload.
struct Stamp {
  std::uint64_t number = 0;
  std::uint64_t sent_ns = 0;
};

class SlimPeer {
 public:
  /// Waits for the link. Throws std::runtime_error.
  SlimPeer(const std::string& host, std::uint16_t port);

  /// Waits for the acknowledgement.
  void subscribe(const name::Name& name, std::uint64_t id);
  void prepare(const name::Name& to, const PublishShape& shape);
  /// Appends the next publish to what is to be sent.
  void publish(const Stamp& stamp);
  [[nodiscard]] RawStream& stream() noexcept { return stream_; }
  /// The stamp of a publish that arrived; nothing for other messages.
  [[nodiscard]] static std::optional<Stamp> stamp_of(std::string_view message);

 private:
  [[nodiscard]] std::string sign(std::uint32_t kind, const std::string& header,
                                 const std::string& rest) const;
  [[nodiscard]] std::string header(const name::Name& to, const std::string& identity,
                                   std::uint32_t fanout) const;

  RawStream stream_;
  std::string link_id_;
  std::optional<crypto::HmacSha256> mac_;
  name::Name self_;
  std::vector<std::string> messages_;  ///< framed
  std::size_t next_ = 0;
};

}  // namespace slim::bench
