#include <utility>

#include "rules.hpp"

namespace slim::settings {
namespace {

constexpr std::string_view kReleases = "up to 0.6";

void note_rewritten(const Spot& tls, std::string_view old_key, std::string_view now) {
  tls.note(Notice::Kind::rewritten, old_key,
           "a spelling of releases " + std::string(kReleases) + ", read as " + std::string(now));
}

/// Of two ways to give one thing.
void refuse_file_and_pem(const Spot& tls, const std::string& thing) {
  if (tls.node.find(thing + "_file") && tls.node.find(thing + "_pem")) {
    tls.fail(thing + "_pem", "TLS config error: cannot use both file and pem for " + thing +
                                 "; allowed: one of them");
  }
}

/// N8, N12
void pair_to_source(const Spot& tls, std::string_view side) {
  refuse_file_and_pem(tls, "cert");
  refuse_file_and_pem(tls, "key");
  for (const std::string form : {"file", "pem"}) {
    Node* const cert = tls.node.find("cert_" + form);
    Node* const key = tls.node.find("key_" + form);
    if (!cert && !key) continue;
    const std::string given = (cert ? "cert_" : "key_") + form;
    refuse_both(tls, given, "source");
    if (!cert || !key) {
      tls.fail(given, "TLS config error: missing " + std::string(side) +
                          " cert or key; allowed: cert_file with key_file, or cert_pem with "
                          "key_pem");
    }
    note_rewritten(tls, given, "source: {type: " + form + ", cert, key}");
    Node source = Node::mapping(cert->line);
    source.add("type", Node::scalar(form, cert->line));
    source.add("cert", std::move(*cert));
    source.add("key", std::move(*key));
    tls.node.erase("cert_" + form);
    tls.node.erase("key_" + form);
    tls.node.erase("source");
    tls.node.add("source", std::move(source));
  }
}

/// N9, N10
void ca_to_tagged(const Spot& tls, const std::string& thing, const std::string& target) {
  refuse_file_and_pem(tls, thing);
  for (const std::string form : {"file", "pem"}) {
    const std::string old_key = thing + '_' + form;
    Node* const old = tls.node.find(old_key);
    if (!old) continue;
    refuse_both(tls, old_key, target);
    const std::string field = form == "file" ? "path" : "data";
    note_rewritten(tls, old_key, target + ": {type: " + form + ", " + field + "}");
    Node ca = Node::mapping(old->line);
    ca.add("type", Node::scalar(form, old->line));
    ca.add(field, std::move(*old));
    tls.node.erase(old_key);
    tls.node.erase(target);
    tls.node.add(target, std::move(ca));
  }
}

}  // namespace

void rewrite_server_tls(const Spot& tls) {
  pair_to_source(tls, "server");
  ca_to_tagged(tls, "client_ca", "client_ca");
  // N11
  for (const std::string_view key : {"ca_file", "ca_pem"}) {
    drop_key(tls, key, Notice::Kind::dead_key,
             "no release used this key in a server; see client_ca");
  }
  add_unit(tls, "reload_interval");
}

void rewrite_client_tls(const Spot& tls) {
  pair_to_source(tls, "client");
  ca_to_tagged(tls, "ca", "ca_source");
  add_unit(tls, "reload_interval");
}

}  // namespace slim::settings
