#include "slim_peer.hpp"

#include <cstring>
#include <stdexcept>

#include <slim/base/random.hpp>
#include <slim/crypto/hkdf.hpp>
#include <slim/wire/control.hpp>
#include <slim/wire/link_negotiation.hpp>
#include <slim/wire/mac.hpp>

namespace slim::bench {
namespace {

using base::as_bytes;
using wire::Dialect;

constexpr int kPatienceMs = 30'000;
// Tags of the first field of a publish: the member itself, or 0.6's metadata.
constexpr char kPublishTag = 3 << 3 | 2;
constexpr char kMetadataTag = 4 << 3 | 2;

std::string framed(std::string_view message) {
  std::string out(1, '\0');
  for (int shift = 24; shift >= 0; shift -= 8)
    out.push_back(static_cast<char>(message.size() >> shift));
  return out += message;
}

}  // namespace

SlimPeer::SlimPeer(const Options& options)
    : dialect_(options.dialect),
      wants_mac_(options.mac),
      stream_(options.target),
      stream_fd_(stream_.socket().fd()) {
  base::SystemRandom random;
  link_id_ = random.uuid_v4();
  self_ = name("peer", random.next_u64() >> 1);
  if (dialect_ == Dialect::b) return;
  wire::LinkNegotiation request;
  request.link_id = link_id_;
  request.version = dialect_ == Dialect::d ? "3.4.6" : wire::kProtocolVersionC;
  request.connection_type = wire::ConnectionType::edge;
  request.node_id = "bench";
  if (wants_mac_) {
    key_ = crypto::X25519KeyPair::generate();
    request.public_key = base::as_text(key_->public_key());
  }
  stream_.send(dialect_ == Dialect::d ? wire::encode_link(request) : wire::encode_link_c(request));
  if (!output().flush()) throw std::runtime_error("the node ended a stream");
}

void SlimPeer::await_link() {
  if (dialect_ == Dialect::b) return;
  const std::string answer = await(wire::Kind::link);
  if (!wants_mac_) return;
  wire::MessageView view;
  (void)wire::decode_d(as_bytes(answer), view);
  const auto reply = wire::decode_link(as_bytes(answer), view);
  const auto shared = reply ? key_->agree(as_bytes(reply->public_key)) : std::nullopt;
  if (!shared) throw std::runtime_error("the node sent no key");
  const auto secret = crypto::hkdf_sha256(shared->view(), as_bytes(link_id_),
                                          as_bytes("SLIM-DP-inter-node-hmac-v1"), 32);
  mac_.emplace(secret.view(), as_bytes(wire::mac_prefix(link_id_)));
  key_.reset();
}

std::string SlimPeer::await(wire::Kind kind) {
  const auto generation = wire::generation_of(dialect_);
  std::string found;
  const std::uint64_t end = now_ns() + std::uint64_t{kPatienceMs} * 1'000'000;
  while (found.empty() && now_ns() < end) {
    (void)stream_.socket().wait_readable(1000);
    const bool going = stream_.receive(
        [] {},
        [&](std::string_view message) {
          wire::MessageView view;
          if (wire::decode(generation, as_bytes(message), view) == wire::DecodeError::none &&
              view.kind == kind) {
            found = message;
          }
        });
    if (!going) break;
  }
  if (found.empty())
    throw std::runtime_error("the node did not answer with a " + std::string(to_string(kind)));
  return found;
}

name::Name SlimPeer::name(std::string_view service, std::uint64_t id) const {
  return name::make_name("org", "bench", service, {dialect_ == Dialect::d ? 1U : 0U, id});
}

void SlimPeer::send_subscribe(const name::Name& name, std::uint64_t id) {
  stream_.send(messages().subscribe({self_, name, "bench"}, id));
}

void SlimPeer::await_ack() {
  const std::string answer = await(wire::Kind::subscription_ack);
  wire::MessageView view;
  (void)wire::decode(wire::generation_of(dialect_), as_bytes(answer), view);
  if (!wire::decode_ack(as_bytes(answer), view).success)
    throw std::runtime_error("subscription refused");
}

void SlimPeer::subscribe(const Sink& sink) {
  send_subscribe(sink_name(sink), 1);
  if (!output().flush()) throw std::runtime_error("the node ended a stream");
  if (acknowledges()) await_ack();
}

std::string SlimPeer::framed_publish(const Sink& sink, std::string_view identity,
                                     std::string_view payload) const {
  const bool all = sink.delivery == Sink::Delivery::all;
  const std::uint32_t fanout = all ? multicast_fanout(dialect_) : 1;
  return framed(messages().publish({self_, sink_name(sink), identity, fanout}, payload));
}

void SlimPeer::prepare(const Sink& sink, const PublishShape& shape, std::size_t window) {
  base::SystemRandom random;
  const std::string payload(shape.payload, 'x');
  std::vector<PublishRing::Publish> publishes;
  for (std::size_t i = 0; i < shape.identities; ++i) {
    std::string identity;
    while (identity.size() < shape.identity_bytes) identity += random.uuid_v4();
    identity.resize(shape.identity_bytes);
    publishes.push_back({framed_publish(sink, identity, payload)});
  }
  const std::size_t quarter = std::max<std::size_t>(1, window / 4) * publishes[0].bytes.size();
  output().ring().build(publishes,
                        {PublishRing::Framing::http2_data,
                         std::min({shape.max_frame, stream_.max_frame(), quarter}), shape.single});
}

void SlimPeer::probe(const Sink& sink) {
  std::string payload(sizeof(Stamp), '\0');
  const Stamp stamp{kProbe, 0};
  std::memcpy(payload.data(), &stamp, sizeof stamp);
  stream_.send(framed_publish(sink, "bench", payload).substr(5));
  if (!output().flush()) throw std::runtime_error("the node ended a stream");
}

std::size_t SlimPeer::stamp(std::size_t allowed, std::uint64_t number) {
  std::int64_t credit = stream_.credit();
  const std::int64_t before = credit;
  const std::size_t numbered = output().ring().stamp(allowed, credit, number, 0);
  stream_.charge(before - credit);
  return numbered;
}

bool SlimPeer::stamp_one(const Stamp& stamp) {
  std::int64_t credit = stream_.credit();
  const std::int64_t before = credit;
  const bool done = output().ring().stamp_one(credit, stamp);
  stream_.charge(before - credit);
  return done;
}

bool SlimPeer::is_publish(std::string_view message) noexcept {
  return message.size() > sizeof(Stamp) &&
         (message[0] == kPublishTag || message[0] == kMetadataTag);
}

bool SlimPeer::receive(Inbox* inbox) {
  if (!inbox) return stream_.receive([] {}, [](std::string_view) {});
  return stream_.receive(
      [inbox] {
        if (inbox->wants_time()) inbox->arrives_at(now_ns());
      },
      [inbox](std::string_view message) {
        if (is_publish(message)) inbox->take(message.data() + message.size() - sizeof(Stamp));
      });
}

}  // namespace slim::bench
