#include "grpc_peer.hpp"

#include <array>
#include <map>

#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/kdf.h>

namespace slim::conformance {
namespace {

// docs/protocol/forwarding.md 1.2
const std::map<std::string, std::uint64_t> kHashes{
    {"org", 0x873e580376ea963b},    {"ns", 0xeef9769a4c6990d1},     {"alice", 0x7b90bc8fa5b6b182},
    {"bob", 0x49ae1b437ae573c4},    {"a", 0x3ff5008a504a5280},      {"b", 0x096b9e40aae76a84},
    {"agntcy", 0x169ca82eb17d6bc2}, {"default", 0x219303c7c93f9668}};

void put(std::string& out, std::uint64_t value, int bytes) {
  for (int i = 0; i < bytes; ++i) out.push_back(static_cast<char>(value >> (8 * i)));
}

void put_text(std::string& out, const std::string& text) {
  put(out, text.size(), 4);
  out += text;
}

// docs/protocol/wire.md 7
void put_name(std::string& out, bool present, const pb::Name& name) {
  out.push_back(present ? 1 : 0);
  if (!present) return;
  out.push_back(name.has_name() ? 1 : 0);
  if (name.has_name()) {
    put(out, name.name().component_0(), 8);
    put(out, name.name().component_1(), 8);
    put(out, name.name().component_2(), 8);
    out.push_back(name.name().has_name_id() ? 1 : 0);
    if (name.name().has_name_id()) {
      put(out, name.name().name_id().id_0(), 8);
      put(out, name.name().name_id().id_1(), 8);
    }
  }
  out.push_back(name.has_str_name() ? 1 : 0);
  if (name.has_str_name()) {
    put_text(out, name.str_name().str_component_0());
    put_text(out, name.str_name().str_component_1());
    put_text(out, name.str_name().str_component_2());
  }
}

}  // namespace

pb::Name make_name(const std::string& service, std::optional<std::uint64_t> id) {
  pb::Name name;
  name.mutable_name()->set_component_0(kHashes.at("org"));
  name.mutable_name()->set_component_1(kHashes.at("ns"));
  name.mutable_name()->set_component_2(kHashes.at(service));
  name.mutable_name()->mutable_name_id()->set_id_0(id ? 0 : ~std::uint64_t{0});
  name.mutable_name()->mutable_name_id()->set_id_1(id.value_or(~std::uint64_t{0}));
  name.mutable_str_name()->set_str_component_0("org");
  name.mutable_str_name()->set_str_component_1("ns");
  name.mutable_str_name()->set_str_component_2(service);
  return name;
}

// --- keys ---

struct LinkKey::Pair {
  EVP_PKEY* key = EVP_PKEY_Q_keygen(nullptr, nullptr, "X25519");
  ~Pair() { EVP_PKEY_free(key); }
};

LinkKey::LinkKey() : pair_(std::make_unique<Pair>()) {}
LinkKey::~LinkKey() = default;

std::string LinkKey::public_key() const {
  std::string out(32, '\0');
  std::size_t size = out.size();
  EVP_PKEY_get_raw_public_key(pair_->key, reinterpret_cast<unsigned char*>(out.data()), &size);
  return out;
}

void LinkKey::derive(const std::string& peer, const std::string& link_id) {
  link_id_ = link_id;
  EVP_PKEY* other = EVP_PKEY_new_raw_public_key(
      EVP_PKEY_X25519, nullptr, reinterpret_cast<const unsigned char*>(peer.data()), peer.size());
  EVP_PKEY_CTX* dh = EVP_PKEY_CTX_new(pair_->key, nullptr);
  std::array<unsigned char, 32> shared{};
  std::size_t size = shared.size();
  EVP_PKEY_derive_init(dh);
  EVP_PKEY_derive_set_peer(dh, other);
  EVP_PKEY_derive(dh, shared.data(), &size);
  EVP_PKEY_CTX_free(dh);
  EVP_PKEY_free(other);

  const std::string info = "SLIM-DP-inter-node-hmac-v1";
  EVP_PKEY_CTX* kdf = EVP_PKEY_CTX_new_id(EVP_PKEY_HKDF, nullptr);
  std::array<unsigned char, 32> key{};
  size = key.size();
  EVP_PKEY_derive_init(kdf);
  EVP_PKEY_CTX_set_hkdf_md(kdf, EVP_sha256());
  EVP_PKEY_CTX_set1_hkdf_salt(kdf, reinterpret_cast<const unsigned char*>(link_id.data()),
                              static_cast<int>(link_id.size()));
  EVP_PKEY_CTX_set1_hkdf_key(kdf, shared.data(), shared.size());
  EVP_PKEY_CTX_add1_hkdf_info(kdf, reinterpret_cast<const unsigned char*>(info.data()),
                              static_cast<int>(info.size()));
  EVP_PKEY_derive(kdf, key.data(), &size);
  EVP_PKEY_CTX_free(kdf);
  key_.assign(key.begin(), key.end());
}

std::string LinkKey::tag(const pb::SLIMHeader& h) const {
  std::string preimage("SLIM-DP-HDR-v1\0", 15);
  put_text(preimage, link_id_);
  put_name(preimage, h.has_source(), h.source());
  put_name(preimage, h.has_destination(), h.destination());
  put_text(preimage, h.identity());
  put(preimage, h.fanout(), 4);
  preimage.push_back(h.has_recv_from() ? 1 : 0);
  if (h.has_recv_from()) put(preimage, h.recv_from(), 8);
  preimage.push_back(h.has_forward_to() ? 1 : 0);
  if (h.has_forward_to()) put(preimage, h.forward_to(), 8);
  preimage.push_back(h.has_error() ? 1 : 0);
  if (h.has_error()) preimage.push_back(h.error() ? 1 : 0);
  put(preimage, h.ttl(), 4);
  std::array<unsigned char, 32> out{};
  unsigned size = out.size();
  HMAC(EVP_sha256(), key_.data(), static_cast<int>(key_.size()),
       reinterpret_cast<const unsigned char*>(preimage.data()), preimage.size(), out.data(), &size);
  return {out.begin(), out.end()};
}

// --- both ends ---

void Peer::sign(pb::SLIMHeader& header) const {
  if (type != pb::LINK_CONNECTION_TYPE_PEER && key.derived())
    header.set_header_mac(key.tag(header));
}

bool Peer::tag_is_right(const pb::SLIMHeader& header) const {
  return header.header_mac() == key.tag(header);
}

bool Peer::subscribe(const pb::Name& name, std::uint64_t id) {
  pb::Message m;
  pb::SLIMHeader& h = *m.mutable_subscribe()->mutable_header();
  *h.mutable_source() = make_name("alice", 1);
  *h.mutable_destination() = name;
  h.set_identity("token");
  h.set_fanout(1);
  h.set_version("3.4.6");
  h.set_ttl(8);
  m.mutable_subscribe()->set_subscription_id(id);
  sign(h);
  return send(m);
}

bool Peer::unsubscribe(const pb::Name& name, std::uint64_t id) {
  pb::Message m;
  pb::SLIMHeader& h = *m.mutable_unsubscribe()->mutable_header();
  *h.mutable_source() = make_name("alice", 1);
  *h.mutable_destination() = name;
  h.set_ttl(8);
  m.mutable_unsubscribe()->set_subscription_id(id);
  sign(h);
  return send(m);
}

bool Peer::publish(const pb::Name& to, std::uint32_t fanout, const std::string& payload,
                   std::uint32_t ttl) {
  pb::Message m;
  pb::Publish& p = *m.mutable_publish();
  *p.mutable_header()->mutable_source() = make_name("bob", 9);
  *p.mutable_header()->mutable_destination() = to;
  p.mutable_header()->set_identity("token");
  p.mutable_header()->set_fanout(fanout);
  p.mutable_header()->set_version("3.4.6");
  p.mutable_header()->set_ttl(ttl);
  p.mutable_session()->set_session_type(1);
  p.mutable_session()->set_session_message_type(1);
  p.mutable_session()->set_session_id(7);
  p.mutable_msg()->mutable_app_payload()->set_payload_type("msg");
  p.mutable_msg()->mutable_app_payload()->set_blob(payload);
  (*m.mutable_metadata())["key"] = "value";
  sign(*p.mutable_header());
  return send(m);
}

void Peer::received(pb::Message message) {
  const std::lock_guard lock(mutex_);
  messages_.push_back(std::move(message));
  changed_.notify_all();
}

void Peer::ended() {
  const std::lock_guard lock(mutex_);
  over_ = true;
  changed_.notify_all();
}

bool Peer::is_over() const {
  const std::lock_guard lock(mutex_);
  return over_;
}

std::optional<pb::Message> Peer::next(pb::Message::MessageTypeCase kind, milliseconds time) {
  std::unique_lock lock(mutex_);
  std::optional<pb::Message> out;
  changed_.wait_for(lock, time, [&] {
    for (auto it = messages_.begin(); it != messages_.end(); ++it) {
      if (it->message_type_case() != kind) continue;
      out = std::move(*it);
      messages_.erase(it);
      return true;
    }
    return over_;
  });
  return out;
}

std::size_t Peer::count_publishes(milliseconds quiet) {
  std::size_t n = 0;
  while (next(pb::Message::kPublish, quiet)) ++n;
  return n;
}

std::optional<pb::SubscriptionAck> Peer::ack(std::uint64_t id, milliseconds time) {
  const auto message = next(pb::Message::kSubscriptionAck, time);
  if (!message || message->subscription_ack().subscription_id() != id) return std::nullopt;
  return message->subscription_ack();
}

// --- client ---

std::shared_ptr<grpc::Channel> Client::make_channel(const std::string& address) {
  grpc::ChannelArguments arguments;
  arguments.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);
  arguments.SetMaxReceiveMessageSize(-1);
  return grpc::CreateCustomChannel(address, grpc::InsecureChannelCredentials(), arguments);
}

