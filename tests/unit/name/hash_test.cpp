#include <slim/name/hash.hpp>
#include <slim/name/siphash.hpp>

#include "support/catch.hpp"

using namespace slim;

// docs/protocol/forwarding.md 1.2
TEST_CASE("Name hashes: the values that published clients send", "[name]") {
  CHECK(name::hash_component("agntcy") == 0x169ca82eb17d6bc2);
  CHECK(name::hash_component("ns") == 0xeef9769a4c6990d1);
  CHECK(name::hash_component("org") == 0x873e580376ea963b);
  CHECK(name::hash_component("default") == 0x219303c7c93f9668);
  CHECK(name::hash_component("a") == 0x3ff5008a504a5280);
  CHECK(name::hash_component("\xc3\xbc") == 0x6b681d46d8c35f0f);
  CHECK(name::hash_component("") == 0x95634172a60b7544);
  CHECK(name::hash_component_v03("agntcy") == 0x29857f7524cd5b5d);
  CHECK(name::hash_component_v03("ns") == 0x3b52b4133144d34f);
  CHECK(name::hash_component_v03("default") == 0x4eb7ff81b5f63ce1);
  CHECK(name::hash_component_v03("\xc3\xbc") == 0x83954d64990a5314);
  CHECK(name::hash_component_v03("") == 0x30406ea523c53def);
}

TEST_CASE("Instance ids: derived from the identity, kept out of the reserved range", "[name]") {
  CHECK(name::to_string(name::derive_instance_id("alice")) ==
        "48bb949a-3dd2-6afa-c9a1-342ad0e35dd2");
  CHECK(name::derive_instance_id("did:key:z6Mkfvtar6ATQYC5jXqVLBjCH8R6AUAuKjta6LsFcG4gUND1") ==
        name::InstanceId{0x48b1da600caab75f, 0xa73e4fe334bf1482});
  CHECK(name::derive_instance_id("alice/org/ns/rfq/data") ==
        name::InstanceId{0xf139353af8ec9cf4, 0x0d6cae592d1a554b});
}

TEST_CASE("SipHash: the key matters", "[name]") {
  CHECK(name::siphash13({1, 2}, base::as_bytes("x")) !=
        name::siphash13({1, 3}, base::as_bytes("x")));
}
