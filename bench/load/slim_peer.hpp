/// An application on a stream of its own: link, subscriptions, publishes that were made and signed
/// in advance. The header MAC does not cover payloads, so each publish gets its own stamp without
/// being signed again.
#pragma once

#include <optional>
#include <string>

#include <slim/crypto/hmac.hpp>
#include <slim/crypto/x25519.hpp>
#include <slim/name/name.hpp>
#include <slim/wire/message.hpp>

#include "h2_stream.hpp"
#include "peer.hpp"
#include "slim_messages.hpp"

namespace slim::bench {

class SlimPeer final : public Peer {
 public:
  /// Opens the stream and states itself, waiting for nothing but TLS. Throws std::runtime_error,
  /// here and below.
  explicit SlimPeer(const Options& options);
  /// Waits for the node's part of the link, where the generation has one.
  void await_link();

  /// A subscription with this id, to be flushed.
  void send_subscribe(const name::Name& name, std::uint64_t id);
  void await_ack();
  /// A name of its generation.
  [[nodiscard]] name::Name name(std::string_view service, std::uint64_t id) const;
  [[nodiscard]] H2Stream& stream() noexcept { return stream_; }

  int fd() const noexcept override { return stream_fd_; }
  void subscribe(const Sink& sink) override;
  void prepare(const Sink& sink, const PublishShape& shape, std::size_t window) override;
  void probe(const Sink& sink) override;
  std::size_t stamp(std::size_t allowed, std::uint64_t number) override;
  bool stamp_one(const Stamp& stamp) override;
  bool receive(Inbox* inbox) override;
  Output& output() noexcept override { return stream_.output(); }
  bool acknowledges() const noexcept override { return dialect_ != wire::Dialect::b; }

  [[nodiscard]] static bool is_publish(std::string_view message) noexcept;

 private:
  [[nodiscard]] std::string await(wire::Kind kind);
  [[nodiscard]] name::Name sink_name(const Sink& sink) const {
    return name("sink", sink.index + 1);
  }
  [[nodiscard]] SlimMessages messages() const { return {dialect_, mac_ ? &*mac_ : nullptr}; }
  [[nodiscard]] std::string framed_publish(const Sink& sink, std::string_view identity,
                                           std::string_view payload) const;

  wire::Dialect dialect_;
  bool wants_mac_;
  H2Stream stream_;
  int stream_fd_;
  std::string link_id_;
  std::optional<crypto::X25519KeyPair> key_;
  std::optional<crypto::HmacSha256> mac_;
  name::Name self_;
};

}  // namespace slim::bench
