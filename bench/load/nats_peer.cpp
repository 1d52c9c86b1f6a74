#include "nats_peer.hpp"

#include <charconv>
#include <cstring>
#include <stdexcept>

namespace slim::bench {
namespace {

constexpr std::size_t kInitialBuffer = 256 * 1024;
constexpr int kPatienceMs = 10'000;

std::string subject(const Sink& sink) { return "bench.sink." + std::to_string(sink.index); }

}  // namespace

NatsPeer::NatsPeer(const Target& target) : socket_(target), in_(kInitialBuffer) {
  output_.control() +=
      "CONNECT {\"verbose\":false,\"pedantic\":false,\"name\":\"slim-load\",\"lang\":\"c++\","
      "\"version\":\"1\",\"protocol\":1,\"echo\":true}\r\n";
  ping_and_wait();
}

void NatsPeer::ping_and_wait() {
  output_.control() += "PING\r\n";
  const std::uint64_t wanted = pongs_ + 1;
  if (!output_.flush()) throw std::runtime_error("the server ended a connection");
  while (pongs_ < wanted) {
    if (!socket_.wait_readable(kPatienceMs) || !receive(nullptr))
      throw std::runtime_error("the server did not answer a PING");
  }
}

void NatsPeer::subscribe(const Sink& sink) {
  const bool group = sink.delivery == Sink::Delivery::any_one;
  output_.control() += "SUB " + subject(sink) + (group ? " group" : "") + " 1\r\n";
  ping_and_wait();
}

void NatsPeer::prepare(const Sink& sink, const PublishShape& shape, std::size_t window) {
  std::string bytes = "PUB " + subject(sink) + " " + std::to_string(shape.payload) + "\r\n";
  bytes += std::string(shape.payload, 'x') + "\r\n";
  const PublishRing::Publish publish{bytes, 2};
  const std::size_t quarter = std::max<std::size_t>(1, window / 4) * bytes.size();
  output_.ring().build({&publish, 1}, {PublishRing::Framing::none,
                                       std::min(shape.max_frame, quarter), shape.single});
}

void NatsPeer::probe(const Sink& sink) {
  const Stamp stamp{kProbe, 0};
  output_.control() += "PUB " + subject(sink) + " " + std::to_string(sizeof stamp) + "\r\n";
  output_.control().append(reinterpret_cast<const char*>(&stamp), sizeof stamp);
  output_.control() += "\r\n";
  if (!output_.flush()) throw std::runtime_error("the server ended a connection");
}

std::size_t NatsPeer::stamp(std::size_t allowed, std::uint64_t number) {
  std::int64_t unlimited = std::int64_t{1} << 40;
  return output_.ring().stamp(allowed, unlimited, number, 0);
}

bool NatsPeer::stamp_one(const Stamp& stamp) {
  std::int64_t unlimited = std::int64_t{1} << 40;
  return output_.ring().stamp_one(unlimited, stamp);
}

bool NatsPeer::receive(Inbox* inbox) {
  for (int reads = 0; reads < 4; ++reads) {
    const ssize_t n = socket_.read(in_.data() + in_size_, in_.size() - in_size_);
    if (n == Socket::kNone) break;
    if (n == Socket::kEnd) return false;
    if (inbox && inbox->wants_time()) inbox->arrives_at(now_ns());
    in_size_ += static_cast<std::size_t>(n);
    const std::size_t taken = take({in_.data(), in_size_}, inbox);
    in_size_ -= taken;
    std::memmove(in_.data(), in_.data() + taken, in_size_);
    if (in_size_ > in_.size() / 2) in_.resize(2 * in_.size());
  }
  return output_.flush();
}

std::size_t NatsPeer::take(std::string_view bytes, Inbox* inbox) {
  std::string_view rest = bytes;
  while (true) {
    std::size_t line_size = last_line_.size();
    const bool same = line_size > 0 && rest.starts_with(last_line_);
    if (!same) {
      line_size = rest.find('\n') + 1;
      if (line_size == 0) break;
      if (!is_message(rest.substr(0, line_size))) {
        on_line(rest.substr(0, line_size));
        rest.remove_prefix(line_size);
        continue;
      }
    }
    const std::size_t whole = line_size + payload_ + 2;
    if (rest.size() < whole) break;
    if (inbox && payload_ >= sizeof(Stamp)) inbox->take(rest.data() + whole - 2 - sizeof(Stamp));
    rest.remove_prefix(whole);
  }
  return bytes.size() - rest.size();
}

bool NatsPeer::is_message(std::string_view line) {
  if (!line.starts_with("MSG ")) return false;
  const std::size_t digits = line.rfind(' ') + 1;
  if (std::from_chars(line.data() + digits, line.data() + line.size(), payload_).ec != std::errc{})
    throw std::runtime_error("the server sent an MSG without its size");
  last_line_ = line;
  return true;
}

void NatsPeer::on_line(std::string_view line) {
  if (line.starts_with("PONG")) ++pongs_;
  if (line.starts_with("PING")) output_.control() += "PONG\r\n";
  if (line.starts_with("-ERR")) throw std::runtime_error("the server says " + std::string(line));
}

}  // namespace slim::bench
