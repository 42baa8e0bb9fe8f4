// Who is there and who is typing: told by the server, kept in memory, forgotten by themselves.

import type { PresenceState } from "../wire/events.ts";
import type { Id } from "../wire/ids.ts";
import type { Presence } from "./views.ts";

/** Typing that is not said again ends. */
const TYPING_MS = 6_000;

export class Company implements Presence {
  private readonly presence = new Map<Id, PresenceState>();
  private readonly typing = new Map<Id, Map<Id, ReturnType<typeof setTimeout>>>();
  private readonly onTyping: (room: Id) => void;

  /** `onTyping`: somebody began or ceased to type in a room. */
  constructor(onTyping: (room: Id) => void) {
    this.onTyping = onTyping;
  }

  presenceOf(account: Id): PresenceState {
    return this.presence.get(account) ?? "off";
  }

  typingIn(room: Id): Id[] {
    return [...(this.typing.get(room)?.keys() ?? [])];
  }

  setPresence(account: Id, state: PresenceState): void {
    this.presence.set(account, state);
  }

  setTyping(room: Id, account: Id, on: boolean): void {
    const typists = this.typing.get(room) ?? new Map<Id, ReturnType<typeof setTimeout>>();
    this.typing.set(room, typists);
    const before = typists.size;
    clearTimeout(typists.get(account));
    typists.delete(account);
    if (on)
      typists.set(
        account,
        setTimeout(() => this.setTyping(room, account, false), TYPING_MS),
      );
    if (on || typists.size !== before) this.onTyping(room);
  }

  /** The connection is gone: nothing is known of anybody. */
  clear(): void {
    for (const typists of this.typing.values()) for (const timer of typists.values()) clearTimeout(timer);
    this.typing.clear();
    this.presence.clear();
  }
}
