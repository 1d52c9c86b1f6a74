/// From the tree to options, a function a section of docs/protocol/config.md.
#pragma once

#include <set>
#include <string>
#include <vector>

#include <slim/settings/configuration.hpp>

#include "section.hpp"

namespace slim::settings {

enum class Side : bool { server, client };

/// 4: the whole document, normalised; its notices stay in the report.
[[nodiscard]] Configuration decode_configuration(const Value& root);
/// 4.3 and 4.4: one entry of `services`; `id` has been checked. `listeners` are those of the
/// services before it: they share the process.
[[nodiscard]] Service decode_service(const Value& value, std::string id,
                                     std::set<std::string>& listeners);
/// The root's `slimd`.
[[nodiscard]] NodeLimits decode_limits(const Value& value);
/// 6
[[nodiscard]] Server decode_server(const Value& value);
/// 7: an entry of `clients`.
[[nodiscard]] Client decode_client(const Value& value, base::Duration negotiation_timeout);
/// 7: what the keys of `entry` say that any client has; the caller finishes the section.
[[nodiscard]] Client read_client(Section& entry, base::Duration negotiation_timeout);
/// 7.3
[[nodiscard]] link::Backoff decode_backoff(const Value& value);
/// 8.1 and 8.2
[[nodiscard]] TlsServer decode_server_tls(const Value& value);
[[nodiscard]] TlsClient decode_client_tls(const Value& value);
/// 9
[[nodiscard]] std::vector<Peer> decode_peers(const Value& value,
                                             base::Duration negotiation_timeout);

// Keys that server and client entries share; all of an entry's keys are read before it is finished.
/// `endpoint`, there and not empty, of a transport that this version has.
[[nodiscard]] Value take_endpoint(Section& entry);
/// What transport::parse_*_endpoint() says of it.
[[nodiscard]] transport::Endpoint parsed_endpoint(
    const Value& value, base::Result<transport::Endpoint, std::string> parsed);
/// The entry's endpoint for a message.
[[nodiscard]] std::string shown_endpoint(const Value& entry);
/// `auth`, `metadata`, `require_header_mac`
void read_shared_keys(Section& entry, link::LinkOptions& link);
/// `slimd`: what only this node knows of an entry.
void read_own_keys(Section& entry, link::LinkOptions& link, transport::Http2Options& http2);
void read_own_keys(Section& entry, Client& client);

}  // namespace slim::settings
