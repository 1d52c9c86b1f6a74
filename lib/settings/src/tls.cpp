#include "decode.hpp"
#include "unavailable.hpp"

namespace slim::settings {
namespace {

enum class Source { none, file, pem, spire };

/// The `type` of a certificate or CA.
Source take_type(Section& section) {
  const auto type = section.take("type");
  if (!type) {
    section.value().fail(std::string(kDecodeError) +
                         "found no type; allowed: type: file, pem, spire or none");
  }
  return type->choice<Source>({{"file", Source::file},
                               {"pem", Source::pem},
                               {"spire", Source::spire},
                               {"none", Source::none}});
}

PemItem::Kind item_kind(Source source) {
  return source == Source::file ? PemItem::Kind::file : PemItem::Kind::inline_text;
}

/// A path or a text that must be there.
PemItem take_item(Section& section, std::string_view key, PemItem::Kind kind,
                  std::string_view missing) {
  auto text = section.text(key);
  if (!text || text->empty()) {
    section.value().fail("TLS config error: " + std::string(missing) +
                         "; allowed: " + std::string(key));
  }
  return {kind, std::move(*text)};
}

/// Whether TLS is used at all decides what a method that is missing here means.
struct Use {
  Section& tls;
  bool is_on;
};

void take_source(const Use& use, Side side, PemItem& certificate, PemItem& key) {
  const auto found = use.tls.take("source");
  if (!found) return;
  Section section(*found);
  const Source source = take_type(section);
  if (source == Source::spire && use.is_on) refuse_unavailable(*found, "a certificate from SPIRE");
  if (source == Source::spire) return;
  if (source != Source::none) {
    const std::string_view missing =
        side == Side::server ? "missing server cert or key" : "missing client cert or key";
    certificate = take_item(section, "cert", item_kind(source), missing);
    key = take_item(section, "key", item_kind(source), missing);
  }
  section.finish(Section::Unknown::notice);
}

PemItem take_ca(const Use& use, std::string_view key) {
  const auto found = use.tls.take(key);
  if (!found) return {};
  Section section(*found);
  const Source source = take_type(section);
  if (source == Source::spire && use.is_on) refuse_unavailable(*found, "a CA from SPIRE");
  if (source == Source::spire) return {};
  PemItem out;
  if (source != Source::none) {
    out = take_item(section, source == Source::file ? "path" : "data", item_kind(source),
                    "missing CA");
  }
  section.finish(Section::Unknown::notice);
  return out;
}

void take_version(const Use& use, transport::TlsVersion& version) {
  const auto found = use.tls.take("tls_version");
  if (!found || !use.is_on || found->is(Node::Kind::null)) return;
  const std::string text = found->text();
  if (text != "tls1.2" && text != "tls1.3") {
    found->fail(std::string(kEntryError) + "TLS config error: invalid tls version: found " +
                found->shown() + "; allowed: tls1.2, tls1.3");
  }
  version = text == "tls1.2" ? transport::TlsVersion::tls1_2 : transport::TlsVersion::tls1_3;
}

/// Certificates are read again when the node is told to.
void take_reload_interval(Section& tls) {
  const auto found = tls.take("reload_interval");
  if (!found || found->is(Node::Kind::null)) return;
  (void)found->duration();
  note_unavailable(*found, "reading certificates again at intervals (SIGHUP does it)");
}

}  // namespace

TlsServer decode_server_tls(const Value& value) {
  Section tls(value);
  TlsServer out;
  tls.read("insecure", out.insecure);
  const Use use{tls, !out.insecure};
  take_source(use, Side::server, out.certificate, out.key);
  out.client_ca = take_ca(use, "client_ca");
  take_version(use, out.version);
  take_reload_interval(tls);
  for (const std::string_view key :
       {"ca_source", "include_system_ca_certs_pool", "reload_client_ca_file"}) {
    tls.ignore(key);
  }
  tls.finish(Section::Unknown::notice);
  return out;
}

TlsClient decode_client_tls(const Value& value) {
  Section tls(value);
  TlsClient out;
  tls.read("insecure", out.insecure);
  tls.read("insecure_skip_verify", out.skip_verify);
  // `insecure` with a CA still makes a TLS client.
  const Use use{tls, !out.insecure || tls.value().node().find("ca_source") != nullptr};
  take_source(use, Side::client, out.certificate, out.key);
  out.ca = take_ca(use, "ca_source");
  tls.read("include_system_ca_certs_pool", out.system_roots);
  take_version(use, out.version);
  take_reload_interval(tls);
  tls.finish(Section::Unknown::notice);
  return out;
}

}  // namespace slim::settings
