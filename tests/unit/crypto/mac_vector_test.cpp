#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <slim/crypto/hkdf.hpp>
#include <slim/crypto/hmac.hpp>
#include <slim/crypto/x25519.hpp>

#include "support/catch.hpp"
#include "support/hex.hpp"

using namespace slim;
using base::as_bytes;
using test::unhex;

namespace {
const std::string kLinkId = "6f1c2b9e-0000-4000-8000-0123456789ab";
}

// docs/protocol/wire.md 7
TEST_CASE("Link keys: the published vector, from both sides", "[crypto]") {
  const auto a = crypto::X25519KeyPair::from_private(as_bytes(std::string(32, '\x11')));
  const auto b = crypto::X25519KeyPair::from_private(as_bytes(std::string(32, '\x22')));
  CHECK(base::to_hex(a.public_key()) ==
        "7b4e909bbe7ffe44c465a220037d608ee35897d31ef972f07f74892cb0f73f13");
  CHECK(base::to_hex(b.public_key()) ==
        "0faa684ed28867b97f4a6a2dee5df8ce974e76b7018e3f22a1c4cf2678570f20");
  const auto ab = a.agree(b.public_key());
  const auto ba = b.agree(a.public_key());
  REQUIRE(ab);
  REQUIRE(ba);
  CHECK(base::to_hex(ab->view()) ==
        "9e004098efc091d4ec2663b4e9f5cfd4d7064571690b4bea97ab146ab9f35056");
  CHECK(base::to_hex(ab->view()) == base::to_hex(ba->view()));
  const auto key = crypto::hkdf_sha256(ab->view(), as_bytes(kLinkId),
                                       as_bytes("SLIM-DP-inter-node-hmac-v1"), 32);
  CHECK(base::to_hex(key.view()) ==
        "81279c8ffc28cf1c771d09d9df059544a2325418f0b4279efaf918cd91e62908");
}

TEST_CASE("X25519: low-order and wrongly sized keys agree on nothing", "[crypto]") {
  const auto a = crypto::X25519KeyPair::generate();
  CHECK_FALSE(a.agree(as_bytes(std::string(32, '\0'))));
  CHECK_FALSE(a.agree(as_bytes("\x01" + std::string(31, '\0'))));
  CHECK_FALSE(
      a.agree(as_bytes(unhex("e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800"))));
  CHECK_FALSE(a.agree(as_bytes(std::string(31, 'x'))));
  CHECK_FALSE(a.agree({}));
}

// RFC 4231 test cases 1, 2 and 6 (a key longer than a block).
TEST_CASE("HMAC-SHA256: RFC 4231, with the message split anywhere", "[crypto]") {
  struct Case {
    std::string key, message, tag;
  };
  const Case cases[] = {
      {std::string(20, '\x0b'), "Hi There",
       "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7"},
      {"Jefe", "what do ya want for nothing?",
       "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"},
      {std::string(131, '\xaa'), "Test Using Larger Than Block-Size Key - Hash Key First",
       "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54"},
  };
  for (const Case& c : cases) {
    for (std::size_t i = 0; i <= c.message.size(); ++i) {
      for (std::size_t j = i; j <= c.message.size(); j += 3) {
        const crypto::HmacSha256 mac(as_bytes(c.key), as_bytes(c.message.substr(0, i)));
        crypto::Sha256Digest tag;
        const std::string first = c.message.substr(i, j - i);
        const std::string second = c.message.substr(j);
        mac.tag(as_bytes(first), as_bytes(second), tag.data());
        CHECK(base::to_hex(tag) == c.tag);
        CHECK(mac.verify(as_bytes(first), as_bytes(second), tag));
        tag[31] ^= 1;
        CHECK_FALSE(mac.verify(as_bytes(first), as_bytes(second), tag));
        CHECK_FALSE(mac.verify(as_bytes(first), as_bytes(second), {tag.data(), 16}));
      }
    }
  }
}

TEST_CASE("HMAC-SHA256: of every length as OpenSSL's, prefixes too", "[crypto]") {
  const std::string key = "a key of some bytes";
  std::string message;
  for (int i = 0; i < 2400; ++i) message.push_back(static_cast<char>(i * 7));
  for (const std::size_t prefix : {0, 1, 55, 63, 64, 65, 200}) {
    const crypto::HmacSha256 mac(as_bytes(key), as_bytes(message).first(prefix));
    for (std::size_t size = prefix; size < message.size(); size += size < 400 ? 1 : 17) {
      crypto::Sha256Digest expected;
      unsigned length = 0;
      REQUIRE(::HMAC(::EVP_sha256(), key.data(), static_cast<int>(key.size()),
                     as_bytes(message).data(), size, expected.data(), &length) != nullptr);
      const base::ByteView rest = as_bytes(message).subspan(prefix, size - prefix);
      const std::size_t cut = rest.size() / 3;
      REQUIRE(mac.verify(rest.first(cut), rest.subspan(cut), expected));
    }
  }
}
