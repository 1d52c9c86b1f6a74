/// The rules of the normaliser, N1 to N27 of docs/protocol/config.md 12, and where each applies.
/// Not here: N14 to N19 and N21, which concern methods of authentication that this version refuses;
/// N26, which Section::take() does; N27, a default.
#pragma once

#include <string>
#include <string_view>

#include "node.hpp"
#include "report.hpp"

namespace slim::settings {

/// A node of the tree that rules may change.
struct Spot {
  Node& node;
  std::string path;
  Report& report;

  [[nodiscard]] Spot child(std::string_view key, Node& value) const {
    return {value, join(path, key), report};
  }
  [[nodiscard]] Place place_of(std::string_view key) const;
  void note(Notice::Kind kind, std::string_view key, std::string text) const;
  [[noreturn]] void fail(std::string_view key, const std::string& text) const;
};

/// `old_key` becomes `new_key`. An error if both are there.
void rename_key(const Spot& mapping, std::string_view old_key, std::string_view new_key,
                std::string_view releases);
/// The key goes, and `text` says why.
void drop_key(const Spot& mapping, std::string_view key, Notice::Kind kind, std::string_view text);
/// An error if `key` is there, besides an old spelling of it.
void refuse_both(const Spot& mapping, std::string_view old_key, std::string_view new_key);
/// N20: a bare number under `key` gets `unit`.
void add_unit(const Spot& mapping, std::string_view key, std::string_view unit = "s");

// Each takes the mapping that its name says.
void rewrite_tracing(const Spot& tracing);
void rewrite_service_names(const Spot& service);
void rewrite_peers(const Spot& service);
void rewrite_controller(const Spot& controller);
void rewrite_tokens(const Spot& section);
void rewrite_server(const Spot& server);
void rewrite_client(const Spot& client);
void rewrite_server_tls(const Spot& tls);
void rewrite_client_tls(const Spot& tls);
/// Of the entry that has the key `auth`.
void rewrite_auth(const Spot& entry);

}  // namespace slim::settings
