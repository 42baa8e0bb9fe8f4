"""A demonstration on this machine: invented delegations, a room with a short negotiation, small language packages.

Everything that it does goes through the same programs as the real thing: a server, an interpreter that is enrolled by
its code and approved by a person, and members who found a room and write in it. Only the words are invented.
"""
