#include <slim/base/log.hpp>
#include <slim/forward/other_generations.hpp>
#include <slim/forward/router.hpp>

namespace slim::forward {
namespace {

const log::Target kTarget{"slim_datapath::forwarder"};
constexpr auto kPeriod = std::chrono::minutes(1);

std::string shown(const wire::NameView& name, base::ByteView bytes) {
  std::string out;
  for (std::size_t i = 0; i < 3; ++i) {
    if (i > 0) out += '/';
    // Only C and D have the readable name in every message.
    out += name.has_strings ? std::string(name.strings[i].text_in(bytes))
                            : std::to_string(name.hashes[i]);
  }
  return out;
}

}  // namespace

bool OtherGenerations::admit(const Departure& departure, const Router& router) {
  using wire::Generation;
  const wire::MessageView& view = departure.view;
  const wire::NameView& name = view.header.destination;
  for (const Generation other : {Generation::a, Generation::b, Generation::c, Generation::d}) {
    if (other == view.generation) continue;
    const auto wanted = name::InstanceId::wildcard();
    if (router.table().find(other, name.hashes, wanted).empty()) continue;
    const std::uint64_t key = name.hashes[0] ^ name.hashes[1] << 1 ^ name.hashes[2] << 2;
    Logged& slot = logged_[(key ^ key >> 32) % logged_.size()];
    const base::Instant now = router.clock().now();
    if (slot.name != key || now >= slot.until) {
      slot = {key, now + kPeriod};
      SLIM_WARN(kTarget, "message not delivered: its subscribers speak another generation",
                kv("name", shown(name, departure.bytes)),
                kv("generation", wire::to_string(view.generation)),
                kv("subscribed_by", wire::to_string(other)));
    }
    return true;
  }
  return false;
}

}  // namespace slim::forward
