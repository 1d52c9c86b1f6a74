#include <initializer_list>
#include <utility>

#include "rules.hpp"

namespace slim::settings {
namespace {

constexpr auto kDead = Notice::Kind::dead_key;

/// N6
void drop_transport(const Spot& entry) {
  const std::string_view transport = entry.node.text_of("transport");
  if (!entry.node.find("transport")) return;
  const std::string_view endpoint = entry.node.text_of("endpoint");
  const bool is_websocket = endpoint.starts_with("ws://") || endpoint.starts_with("wss://");
  if (transport != "grpc" && transport != "websocket") {
    entry.fail("transport", "found another transport than there is; allowed: grpc, websocket");
  }
  if ((transport == "websocket") != is_websocket) {
    entry.fail("transport", "found `" + std::string(transport) +
                                "`, which the scheme of endpoint contradicts; allowed: ws:// or "
                                "wss:// for websocket, another for grpc");
  }
  drop_key(entry, "transport", Notice::Kind::rewritten,
           "releases 1.3 and 1.4 needed this key; the scheme of endpoint says it");
}

void add_units(const Spot& mapping, std::initializer_list<std::string_view> keys) {
  for (const std::string_view key : keys) add_unit(mapping, key);
}

void rewrite_backoff(const Spot& backoff) {
  add_unit(backoff, "interval");
  // The one duration that files of old gave in milliseconds.
  add_unit(backoff, "max_delay", "ms");
}

/// N7
void drop_query_token(const Spot& client) {
  drop_key(client, "websocket_auth_query_param", Notice::Kind::not_available,
           "the token in a WebSocket's query");
}

/// N25
void drop_dead_client_keys(const Spot& client) {
  drop_key(client, "connection_timeout", kDead,
           "no release honoured this key; write connect_timeout");
  if (Node* const keepalive = client.node.find("keepalive")) {
    drop_key(client.child("keepalive", *keepalive), "permit_without_stream", kDead,
             "no release honoured this key; write keep_alive_while_idle");
  }
}

}  // namespace

void rewrite_server(const Spot& server) {
  rewrite_auth(server);
  drop_transport(server);
  // N23
  rename_key(server, "link_hmac_timeout_secs", "negotiation_timeout_secs", "the alphas of 2.0");
  // N25
  drop_key(server, "max_recv_msg_size", kDead,
           "no release honoured this key; messages may have 4 MiB");
  if (Node* const keepalive = server.node.find("keepalive")) {
    add_units(server.child("keepalive", *keepalive),
              {"max_connection_idle", "max_connection_age", "max_connection_age_grace", "time",
               "timeout"});
  }
  if (Node* const tls = server.node.find("tls")) rewrite_server_tls(server.child("tls", *tls));
}

void rewrite_client(const Spot& client) {
  rewrite_auth(client);
  drop_transport(client);
  drop_query_token(client);
  drop_dead_client_keys(client);
  add_units(client, {"connect_timeout", "request_timeout"});
  if (Node* const keepalive = client.node.find("keepalive")) {
    add_units(client.child("keepalive", *keepalive),
              {"tcp_keepalive", "http2_keepalive", "timeout"});
  }
  if (Node* const backoff = client.node.find("backoff")) {
    rewrite_backoff(client.child("backoff", *backoff));
  }
  if (Node* const tls = client.node.find("tls")) rewrite_client_tls(client.child("tls", *tls));
  Node* const proxy = client.node.find("proxy");
  if (Node* const tls = proxy ? proxy->find("tls") : nullptr) {
    rewrite_client_tls(client.child("proxy", *proxy).child("tls", *tls));
  }
}

}  // namespace slim::settings
