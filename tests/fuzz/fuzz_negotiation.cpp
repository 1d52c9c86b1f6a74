// Link messages: what is read comes out the same again; versions are judged without a crash.
#include <cstdint>
#include <cstdlib>

#include <slim/wire/link_negotiation.hpp>

using namespace slim;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const base::ByteView message{data, size};
  (void)wire::semver_major(base::as_text(message));
  wire::MessageView view;
  if (wire::decode_d(message, view) != wire::DecodeError::none) return 0;
  if (view.kind != wire::Kind::link) return 0;
  const auto link = wire::decode_link(message, view);
  if (!link) return 0;
  const std::string encoded = wire::encode_link(*link);
  if (wire::decode_d(base::as_bytes(encoded), view) != wire::DecodeError::none) std::abort();
  const auto again = wire::decode_link(base::as_bytes(encoded), view);
  if (!again || again->link_id != link->link_id || again->version != link->version ||
      again->public_key != link->public_key || again->node_id != link->node_id ||
      again->connection_type != link->connection_type || again->kem != link->kem) {
    std::abort();
  }
  return 0;
}
