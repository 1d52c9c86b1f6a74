#include <slim/base/log.hpp>
#include <slim/forward/other_generations.hpp>
#include <slim/forward/router.hpp>

namespace slim::forward {
namespace {

const log::Target kTarget{"slim_datapath::forwarder"};

}  // namespace

bool OtherGenerations::admit(const Departure& departure, const Router& router) {
  using wire::Generation;
  const wire::MessageView& view = departure.view;
  const wire::NameView& name = view.header.destination;
  for (const Generation other : {Generation::a, Generation::b, Generation::c, Generation::d}) {
    if (other == view.generation) continue;
    const auto wanted = name::InstanceId::wildcard();
    if (router.table().find(other, name.hashes, wanted).empty()) continue;
    if (logged_.admit(name.hashes, router.clock().now())) {
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
