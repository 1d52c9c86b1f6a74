// The first byte of each piece says how long it is and when the receiver holds: whatever the
// pieces, the messages are those of the whole.
#include <cstdint>
#include <cstdlib>
#include <string>
#include <vector>

#include "../../lib/transport/src/deframer.hpp"

using namespace slim;
using transport::Deframer;

namespace {

constexpr std::uint32_t kMax = 4096;

struct Run {
  std::vector<std::string> messages;
  Deframer::Status status = Deframer::Status::ok;
  std::size_t consumed = 0;
};

Run whole(base::ByteView bytes) {
  Run run;
  Deframer deframer(kMax);
  run.status =
      deframer.feed(bytes, nullptr, run.consumed, [&](base::ByteView m, const base::SharedBytes&) {
        run.messages.emplace_back(base::as_text(m));
        return Deframer::Offer::taken;
      });
  return run;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::string stream;
  Run pieces;
  Deframer deframer(kMax);
  std::size_t at = 0;
  bool hold = false;
  const auto offer = [&](base::ByteView m, const base::SharedBytes&) {
    if (std::exchange(hold, false)) return Deframer::Offer::held;
    pieces.messages.emplace_back(base::as_text(m));
    return Deframer::Offer::taken;
  };
  while (at < size && pieces.status == Deframer::Status::ok) {
    const std::uint8_t control = data[at++];
    const std::size_t n = std::min<std::size_t>(control & 0x3f, size - at);
    hold = (control & 0x40) != 0;
    const base::ByteView piece{data + at, n};
    stream.append(base::as_text(piece));
    at += n;
    // Pieces of odd length lie in a block that may be kept, others are gone after the call.
    const base::SharedBytes block = base::SharedBytes::copy_of(piece);
    pieces.status = n % 2 == 1 ? deframer.feed(block.view(), &block, pieces.consumed, offer)
                               : deframer.feed(piece, nullptr, pieces.consumed, offer);
    hold = false;
    if (pieces.status == Deframer::Status::ok && deframer.holding() && (control & 0x80) != 0) {
      pieces.status = deframer.resume(pieces.consumed, offer);
    }
  }
  if (pieces.status == Deframer::Status::ok && deframer.holding()) {
    pieces.status = deframer.resume(pieces.consumed, offer);
  }
  const Run expected = whole(base::as_bytes(stream));
  if (pieces.messages != expected.messages || pieces.status != expected.status) std::abort();
  if (pieces.status == Deframer::Status::ok && pieces.consumed != stream.size()) std::abort();
  return 0;
}
