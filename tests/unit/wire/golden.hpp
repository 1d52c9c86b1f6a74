/// Messages of docs/protocol/wire.md 9, as published clients and nodes send them.
#pragma once

#include <string>

#include "support/hex.hpp"

namespace slim::test::golden {

inline const std::string kLinkId = "6f1c2b9e-0000-4000-8000-0123456789ab";
inline const std::string kMacKey =
    unhex("81279c8ffc28cf1c771d09d9df059544a2325418f0b4279efaf918cd91e62908");

/// org/ns/a id 1 subscribes org/ns/b, id 42, incoming_conn 3, tagged with kMacKey.
inline const std::string kSubscribe = unhex(
    "0ab9010ab4010a340a2408bbacaab7b780969f870110d1a1a6e3a4d3ddfcee011880a5a982a591c0fa3f2202100112"
    "0c0a036f726712026e731a016112480a3808bbacaab7b780969f870110d1a1a6e3a4d3ddfcee011884d59dd78ac8e7"
    "b509221608ffffffffffffffffff0110ffffffffffffffffff01120c0a036f726712026e731a01621a03746f6b2001"
    "2a05322e332e30300848035a2035e716821090bce35fdad946ff477e10ef8d2ee476fb92afea8bb58b71b9020210"
    "2a");
/// org/ns/a id 1 to org/ns/b, session 7, message 9, type msg, blob hi; untagged.
inline const std::string kPublish = unhex(
    "1aaa010a90010a340a2408bbacaab7b780969f870110d1a1a6e3a4d3ddfcee011880a5a982a591c0fa3f2202100112"
    "0c0a036f726712026e731a016112480a3808bbacaab7b780969f870110d1a1a6e3a4d3ddfcee011884d59dd78ac8e7"
    "b509221608ffffffffffffffffff0110ffffffffffffffffff01120c0a036f726712026e731a01621a03746f6b2001"
    "2a05322e332e303008120808011001180720091a0b0a090a036d736712026869");
inline const std::string kLinkRequest = unhex(
    "2a5b0a590a2436663163326239652d303030302d343030302d383030302d3031323334353637383961621205322e33"
    "2e3022207b4e909bbe7ffe44c465a220037d608ee35897d31ef972f07f74892cb0f73f13280232066e6f64652d78");
inline const std::string kLinkReply = unhex(
    "2a630a610a2436663163326239652d303030302d343030302d383030302d3031323334353637383961621205322e33"
    "2e30180122200faa684ed28867b97f4a6a2dee5df8ce974e76b7018e3f22a1c4cf2678570f20280232066e6f64652d"
    "793a0464657031");
inline const std::string kAckSuccess = unhex("3204082a1001");
inline const std::string kAckFailure =
    unhex("321a082a1a16737562736372697074696f6e206e6f7420666f756e64");

// The generations before D. Source org/ns/a id 1 in all; a Subscribe is of that name, a Publish to
// org/ns/b with session 7, message 9, type msg, blob hi. No incoming_conn.
inline const std::string kSubscribeA3 = unhex(
    "0a560a480a2108b4aab6ddc78ed6db820110cfa6938ab382ada93b18f3d3c3a79a97d4cd712001122108b4aab6ddc7"
    "8ed6db820110cfa6938ab382ada93b18f3d3c3a79a97d4cd712001180112036f72671a026e73220161");
inline const std::string kPublishA3 = unhex(
    "1a5c0a470a2108b4aab6ddc78ed6db820110cfa6938ab382ada93b18f3d3c3a79a97d4cd712001122008b4aab6ddc7"
    "8ed6db820110cfa6938ab382ada93b188ac88ccad89ff9e9eb011801120608011007180922090a036d73671202686"
    "9");
/// The same bytes in B.
inline const std::string kSubscribeA5 = unhex(
    "0a580a4a0a2208bbacaab7b780969f870110d1a1a6e3a4d3ddfcee011880a5a982a591c0fa3f2001122208bbacaab7"
    "b780969f870110d1a1a6e3a4d3ddfcee011880a5a982a591c0fa3f2001180112036f72671a026e73220161");
inline const std::string kPublishA5 = unhex(
    "1a6a0a530a2208bbacaab7b780969f870110d1a1a6e3a4d3ddfcee011880a5a982a591c0fa3f2001122b08bbacaab7"
    "b780969f870110d1a1a6e3a4d3ddfcee011884d59dd78ac8e7b50920ffffffffffffffffff01180112080801100118"
    "07200922090a036d736712026869");
inline const std::string kPublishB = unhex(
    "1a6a0a530a2208bbacaab7b780969f870110d1a1a6e3a4d3ddfcee011880a5a982a591c0fa3f2001122b08bbacaab7"
    "b780969f870110d1a1a6e3a4d3ddfcee011884d59dd78ac8e7b50920ffffffffffffffffff01180112080801100118"
    "0720091a090a036d736712026869");
/// Subscription 42, identity tok.
inline const std::string kSubscribeC = unhex(
    "0a730a6f0a320a2208bbacaab7b780969f870110d1a1a6e3a4d3ddfcee011880a5a982a591c0fa3f2001120c0a036f"
    "726712026e731a016112320a2208bbacaab7b780969f870110d1a1a6e3a4d3ddfcee011880a5a982a591c0fa3f2001"
    "120c0a036f726712026e731a016118012203746f6b102a");
inline const std::string kPublishC = unhex(
    "1a91010a780a320a2208bbacaab7b780969f870110d1a1a6e3a4d3ddfcee011880a5a982a591c0fa3f2001120c0a03"
    "6f726712026e731a0161123b0a2b08bbacaab7b780969f870110d1a1a6e3a4d3ddfcee011884d59dd78ac8e7b50920"
    "ffffffffffffffffff01120c0a036f726712026e731a016218012203746f6b120808011001180720091a0b0a090a03"
    "6d736712026869");
inline const std::string kLinkRequestC = unhex(
    "2a2f0a2d0a2436663163326239652d303030302d343030302d383030302d3031323334353637383961621205312e34"
    "2e30");

}  // namespace slim::test::golden
