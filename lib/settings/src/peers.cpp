#include "decode.hpp"
#include "unavailable.hpp"

namespace slim::settings {
namespace {

Peer decode_peer(const Value& value, base::Duration negotiation_timeout) {
  Section entry(value);
  Peer out;
  const auto id = entry.text("node_id");
  if (!id || id->empty()) {
    value.fail(std::string(kDecodeError) + "found no node_id; allowed: the peer's node_id");
  }
  out.node_id = *id;
  out.client = read_client(entry, negotiation_timeout);
  out.client.type = forward::LinkType::peer;
  entry.finish(Section::Unknown::error);
  return out;
}

std::vector<Peer> decode_static(Section& discovery, base::Duration negotiation_timeout) {
  const auto list = discovery.take("peers");
  std::vector<Peer> out;
  std::set<std::string> ids;
  if (list) {
    for (const Value& value : list->list()) {
      out.push_back(decode_peer(value, negotiation_timeout));
      if (ids.insert(out.back().node_id).second) continue;
      value.fail(
          "invalid configuration: found a second peer with the same node_id; allowed: one "
          "entry a node");
    }
  }
  if (out.empty()) {
    discovery.value().fail(
        "invalid configuration: peers must not be empty; allowed: entries with "
        "node_id and endpoint");
  }
  return out;
}

std::vector<Peer> decode_discovery(const Value& value, base::Duration negotiation_timeout) {
  enum class Type { of_file, of_kubernetes };
  Section discovery(value);
  const auto type = discovery.take("type");
  if (!type) {
    value.fail(std::string(kDecodeError) + "found no type; allowed: type: static or kubernetes");
  }
  if (type->choice<Type>({{"static", Type::of_file}, {"kubernetes", Type::of_kubernetes}}) ==
      Type::of_kubernetes) {
    refuse_unavailable(*type, "discovery of peers in Kubernetes");
  }
  std::vector<Peer> out = decode_static(discovery, negotiation_timeout);
  discovery.finish(Section::Unknown::notice);
  return out;
}

}  // namespace

std::vector<Peer> decode_peers(const Value& value, base::Duration negotiation_timeout) {
  Section peers(value);
  if (const auto topology = peers.take("topology")) {
    (void)topology->choice<bool>({{"full_mesh", true}});
  }
  const auto discovery = peers.take("discovery");
  peers.finish(Section::Unknown::error);
  if (!discovery) {
    value.fail(std::string(kDecodeError) +
               "found no discovery; allowed: discovery: {type: static, "
               "peers: [...]}");
  }
  return decode_discovery(*discovery, negotiation_timeout);
}

}  // namespace slim::settings
