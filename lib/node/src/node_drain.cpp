// Stopping a node from the outside inwards (docs/protocol/forwarding.md 13).
#include <slim/base/log.hpp>

#include "node_impl.hpp"

namespace slim::node {
namespace {

const log::Target kTarget{"slim_service::service"};

/// How long connections that were accepted last may take to become links. They are then told of the
/// end in good order and come back; cut off before, a published client gives up for good.
constexpr auto kNewcomers = std::chrono::seconds(1);
constexpr auto kLook = std::chrono::milliseconds(10);

}  // namespace

void Node::Impl::drain(std::function<void()> done) {
  drained = std::move(done);
  runtime.on_all(
      [this](unsigned w) {
        for (auto& acceptor : workers[w].acceptors) acceptor->announce_drain();
      },
      [this] { close_listeners(); });
}

void Node::Impl::close_listeners() {
  for (auto& listener : listeners) {
    SLIM_INFO(kTarget, "stopping server", kv("endpoint", listener->endpoint().text));
    listener->close();
  }
  const base::Instant until = runtime.clock().now() + kNewcomers;
  runtime.on_all(
      [this](unsigned w) {
        for (auto& connector : workers[w].connectors) connector->stop();
      },
      [this, until] { wait_for_newcomers(until); });
}

void Node::Impl::wait_for_newcomers(base::Instant until) {
  if (admission.handshakes() > 0 && runtime.clock().now() < until) {
    runtime.loop(0).after(kLook, [this, until] { wait_for_newcomers(until); });
    return;
  }
  stop_intake();
}

void Node::Impl::stop_intake() {
  runtime.on_all(
      [this](unsigned w) {
        for (auto& acceptor : workers[w].acceptors) acceptor->begin_drain();
        hubs[w]->stop_intake();
      },
      // What was handed over before this round is taken within a few more; those where something
      // was still under way do not count.
      [this] { pass_handoffs(3); });
}

void Node::Impl::pass_handoffs(unsigned rounds) {
  if (rounds == 0) {
    finish_links();
    return;
  }
  auto unpassed = std::make_shared<std::atomic<bool>>(false);
  runtime.on_all(
      [this, unpassed](unsigned w) {
        hubs[w]->end_turn();
        if (hubs[w]->has_handoffs()) *unpassed = true;
      },
      [this, unpassed, rounds] { pass_handoffs(*unpassed ? rounds : rounds - 1); });
}

void Node::Impl::finish_links() {
  runtime.on_all(
      [this](unsigned w) {
        if (hubs[w]->links() > 0) {
          SLIM_INFO(kTarget, "shutting down stream on drain", kv("streams", hubs[w]->links()));
        }
        hubs[w]->finish_all(transport::CloseReason::drain);
      },
      [this] { wait_for_connections(); });
}

void Node::Impl::wait_for_connections() {
  auto left = std::make_shared<std::atomic<std::size_t>>(0);
  runtime.on_all(
      [this, left](unsigned w) {
        for (auto& acceptor : workers[w].acceptors) *left += acceptor->connections();
        for (auto& connector : workers[w].connectors) *left += connector->connections();
      },
      [this, left] {
        if (*left == 0) {
          drained();
          return;
        }
        runtime.loop(0).after(kLook, [this] { wait_for_connections(); });
      });
}

}  // namespace slim::node
