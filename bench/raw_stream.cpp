#include "raw_stream.hpp"

#include <arpa/inet.h>
#include <cerrno>
#include <cstring>
#include <netinet/tcp.h>
#include <stdexcept>
#include <sys/socket.h>
#include <unistd.h>

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
constexpr std::uint32_t kStream = 1;
constexpr std::uint32_t kWindowSize = 16 * 1024 * 1024;
constexpr std::size_t kCreditAt = 2 * 1024 * 1024;
constexpr std::size_t kReadBuffer = 1024 * 1024;
constexpr std::size_t kWriteAtOnce = 512 * 1024;

std::uint32_t be32(const char* p) {
  const auto* u = reinterpret_cast<const unsigned char*>(p);
  return std::uint32_t{u[0]} << 24 | std::uint32_t{u[1]} << 16 | std::uint32_t{u[2]} << 8 | u[3];
}

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

std::string frame_header(std::size_t size, std::uint8_t type, std::uint8_t flags,
                         std::uint32_t stream) {
  std::string out;
  out.push_back(static_cast<char>(size >> 16));
  out.push_back(static_cast<char>(size >> 8));
  out.push_back(static_cast<char>(size));
  out.push_back(static_cast<char>(type));
  out.push_back(static_cast<char>(flags));
  put32(out, stream);
  return out;
}

}  // namespace

RawStream::RawStream(const std::string& host, std::uint16_t port) : in_(kReadBuffer) {
  fd_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  if (::inet_pton(AF_INET, host.c_str(), &address.sin_addr) != 1 ||
      ::connect(fd_, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0) {
    throw std::runtime_error("cannot connect to " + host + ":" + std::to_string(port));
  }
  const int on = 1;
  ::setsockopt(fd_, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  timeval patience{5, 0};
  ::setsockopt(fd_, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
  wire_ = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
  std::string settings;
  for (const auto& [id, value] : {std::pair{4, kWindowSize}, std::pair{5, 1U << 20}}) {
    settings.push_back(0);
    settings.push_back(static_cast<char>(id));
    put32(settings, value);
  }
  frame(kSettings, 0, 0, settings);
  std::string credit;
  put32(credit, kWindowSize - 65'535);
  frame(kWindow, 0, 0, credit);
  std::string headers;
  put_header(headers, ":method", "POST");
  put_header(headers, ":scheme", "http");
  put_header(headers, ":path", "/dataplane.proto.v1.DataPlaneService/OpenChannel");
  put_header(headers, ":authority", host);
  put_header(headers, "content-type", "application/grpc");
  put_header(headers, "te", "trailers");
  frame(kHeaders, kEndHeaders, kStream, headers);
  if (!flush()) throw std::runtime_error("cannot open a stream");
}

RawStream::~RawStream() { ::close(fd_); }

void RawStream::frame(std::uint8_t type, std::uint8_t flags, std::uint32_t stream,
                      std::string_view body) {
  wire_ += frame_header(body.size(), type, flags, stream);
  wire_ += body;
}

bool RawStream::receive(const std::function<void(std::string_view)>& on_message) {
  const ssize_t n = ::recv(fd_, in_.data() + in_size_, in_.size() - in_size_, 0);
  if (n == 0) return false;
  if (n < 0) return errno == EAGAIN || errno == EINTR;
  in_size_ += static_cast<std::size_t>(n);
  std::size_t at = 0;
  while (in_size_ - at >= 9) {
    const char* p = in_.data() + at;
    const std::size_t size = be32(p) >> 8;
    if (in_size_ - at < 9 + size) {
      if (9 + size > in_.size()) in_.resize(9 + size);
      break;
    }
    on_frame(static_cast<std::uint8_t>(p[3]), static_cast<std::uint8_t>(p[4]),
             be32(in_.data() + at + 5) & 0x7fffffff, {in_.data() + at + 9, size}, on_message);
    at += 9 + size;
  }
  std::memmove(in_.data(), in_.data() + at, in_size_ - at);
  in_size_ -= at;
  if (uncredited_ >= kCreditAt) {
    std::string credit;
    put32(credit, static_cast<std::uint32_t>(uncredited_));
    frame(kWindow, 0, 0, credit);
    frame(kWindow, 0, kStream, credit);
    uncredited_ = 0;
  }
  return !ended_ && flush();
}

void RawStream::on_frame(std::uint8_t type, std::uint8_t flags, std::uint32_t stream,
                         std::string_view body,
                         const std::function<void(std::string_view)>& on_message) {
  switch (type) {
    case kData:
      uncredited_ += body.size();
      deframe(body, on_message);
      ended_ = ended_ || (flags & kEndStream) != 0;
      break;
    case kHeaders:
      ended_ = ended_ || (flags & kEndStream) != 0;
      break;
    case kSettings:
      if ((flags & kAck) == 0) on_settings(body);
      break;
    case kPing:
      if ((flags & kAck) == 0) frame(kPing, kAck, 0, body);
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

void RawStream::on_settings(std::string_view body) {
  for (std::size_t i = 0; i + 6 <= body.size(); i += 6) {
    const unsigned id = static_cast<unsigned char>(body[i + 1]);
    const std::uint32_t value = be32(body.data() + i + 2);
    if (id == 4) {
      stream_window_ += std::int64_t{value} - initial_window_;
      initial_window_ = value;
    }
    if (id == 5) max_frame_ = value;
  }
  frame(kSettings, kAck, 0, {});
}

void RawStream::deframe(std::string_view body,
                        const std::function<void(std::string_view)>& on_message) {
  if (!partial_.empty()) {
    const auto take = [&](std::size_t wanted) {
      const std::size_t n = std::min(wanted - partial_.size(), body.size());
      partial_ += body.substr(0, n);
      body.remove_prefix(n);
      return partial_.size() == wanted;
    };
    if (partial_.size() < 5 && !take(5)) return;
    if (!take(5 + be32(partial_.data() + 1))) return;
    on_message(std::string_view(partial_).substr(5));
    partial_.clear();
  }
  while (body.size() >= 5) {
    const std::size_t size = be32(body.data() + 1);
    if (body.size() - 5 < size) break;
    on_message(body.substr(5, size));
    body.remove_prefix(5 + size);
  }
  partial_ = body;
}

bool RawStream::flush() {
  while (true) {
    if (wire_at_ == wire_.size()) {
      wire_.clear();
      wire_at_ = 0;
    }
    while (out_at_ < out_.size() && wire_.size() - wire_at_ < kWriteAtOnce) {
      const std::int64_t window = std::min(connection_window_, stream_window_);
      if (window <= 0) break;
      const std::size_t n =
          std::min({out_.size() - out_at_, max_frame_, static_cast<std::size_t>(window)});
      frame(kData, 0, kStream, std::string_view(out_).substr(out_at_, n));
      out_at_ += n;
      connection_window_ -= static_cast<std::int64_t>(n);
      stream_window_ -= static_cast<std::int64_t>(n);
    }
    if (out_at_ == out_.size()) {
      out_.clear();
      out_at_ = 0;
    }
    if (wire_at_ == wire_.size()) return true;
    const ssize_t n =
        ::send(fd_, wire_.data() + wire_at_, wire_.size() - wire_at_, MSG_NOSIGNAL | MSG_DONTWAIT);
    if (n < 0) return errno == EAGAIN || errno == EINTR;
    wire_at_ += static_cast<std::size_t>(n);
  }
}

}  // namespace slim::bench