Client::Client(const std::string& address, const ClientOptions& options)
    : channel_(options.channel ? options.channel : make_channel(address)),
      stub_(pb::DataPlaneService::NewStub(channel_)) {
  if (options.compression != GRPC_COMPRESS_NONE) {
    context_.set_compression_algorithm(options.compression);
  }
  link_id = options.link_id;
  type = options.type;
  stream_ = stub_->OpenChannel(&context_);
  stream_->WaitForInitialMetadata();
  headers_first = true;
  reader_ = std::thread([this] {
    pb::Message message;
    while (stream_->Read(&message)) received(std::move(message));
    const grpc::Status status = stream_->Finish();
    ended();
    const std::lock_guard lock(status_mutex_);
    status_ = status;
    status_changed_.notify_all();
  });
  if (options.negotiate) negotiate(options);
}

void Client::negotiate(const ClientOptions& options) {
  pb::Message m;
  pb::LinkNegotiationPayload& p = *m.mutable_link()->mutable_link_negotiation();
  p.set_link_id(options.link_id);
  p.set_slim_version(options.version);
  if (options.key) p.set_link_ecdh_public_key(key.public_key());
  p.set_connection_type(options.type);
  p.set_node_id(options.node_id);
  send(m);
  const auto answer = next(pb::Message::kLink);
  if (!answer) return;
  reply = answer->link().link_negotiation();
  has_reply = true;
  if (reply.link_ecdh_public_key().size() == 32) key.derive(reply.link_ecdh_public_key(), link_id);
}

