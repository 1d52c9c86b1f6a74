#include "subscribe_rules.hpp"

#include <slim/name/hash.hpp>
#include <slim/wire/control.hpp>

namespace slim::forward {

name::Name subscribed_name(const wire::MessageView& view, base::ByteView bytes) {
  using wire::Generation;
  name::Name name = wire::to_name(view.header.destination, bytes);
  const bool old = view.generation == Generation::a || view.generation == Generation::b;
  if (!old || !view.header.destination.has_strings) return name;
  const bool is_v03 =
      view.generation == Generation::a && name.hashes[0] == name::hash_component_v03(name.parts[0]);
  for (std::size_t i = 0; i < 3; ++i) {
    name.hashes[i] =
        is_v03 ? name::hash_component_v03(name.parts[i]) : name::hash_component(name.parts[i]);
  }
  return name;
}

std::string refusal(RemoveError error, const name::Name& name, std::uint64_t subscription_id) {
  switch (error) {
    case RemoveError::no_prefix:
      return "subscription not found";
    case RemoveError::no_id:
      return "id not found: " + name::to_string(name.id);
    case RemoveError::no_record:
      break;
  }
  return "subscription id not found: " + std::to_string(subscription_id);
}

std::string refusal(AddError error) {
  return error == AddError::link_limit ? "subscription limit of the connection reached"
                                       : "subscription limit of the node reached";
}

}  // namespace slim::forward
