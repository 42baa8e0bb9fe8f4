"""People: delegations, invitations, accounts, sign-in, sessions, device lists, vaults."""
