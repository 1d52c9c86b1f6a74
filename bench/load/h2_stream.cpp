#include "h2_stream.hpp"

#include <stdexcept>
#include <utility>

#include <slim/wire/generation.hpp>

namespace slim::bench {
namespace {

enum FrameType : std::uint8_t {
  kData = 0,
  kHeaders = 1,
  kReset = 3,
  kSettings = 4,
  kPing = 6,
  kGoAway = 7,
  kWindow = 8
};
constexpr std::uint8_t kAck = 1;
constexpr std::uint8_t kEndStream = 1;
constexpr std::uint8_t kEndHeaders = 4;
constexpr std::uint8_t kPadded = 8;
constexpr std::uint32_t kStream = 1;
constexpr std::uint32_t kWindowSize = 16 * 1024 * 1024;
constexpr std::size_t kCreditAt = 2 * 1024 * 1024;

void put32(std::string& out, std::uint32_t v) {
  for (int shift = 24; shift >= 0; shift -= 8) out.push_back(static_cast<char>(v >> shift));
}

/// HPACK: a literal header that is not indexed, neither part Huffman-coded.
void put_header(std::string& out, std::string_view name, std::string_view value) {
  out.push_back(0);
  out.push_back(static_cast<char>(name.size()));
  out += name;
  out.push_back(static_cast<char>(value.size()));
  out += value;
}

}  // namespace

H2Stream::H2Stream(const Target& target) : socket_(target) {
  output_.control() += "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
  std::string settings;
  for (const auto& [id, value] : {std::pair<int, std::uint32_t>{2, 0}, {4, kWindowSize}}) {
    settings.push_back(0);
    settings.push_back(static_cast<char>(id));
    put32(settings, value);
  }
  put_frame(kSettings, 0, 0, settings);
  std::string credit;
  put32(credit, kWindowSize - 65'535);
  put_frame(kWindow, 0, 0, credit);
  std::string headers;
  put_header(headers, ":method", "POST");
  put_header(headers, ":scheme", target.tls ? "https" : "http");
  put_header(headers, ":path", wire::kDataPlanePath);
  put_header(headers, ":authority", target.host);
  put_header(headers, "content-type", "application/grpc");
  put_header(headers, "te", "trailers");
  put_frame(kHeaders, kEndHeaders, kStream, headers);
  if (!output_.flush()) throw std::runtime_error("cannot open a stream");
}

void H2Stream::put_frame(std::uint8_t type, std::uint8_t flags, std::uint32_t stream,
                         std::string_view body) {
  std::string& out = output_.control();
  for (const int shift : {16, 8, 0}) out.push_back(static_cast<char>(body.size() >> shift));
  out.push_back(static_cast<char>(type));
  out.push_back(static_cast<char>(flags));
  put32(out, stream);
  out += body;
}

void H2Stream::send(std::string_view message) {
  const std::size_t size = kPrefix + message.size();
  if (size > max_frame_ || static_cast<std::int64_t>(size) > credit())
    throw std::runtime_error("no credit for a message of set-up");
  std::string body(1, '\0');
  put32(body, static_cast<std::uint32_t>(message.size()));
  body += message;
  put_frame(kData, 0, kStream, body);
  charge(static_cast<std::int64_t>(size));
}

std::size_t H2Stream::take_frame(std::string_view bytes) {
  std::size_t taken = 0;
  const auto collect = [&](std::size_t wanted) {
    const std::size_t n = std::min(wanted - std::min(wanted, frame_.size()), bytes.size() - taken);
    frame_ += bytes.substr(taken, n);
    taken += n;
    return frame_.size() >= wanted;
  };
  if (!collect(kFrameHeader)) return taken;
  const std::size_t size = be32(frame_.data()) >> 8;
  const auto flags = static_cast<std::uint8_t>(frame_[4]);
  if (frame_[3] == kData) {
    if ((flags & kPadded) != 0) throw std::runtime_error("the node pads DATA frames");
    data_left_ = size;
    data_ends_ = (flags & kEndStream) != 0;
    ended_ = ended_ || (size == 0 && data_ends_);
    frame_.clear();
  } else if (collect(kFrameHeader + size)) {
    const std::string frame = std::exchange(frame_, {});
    on_frame(std::string_view(frame).substr(0, kFrameHeader),
             std::string_view(frame).substr(kFrameHeader));
  }
  return taken;
}

void H2Stream::on_frame(std::string_view header, std::string_view body) {
  const auto flags = static_cast<std::uint8_t>(header[4]);
  const std::uint32_t stream = be32(header.data() + 5) & 0x7fffffff;
  switch (header[3]) {
    case kHeaders:
      ended_ = ended_ || (flags & kEndStream) != 0;
      break;
    case kSettings:
      if ((flags & kAck) == 0) on_settings(body);
      break;
    case kPing:
      if ((flags & kAck) == 0) put_frame(kPing, kAck, 0, body);
      break;
    case kWindow:
      (stream == 0 ? connection_window_ : stream_window_) += be32(body.data()) & 0x7fffffff;
      break;
    case kReset:
    case kGoAway:
      ended_ = true;
      break;
    default:
      break;
  }
}

void H2Stream::on_settings(std::string_view body) {
  for (std::size_t i = 0; i + 6 <= body.size(); i += 6) {
    const unsigned id = static_cast<unsigned char>(body[i + 1]);
    const std::uint32_t value = be32(body.data() + i + 2);
    if (id == 4) {
      stream_window_ += std::int64_t{value} - initial_window_;
      initial_window_ = value;
    }
    if (id == 5) max_frame_ = value;
  }
  put_frame(kSettings, kAck, 0, {});
}

void H2Stream::return_credit() {
  if (uncredited_ < kCreditAt) return;
  std::string credit;
  put32(credit, static_cast<std::uint32_t>(uncredited_));
  put_frame(kWindow, 0, 0, credit);
  put_frame(kWindow, 0, kStream, credit);
  uncredited_ = 0;
}

void H2Stream::begin_part(std::string_view bytes) {
  if (bytes.size() < kPrefix) {
    part_ = bytes;
    return;
  }
  const std::size_t size = be32(bytes.data() + 1);
  part_known_ = true;
  part_left_ = size - (bytes.size() - kPrefix);
  part_ = bytes.substr(0, size <= kWhole ? bytes.size() : std::min(bytes.size(), kPrefix + 1));
  if (size > kWhole && bytes.size() > kPrefix + 1) {
    const std::string_view rest = bytes.substr(kPrefix + 1);
    part_ += rest.substr(rest.size() > kTail ? rest.size() - kTail : 0);
  }
}

}  // namespace slim::bench
