#include "health_streams.hpp"

#include <algorithm>
#include <array>
#include <vector>

#include <slim/wire/pb.hpp>

namespace slim::link {
namespace {

using transport::CloseReason;
using transport::GrpcStatus;
using transport::Intake;

constexpr int kInvalidArgument = 3;
constexpr int kNotFound = 5;

/// HealthCheckResponse.ServingStatus
enum class Serving : std::uint8_t { serving = 1, not_serving = 2, service_unknown = 3 };

/// HealthCheckRequest.service; false for bytes that are no such message.
bool read_service(base::ByteView message, std::string& service) {
  wire::pb::Reader reader(message);
  wire::pb::Field field;
  while (reader.next(field)) {
    if (field.number != 1 || field.type != wire::pb::Type::bytes) continue;
    service.assign(field.bytes.begin(), field.bytes.end());
  }
  return reader.ok();
}

}  // namespace

/// Life: until its stream ends, or it has ended the stream.
class HealthStreams::Stream final : public transport::StreamHandler {
 public:
  Stream(HealthStreams& all, transport::MessageStream& stream, Method method, bool serving)
      : all_(all), stream_(stream), method_(method), serving_(serving) {}
  ~Stream() = default;

  Intake on_message(base::ByteView message, const base::SharedBytes&) override {
    std::string service;
    if (!read_service(message, service)) {
      finish({kInvalidArgument, "not a HealthCheckRequest"});
    } else if (std::exchange(asked_, true)) {
      finish({kInvalidArgument, "a second HealthCheckRequest"});
    } else if (!service.empty() && method_ == Method::check) {
      finish({kNotFound, "unknown service"});
    } else {
      is_known_ = service.empty();
      tell();
      if (method_ == Method::check) finish({});
    }
    return Intake::taken;
  }
  void on_progress() override {}
  void on_end(CloseReason, const GrpcStatus&) override { all_.retire(*this); }
  [[nodiscard]] bool outlives_input() const noexcept override { return method_ == Method::watch; }

  void stop_serving() {
    if (std::exchange(serving_, false) && asked_ && is_known_) tell();
  }
  void finish(const GrpcStatus& status) {
    stream_.finish(CloseReason::drain, status);
    all_.retire(*this);
  }

 private:
  void tell() {
    const Serving state = !is_known_ ? Serving::service_unknown
                          : serving_ ? Serving::serving
                                     : Serving::not_serving;
    const std::array<base::Byte, 2> message{0x08, static_cast<base::Byte>(state)};
    std::copy(message.begin(), message.end(), stream_.append(message.size(), {}, {}));
  }

  HealthStreams& all_;
  transport::MessageStream& stream_;
  Method method_;
  bool serving_;
  bool asked_ = false;
  bool is_known_ = true;
};

HealthStreams::HealthStreams(transport::Loop& loop) : loop_(loop) {}

HealthStreams::~HealthStreams() = default;

transport::StreamHandler* HealthStreams::accept(transport::MessageStream& stream, Method method,
                                                bool serving) {
  auto made = std::make_unique<Stream>(*this, stream, method, serving);
  Stream* const handler = made.get();
  streams_.emplace(handler, std::move(made));
  return handler;
}

void HealthStreams::stop_serving() {
  for (auto& [key, stream] : streams_) stream->stop_serving();
}

void HealthStreams::finish_all() {
  while (!streams_.empty()) streams_.begin()->first->finish({});
}

void HealthStreams::retire(Stream& stream) {
  const auto found = streams_.find(&stream);
  if (found == streams_.end()) return;
  std::shared_ptr<Stream> last = std::move(found->second);
  streams_.erase(found);
  loop_.post([last] {});
}

}  // namespace slim::link
