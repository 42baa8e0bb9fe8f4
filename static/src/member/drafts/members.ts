// Who was in a room in which epoch, from the commits of its record.

import type { Id } from "../../wire/ids.ts";
import type { Row } from "../record.ts";
import type { Room } from "../room.ts";

/** Remembers what it found as long as the record stays as it is. */
export class PastMembers {
  private readonly room: Room;
  private readonly epochs = new Map<number, ReadonlySet<Id>>();
  private number = -1;

  constructor(room: Room) {
    this.room = room;
  }

  /** Undefined for epochs before this account's own. */
  wasIn(account: Id, epoch: number): boolean | undefined {
    const { data } = this.room;
    if (epoch < data.firstEpoch) return undefined;
    if (data.number !== this.number) this.epochs.clear();
    this.number = data.number;
    const members = this.epochs.get(epoch) ?? this.membersIn(epoch);
    this.epochs.set(epoch, members);
    return members.has(account);
  }

  /** When an epoch ended, by the record's time; undefined if it has not, or that is not known here. */
  endOf(epoch: number): number | undefined {
    const ending = (row: Row): boolean => row.kind === "commit" && row.state === "open" && row.epoch === epoch;
    return epoch >= this.room.data.epoch ? undefined : this.room.log.all().find(ending)?.at_ms;
  }

  /** The epoch since which nobody has come or gone: all who are in the room can read it, and nobody else. */
  get newestEntry(): number {
    const commits = this.room.log.all().filter(({ kind, state, change }) => {
      return (
        kind === "commit" && state === "open" && change !== null && change.added.length + change.removed.length > 0
      );
    });
    return Math.max(this.room.data.firstEpoch, ...commits.map(({ epoch }) => epoch + 1));
  }

  private membersIn(epoch: number): ReadonlySet<Id> {
    const members = new Set(Object.keys(this.room.data.membership.accounts));
    for (const { kind, state, epoch: ended, change } of this.room.log.all().toReversed()) {
      if (kind !== "commit" || state !== "open" || !change || ended < epoch) continue;
      for (const account of change.added) members.delete(account);
      for (const account of change.removed) members.add(account);
    }
    return members;
  }
}
