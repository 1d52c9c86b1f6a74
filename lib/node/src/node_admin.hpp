/// A node as the admin listener sees it.
#pragma once

#include <slim/admin/source.hpp>

#include "node_impl.hpp"

namespace slim::node {

/// Thread: the admin listener's, but for the constructor.
class NodeAdmin final : public admin::NodeSource {
 public:
  explicit NodeAdmin(Node::Impl& node) : node_(node), reader_(node.epochs.add_reader()) {}

  [[nodiscard]] Identity identity() const override;
  [[nodiscard]] std::vector<admin::WorkerCounters> counters() const override;
  [[nodiscard]] forward::Router::Statistics routes() const override;
  [[nodiscard]] admin::Queues queues() const override;
  [[nodiscard]] std::vector<std::uint64_t> sockets() const override;
  [[nodiscard]] std::vector<admin::DialledLink> dialled() const override;
  [[nodiscard]] std::vector<admin::Certificate> certificates() const override;
  [[nodiscard]] Reloads reloads() const override;
  [[nodiscard]] std::vector<std::string> unready() const override;
  [[nodiscard]] bool draining() const override { return node_.draining; }
  void list_links(std::uint32_t from, std::size_t max,
                  std::function<void(std::vector<link::LinkReport>)> done) override;
  void list_closed(std::function<void(std::vector<link::ClosedLink>, base::Instant)> done) override;
  [[nodiscard]] std::optional<forward::Router::Page> list_subscriptions(std::uint64_t after,
                                                                        std::size_t max) override;
  [[nodiscard]] forward::LinkRef link_at(std::uint64_t index) const override;
  [[nodiscard]] forward::Explanation explain(const forward::Question& question) override;

 private:
  /// Asks each worker for its part and hands all parts over, from a worker.
  template <class Item>
  void gather(std::function<std::vector<Item>(link::Hub&)> part,
              std::function<void(std::vector<Item>)> done);

  Node::Impl& node_;
  base::EpochReader& reader_;
};

}  // namespace slim::node
