#include <slim/forward/drop_reason.hpp>

namespace slim::forward {

std::string_view to_string(DropReason reason) noexcept {
  switch (reason) {
    case DropReason::no_route:
      return "no_route";
    case DropReason::other_generation:
      return "other_generation";
    case DropReason::untranslatable:
      return "untranslatable";
    case DropReason::gateway_ambiguous:
      return "gateway_ambiguous";
    case DropReason::only_source:
      return "only_source";
    case DropReason::split_horizon:
      return "split_horizon";
    case DropReason::ttl_expired:
      return "ttl_expired";
    case DropReason::invalid:
      return "invalid";
    case DropReason::too_large:
      return "too_large";
    case DropReason::mac:
      return "mac";
    case DropReason::connection_gone:
      return "connection_gone";
    case DropReason::other:
      break;
  }
  return "other";
}

}  // namespace slim::forward