Client::~Client() {
  context_.TryCancel();
  reader_.join();
}

bool Client::send(const pb::Message& message) { return stream_->Write(message); }

void Client::half_close() { stream_->WritesDone(); }

std::optional<grpc::Status> Client::status(milliseconds time) {
  std::unique_lock lock(status_mutex_);
  status_changed_.wait_for(lock, time, [&] { return status_.has_value(); });
  return status_;
}

// --- server ---

Server::Server(int port) {
  grpc::ServerBuilder builder;
  builder.AddListeningPort("127.0.0.1:" + std::to_string(port), grpc::InsecureServerCredentials(),
                           &port_);
  builder.RegisterService(this);
  server_ = builder.BuildAndStart();
}

Server::~Server() { stop(); }

void Server::stop() {
  if (!server_) return;
  server_->Shutdown(std::chrono::system_clock::now());
  server_->Wait();
  server_.reset();
}

grpc::ServerBidiReactor<pb::Message, pb::Message>* Server::OpenChannel(
    grpc::CallbackServerContext* context) {
  context->set_compression_algorithm(GRPC_COMPRESS_NONE);
  auto stream = std::make_shared<Stream>(*this);
  stream->start(stream);
  return stream.get();
}

void Server::opened(std::shared_ptr<Stream> stream) {
  const std::lock_guard lock(mutex_);
  streams_.push_back(std::move(stream));
  changed_.notify_all();
}

std::shared_ptr<Server::Stream> Server::accept(milliseconds time) {
  std::unique_lock lock(mutex_);
  if (!changed_.wait_for(lock, time, [&] { return !streams_.empty(); })) return nullptr;
  auto stream = streams_.front();
  streams_.pop_front();
  return stream;
}

void Server::Stream::start(std::shared_ptr<Stream> self) {
  self_ = std::move(self);
  StartSendInitialMetadata();
  StartRead(&incoming_);
}

void Server::Stream::OnReadDone(bool ok) {
  if (!ok) {
    ended();
    finish();
    return;
  }
  if (negotiated_) {
    received(std::move(incoming_));
  } else {
    negotiate();
  }
  incoming_ = {};
  StartRead(&incoming_);
}

void Server::Stream::negotiate() {
  negotiated_ = true;
  request = incoming_.link().link_negotiation();
  link_id = request.link_id();
  type = request.connection_type();
  key.derive(request.link_ecdh_public_key(), link_id);
  pb::Message reply;
  pb::LinkNegotiationPayload& p = *reply.mutable_link()->mutable_link_negotiation();
  p.set_link_id(link_id);
  p.set_slim_version("3.4.6");
  p.set_is_reply(true);
  p.set_link_ecdh_public_key(key.public_key());
  p.set_connection_type(request.connection_type());
  p.set_node_id("grpc-server");
  send(reply);
  server_.opened(shared_from_this());
}

bool Server::Stream::send(const pb::Message& message) {
  const std::lock_guard lock(mutex_);
  if (finished_) return false;
  outgoing_.push_back(message);
  if (outgoing_.size() == 1) StartWrite(&outgoing_.front());
  return true;
}

void Server::Stream::OnWriteDone(bool ok) {
  const std::lock_guard lock(mutex_);
  outgoing_.pop_front();
  if (ok && !finished_ && !outgoing_.empty()) StartWrite(&outgoing_.front());
}

void Server::Stream::finish(const grpc::Status& status) {
  const std::lock_guard lock(mutex_);
  if (std::exchange(finished_, true)) return;
  Finish(status);
}

void Server::Stream::OnDone() { const auto last = std::move(self_); }

}  // namespace slim::conformance
