#include "grpc_stream.hpp"

#include <cstring>

#include "http2_connection.hpp"

namespace slim::transport {
namespace {

constexpr std::size_t kPrefix = 5;
constexpr std::size_t kWhole = 4 * 1024;

void write_prefix(std::size_t size, base::Byte* out) noexcept {
  out[0] = 0;  // never compressed
  for (int i = 0; i < 4; ++i) out[1 + i] = static_cast<base::Byte>(size >> (24 - 8 * i));
}

}  // namespace

base::Byte* GrpcStream::append(std::size_t head, base::ByteView tail,
                               const base::SharedBytes& owner) {
  // Short messages in one piece, which is one segment for the kernel.
  const bool whole = tail.size() < kWhole;
  base::Byte* place = out.append(kPrefix + head + (whole ? tail.size() : 0));
  write_prefix(head + tail.size(), place);
  place += kPrefix;
  if (!whole) {
    if (out.is_worth_sharing(tail, owner)) {
      out.append_shared(tail, owner);
    } else {
      out.append(tail);
    }
  } else if (!tail.empty()) {
    std::memcpy(place + head, tail.data(), tail.size());
  }
  connection_.wants_flush();
  return place;
}

std::size_t GrpcStream::queued() const noexcept { return out.size() + connection_.unsent(); }

const PeerAddress& GrpcStream::peer() const noexcept { return connection_.peer(); }

Deframer::Offer GrpcStream::offer(base::ByteView message, const base::SharedBytes& owner) {
  const Intake intake = handler->on_message(message, owner);
  // The handler may have finished the stream.
  if (!handler) return Deframer::Offer::stop;
  return intake == Intake::taken ? Deframer::Offer::taken : Deframer::Offer::held;
}

void GrpcStream::input(base::ByteView bytes) {
  if (!handler) {
    connection_.consumed(id_, bytes.size());
    return;
  }
  std::size_t consumed = 0;
  const auto result =
      deframer_.feed(bytes, connection_.read_block(), consumed,
                     [this](base::ByteView m, const base::SharedBytes& o) { return offer(m, o); });
  after_input(result, consumed);
}

void GrpcStream::resume() {
  if (!handler || !deframer_.holding()) return;
  std::size_t consumed = 0;
  const auto result = deframer_.resume(
      consumed, [this](base::ByteView m, const base::SharedBytes& o) { return offer(m, o); });
  after_input(result, consumed);
}

void GrpcStream::after_input(Deframer::Status result, std::size_t consumed) {
  connection_.consumed(id_, consumed);
  if (!handler) return;
  if (result == Deframer::Status::too_large || result == Deframer::Status::compressed) {
    // The public node ends such a stream with status OK; dialled links then come back.
    const CloseReason reason = result == Deframer::Status::too_large
                                   ? CloseReason::message_too_large
                                   : CloseReason::compressed_message;
    end(reason, {});
    finish(reason, {});
    return;
  }
  if (has_input_end && !deframer_.holding()) input_ended();
}

void GrpcStream::input_ended() {
  has_input_end = true;
  if (!body.empty()) connection_.answer_refused(*this);
  if (!handler || deframer_.holding() || handler->outlives_input()) return;
  end(CloseReason::peer_closed, {});
  finish(CloseReason::peer_closed, {});
}

void GrpcStream::end(CloseReason reason, const GrpcStatus& why) {
  if (!handler) return;
  StreamHandler* const told = handler;
  handler = nullptr;
  connection_.count_stream_end(reason);
  told->on_end(reason, why);
}

void GrpcStream::finish(CloseReason reason, const GrpcStatus& why) {
  if (handler) {
    handler = nullptr;
    connection_.count_stream_end(reason);
  }
  if (finishing) return;
  finishing = true;
  status = why;
  connection_.stream_finishing(*this);
}

}  // namespace slim::transport
