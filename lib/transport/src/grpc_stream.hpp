/// One gRPC stream on an HTTP/2 connection.
#pragma once

#include <slim/transport/byte_queue.hpp>
#include <slim/transport/stream.hpp>

#include "deframer.hpp"

namespace slim::transport {

class Http2Connection;

/// The headers of a request or response that matter here.
struct HeaderFields {
  std::string method;
  std::string path;
  std::string content_type;
  std::string status;  ///< HTTP
  std::string grpc_status;
  std::string grpc_message;
  std::size_t size = 0;  ///< of the whole list, as RFC 9113 6.5.2 counts
  std::size_t count = 0;
};

/// Thread: owner worker.
class GrpcStream final : public MessageStream {
 public:
  GrpcStream(Http2Connection& connection, std::int32_t id, std::uint32_t max_message)
      : connection_(connection), id_(id), deframer_(max_message) {}

  // MessageStream
  [[nodiscard]] base::Byte* append(std::size_t head, base::ByteView tail,
                                   const base::SharedBytes& owner) override;
  [[nodiscard]] std::size_t queued() const noexcept override;
  void resume() override;
  void finish(CloseReason reason, const GrpcStatus& status) override;
  [[nodiscard]] const PeerAddress& peer() const noexcept override;

  // For the connection.
  /// Messages from a DATA frame. The stream may be finished or ended afterwards.
  void input(base::ByteView bytes);
  /// The peer will send no more. Held messages still go through first.
  void input_ended();
  /// Tells the handler, once.
  void end(CloseReason reason, const GrpcStatus& status);

  [[nodiscard]] std::int32_t id() const noexcept { return id_; }

  HeaderFields headers;
  ByteQueue out;
  StreamHandler* handler = nullptr;
  bool has_input_end = false;  ///< END_STREAM was received
  bool was_reset = false;      ///< RST_STREAM was received
  bool is_open = false;        ///< dialled: response headers were received
  bool finishing = false;      ///< trailers, or END_STREAM for a dialler, once `out` is empty
  bool output_ended = false;
  bool deferred = true;  ///< the data provider waits to be resumed
  GrpcStatus status;
  std::string body;  ///< instead of messages, for requests that are not gRPC

 private:
  void after_input(Deframer::Status result, std::size_t consumed);
  [[nodiscard]] Deframer::Offer offer(base::ByteView message, const base::SharedBytes& owner);

  Http2Connection& connection_;
  std::int32_t id_;
  Deframer deframer_;
};

}  // namespace slim::transport
