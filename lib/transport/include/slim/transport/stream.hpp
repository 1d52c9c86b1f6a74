/// A bidirectional stream of messages, and who listens to it. Links see this and nothing of HTTP/2;
/// tests join two ends in memory.
#pragma once

#include <string>

#include <slim/base/shared_bytes.hpp>
#include <slim/transport/close_reason.hpp>

namespace slim::transport {

/// The trailers of a gRPC stream. Codes: https://grpc.github.io/grpc/core/md_doc_statuscodes.html
struct GrpcStatus {
  static constexpr int kOk = 0;
  static constexpr int kPermissionDenied = 7;
  static constexpr int kUnimplemented = 12;
  static constexpr int kUnavailable = 14;
  int code = kOk;
  std::string message;
};

/// Who is at the other end.
struct PeerAddress {
  std::string remote;  ///< address and port, or `unix`
  std::string local;
  bool tls = false;
};

enum class Intake : bool {
  taken,
  held,  ///< offer the same message again after MessageStream::resume()
};

/// Thread: called by the stream's worker. No call comes after on_end() or MessageStream::finish().
class StreamHandler {
 public:
  StreamHandler() = default;
  StreamHandler(const StreamHandler&) = delete;
  StreamHandler& operator=(const StreamHandler&) = delete;

  /// A dialled stream was accepted: the response headers are there.
  virtual void on_open() {}
  /// `owner` holds the bytes, perhaps among others, or is empty: then they are gone after the call.
  /// The stream may be finished from here.
  [[nodiscard]] virtual Intake on_message(base::ByteView message,
                                          const base::SharedBytes& owner) = 0;
  /// Some of what was appended has left for the socket.
  virtual void on_progress() = 0;
  /// Whether the stream stays open when the other side has said all that it wants to say.
  [[nodiscard]] virtual bool outlives_input() const noexcept { return false; }
  /// The stream ended, not by finish().
  virtual void on_end(CloseReason reason, const GrpcStatus& status) = 0;

 protected:
  ~StreamHandler() = default;
};

/// Lifetime: until its handler's on_end(), or until finish() returns. Thread: owner worker.
class MessageStream {
 public:
  MessageStream() = default;
  MessageStream(const MessageStream&) = delete;
  MessageStream& operator=(const MessageStream&) = delete;

  /// Appends one message: `head` bytes that the caller writes to the returned place before anything
  /// else happens, and `tail`, which is copied or, where `owner` holds it and that pays, shared.
  [[nodiscard]] virtual base::Byte* append(std::size_t head, base::ByteView tail,
                                           const base::SharedBytes& owner) = 0;
  /// Bytes that were appended and did not reach the socket.
  [[nodiscard]] virtual std::size_t queued() const noexcept = 0;
  /// Offers the held message again, and what came behind it.
  virtual void resume() = 0;
  /// Ends the stream once everything appended has been written, with this status.
  virtual void finish(CloseReason reason, const GrpcStatus& status) = 0;
  [[nodiscard]] virtual const PeerAddress& peer() const noexcept = 0;

 protected:
  ~MessageStream() = default;
};

}  // namespace slim::transport
