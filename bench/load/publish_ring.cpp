#include "publish_ring.hpp"

#include <algorithm>

namespace slim::bench {
namespace {

/// Small enough to stay in a core's cache.
constexpr std::size_t kRingBytes = 256 * 1024;
/// Made ready, and written, at a time.
constexpr std::size_t kAtOnce = 128 * 1024;

void put_data_header(std::string& out, std::size_t size) {
  for (const int shift : {16, 8, 0}) out.push_back(static_cast<char>(size >> shift));
  out.append({0, 0, 0, 0, 0, 1});  // DATA, no flags, stream 1
}

}  // namespace

void PublishRing::build(std::span<const Publish> publishes, const Shape& shape) {
  *this = {};
  std::string stream;
  std::vector<std::size_t> ends;
  std::vector<std::size_t> stamps;
  while (stream.size() < kRingBytes) {
    for (const Publish& publish : publishes) {
      stream += publish.bytes;
      ends.push_back(stream.size());
      stamps.push_back(stream.size() - publish.behind_stamp - sizeof(Stamp));
    }
  }
  const std::string_view all = stream;
  if (shape.single) {
    std::size_t begin = 0;
    for (std::size_t i = 0; i < ends.size(); begin = ends[i++]) {
      const std::size_t at = stamps[i] - begin;
      cut(all.substr(begin, ends[i] - begin), {&at, 1}, shape);
    }
  } else {
    cut(all, stamps, shape);
  }
}

/// Frames of nearly the same size, none of which ends inside a stamp.
void PublishRing::cut(std::string_view stream, std::span<const std::size_t> stamps,
                      const Shape& shape) {
  std::size_t first = 0;
  for (std::size_t begin = 0; begin < stream.size();) {
    std::size_t end = std::min(begin + shape.max_frame, stream.size());
    const std::size_t first_here = first;
    while (first < stamps.size() && stamps[first] + sizeof(Stamp) <= end) ++first;
    if (first < stamps.size() && stamps[first] < end) end = stamps[first];
    if (shape.framing == Framing::http2_data) put_data_header(bytes_, end - begin);
    const auto first_stamp = static_cast<std::uint32_t>(stamps_.size());
    for (std::size_t i = first_here; i < first; ++i) {
      stamps_.push_back(bytes_.size() + stamps[i] - begin);
    }
    bytes_ += stream.substr(begin, end - begin);
    frames_.push_back({bytes_.size(), static_cast<std::uint32_t>(end - begin), first_stamp,
                       static_cast<std::uint32_t>(first - first_here)});
    begin = end;
  }
}

void PublishRing::wrap() noexcept {
  if (next_ < frames_.size()) return;
  next_ = 0;
  start_ = sent_ = ready_ = 0;
}

void PublishRing::patch(const Frame& frame, std::uint64_t number, std::uint64_t due_ns) noexcept {
  for (std::uint32_t i = 0; i < frame.publishes; ++i) {
    const Stamp stamp{number + i, due_ns};
    std::memcpy(bytes_.data() + stamps_[frame.first + i], &stamp, sizeof stamp);
  }
}

std::size_t PublishRing::stamp(std::size_t allowed, std::int64_t& credit, std::uint64_t number,
                               std::uint64_t due_ns) {
  wrap();
  start_ = sent_;
  std::size_t numbered = 0;
  while (next_ < frames_.size() && ready_ - sent_ < kAtOnce) {
    const Frame& frame = frames_[next_];
    if (frame.publishes > allowed - numbered || frame.charge > credit) break;
    patch(frame, number + numbered, due_ns);
    numbered += frame.publishes;
    credit -= frame.charge;
    ready_ = frame.end;
    ++next_;
  }
  return numbered;
}

bool PublishRing::stamp_one(std::int64_t& credit, const Stamp& stamp) {
  if (sent_ == ready_) {
    wrap();
    start_ = sent_;
  }
  // A publish longer than a frame takes several; all of them or none.
  std::size_t last = next_;
  std::int64_t charge = 0;
  while (last < frames_.size()) {
    charge += frames_[last].charge;
    if (frames_[last++].publishes > 0) break;
  }
  if (next_ == frames_.size() || ready_ - sent_ >= kAtOnce || charge > credit) return false;
  for (; next_ < last; ++next_) patch(frames_[next_], stamp.number, stamp.due_ns);
  ready_ = frames_[last - 1].end;
  credit -= charge;
  return true;
}

void PublishRing::sent(std::size_t size) noexcept { sent_ += size; }

}  // namespace slim::bench
