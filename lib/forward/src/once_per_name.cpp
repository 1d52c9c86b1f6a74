#include <slim/forward/once_per_name.hpp>

namespace slim::forward {
namespace {

constexpr auto kPeriod = std::chrono::minutes(1);

}  // namespace

bool OncePerName::admit(const name::Hashes& hashes, base::Instant now) {
  const std::uint64_t key = hashes[0] ^ hashes[1] << 1 ^ hashes[2] << 2;
  Logged& slot = logged_[(key ^ key >> 32) % logged_.size()];
  if (slot.name == key && now < slot.until) return false;
  slot = {key, now + kPeriod};
  return true;
}

std::string shown(const wire::NameView& name, base::ByteView message) {
  std::string out;
  for (std::size_t i = 0; i < 3; ++i) {
    if (i > 0) out += '/';
    // Only C and D have the readable name in every message.
    out += name.has_strings ? std::string(name.strings[i].text_in(message))
                            : std::to_string(name.hashes[i]);
  }
  return out;
}

}  // namespace slim::forward
