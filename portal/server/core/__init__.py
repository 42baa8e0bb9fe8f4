"""What every feature stands on: database, outbox, sockets, web security, settings of the process."""
