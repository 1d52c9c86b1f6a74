"""A node that is killed under connected clients of each generation, and comes back on its port.

Observed against the nodes of the clients' own packages, one to three tries of each version: 0.3 to 0.6
recover within two seconds and the old session goes on. 1.0 recovered in one try of three, 1.4 in one of
two. 2.2 and 3.3 did not within the 12 to 25 seconds that were waited; routes set afterwards are refused
with "connection not found". Why was not looked into: forwarding.md 12 says that a client does not survive
an accepted connection that is then dropped, which would explain it. From 1.0 on there is therefore no
case with their own node.
"""

import time

import pytest

from generations import open_session, until_it_works


@pytest.mark.generations(embedded=["0.3.6", "0.4.1", "0.5.0", "0.6.3"])
def test_clients_recover_when_their_node_returns(fresh_world):
    world = fresh_world
    world.agent("alice", tag="")
    bob = world.agent("bob")
    world.reach(bob, "alice")
    before = open_session(bob, world.name("alice"))
    assert bob("spread", session=before, count=20, window=10) == {"": 20}
    world.node.kill()
    time.sleep(0.3)
    world.node.start()

    def ask_anew():
        session = open_session(bob, world.name("alice"), retries=2, interval=0.5, timeout=10)
        return bob("spread", session=session, count=20, window=10, patience=3)

    def ask_again():
        return bob("spread", session=before, count=20, window=10, stale=True, patience=3)

    assert until_it_works(ask_anew) == {"": 20}
    assert until_it_works(ask_again) == {"": 20}
