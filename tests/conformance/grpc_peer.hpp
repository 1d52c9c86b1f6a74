/// A generation D peer on grpc++ and protobuf: nothing of ours decides what these bytes mean.
#pragma once

#include <chrono>
#include <condition_variable>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>

#include <grpcpp/grpcpp.h>

#include "dataplane_d.grpc.pb.h"

namespace slim::conformance {

namespace pb = dataplane::proto::v1;
using std::chrono::milliseconds;

/// XXH64 of generation D is given by values, so that the peer needs no hash of ours.
[[nodiscard]] pb::Name make_name(const std::string& service,
                                 std::optional<std::uint64_t> id = std::nullopt);

/// The link's key, derived by OpenSSL from the wire's own fields.
class LinkKey {
 public:
  LinkKey();
  ~LinkKey();
  LinkKey(const LinkKey&) = delete;
  LinkKey& operator=(const LinkKey&) = delete;
  [[nodiscard]] std::string public_key() const;
  void derive(const std::string& peer_public_key, const std::string& link_id);
  [[nodiscard]] std::string tag(const pb::SLIMHeader& header) const;
  [[nodiscard]] bool derived() const { return !key_.empty(); }

 private:
  struct Pair;
  std::unique_ptr<Pair> pair_;
  std::string link_id_;
  std::string key_;
};

/// What both ends of a stream do alike.
class Peer {
 public:
  virtual ~Peer() = default;

  /// Signs where the link has a key and is signed.
  bool subscribe(const pb::Name& name, std::uint64_t id);
  bool unsubscribe(const pb::Name& name, std::uint64_t id);
  bool publish(const pb::Name& to, std::uint32_t fanout = 1, const std::string& payload = "hi",
               std::uint32_t ttl = 8);
  virtual bool send(const pb::Message& message) = 0;
  void sign(pb::SLIMHeader& header) const;

  /// The next message of a kind, or nothing within `time`. Others stay.
  std::optional<pb::Message> next(pb::Message::MessageTypeCase kind,
                                  milliseconds time = milliseconds(5000));
  /// How many publishes came, once none has come for `quiet`.
  std::size_t count_publishes(milliseconds quiet = milliseconds(200));
  std::optional<pb::SubscriptionAck> ack(std::uint64_t id, milliseconds time = milliseconds(5000));
  [[nodiscard]] bool tag_is_right(const pb::SLIMHeader& header) const;

  LinkKey key;
  std::string link_id = "6f1c2b9e-0000-4000-8000-0123456789ab";
  pb::LinkConnectionType type = pb::LINK_CONNECTION_TYPE_EDGE;

 protected:
  void received(pb::Message message);
  void ended();
  bool is_over() const;

 private:
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<pb::Message> messages_;
  bool over_ = false;
};

struct ClientOptions {
  pb::LinkConnectionType type = pb::LINK_CONNECTION_TYPE_EDGE;
  bool negotiate = true;
  bool key = true;
  std::string version = "3.4.6";
  std::string node_id = "grpc-peer";
  std::string link_id = "6f1c2b9e-0000-4000-8000-0123456789ab";
  grpc_compression_algorithm compression = GRPC_COMPRESS_NONE;
  std::shared_ptr<grpc::Channel> channel;  ///< shared between streams, if given
  std::shared_ptr<grpc::ChannelCredentials> credentials;
};

/// A client of a running node.
class Client final : public Peer {
 public:
  explicit Client(const std::string& address, const ClientOptions& options = {});
  ~Client() override;

  bool send(const pb::Message& message) override;
  /// The stream's status, once it has ended; nothing if it does not within `time`.
  std::optional<grpc::Status> status(milliseconds time = milliseconds(5000));
  void half_close();
  [[nodiscard]] static std::shared_ptr<grpc::Channel> make_channel(const std::string& address);

  pb::LinkNegotiationPayload reply;
  bool has_reply = false;
  /// Response headers arrived before anything was sent.
  bool headers_first = false;

 private:
  void negotiate(const ClientOptions& options);

  std::shared_ptr<grpc::Channel> channel_;
  std::unique_ptr<pb::DataPlaneService::Stub> stub_;
  grpc::ClientContext context_;
  std::unique_ptr<grpc::ClientReaderWriter<pb::Message, pb::Message>> stream_;
  std::thread reader_;
  std::mutex status_mutex_;
  std::condition_variable status_changed_;
  std::optional<grpc::Status> status_;
};

/// A node for slimd to dial.
class Server final : pb::DataPlaneService::CallbackService {
 public:
  explicit Server(int port = 0);
  ~Server() override;

  class Stream;
  /// The next stream that slimd opened, with its Link answered; nothing within `time`.
  std::shared_ptr<Stream> accept(milliseconds time = milliseconds(10'000));
  void stop();
  [[nodiscard]] int port() const { return port_; }
  [[nodiscard]] std::string address() const { return "127.0.0.1:" + std::to_string(port_); }

 private:
  friend class Stream;
  grpc::ServerBidiReactor<pb::Message, pb::Message>* OpenChannel(
      grpc::CallbackServerContext* context) override;
  void opened(std::shared_ptr<Stream> stream);

  std::unique_ptr<grpc::Server> server_;
  int port_ = 0;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<std::shared_ptr<Stream>> streams_;
};

class Server::Stream final : public Peer,
                             public grpc::ServerBidiReactor<pb::Message, pb::Message>,
                             public std::enable_shared_from_this<Stream> {
 public:
  explicit Stream(Server& server) : server_(server) {}
  void start(std::shared_ptr<Stream> self);
  bool send(const pb::Message& message) override;
  /// Ends it with this status.
  void finish(const grpc::Status& status = grpc::Status::OK);
  [[nodiscard]] bool is_over() const { return Peer::is_over(); }

  pb::LinkNegotiationPayload request;

 private:
  void OnReadDone(bool ok) override;
  void OnWriteDone(bool ok) override;
  void OnDone() override;
  void negotiate();

  Server& server_;
  std::shared_ptr<Stream> self_;  ///< until OnDone()
  pb::Message incoming_;
  std::mutex mutex_;
  std::deque<pb::Message> outgoing_;
  bool finished_ = false;
  bool negotiated_ = false;
};

}  // namespace slim::conformance
