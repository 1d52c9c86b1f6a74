/// grpc.health.v1 on a data listener, for those who ask in gRPC whether the node is ready.
#pragma once

#include <memory>
#include <string_view>
#include <unordered_map>

#include <slim/transport/loop.hpp>
#include <slim/transport/stream.hpp>

namespace slim::link {

inline constexpr std::string_view kHealthCheckPath = "/grpc.health.v1.Health/Check";
inline constexpr std::string_view kHealthWatchPath = "/grpc.health.v1.Health/Watch";

/// One worker's streams of one listener: as many as its connections may have. Thread: owner worker.
class HealthStreams {
 public:
  explicit HealthStreams(transport::Loop& loop);
  HealthStreams(const HealthStreams&) = delete;
  HealthStreams& operator=(const HealthStreams&) = delete;
  ~HealthStreams();

  enum class Method : bool { check, watch };
  [[nodiscard]] transport::StreamHandler* accept(transport::MessageStream& stream, Method method,
                                                 bool serving);
  /// Tells those who watch.
  void stop_serving();
  /// Ends those who watch.
  void finish_all();

 private:
  class Stream;
  /// Takes the stream off the list; it goes later, since it may be on the stack.
  void retire(Stream& stream);

  transport::Loop& loop_;
  std::unordered_map<Stream*, std::unique_ptr<Stream>> streams_;
};

}  // namespace slim::link
