// Shapes of the server's answers (docs/protocol.md §6). The server is not trusted: what matters is verified where it
// is used.

import type { Delegation, Id, Role, RoomKind } from "./api.ts";

export interface StatementJson {
  body: string;
  sig: string;
  /** Where the public ledger has it; `index` null as long as it waits to be entered. */
  ledger?: { index: number | null; nonce: string } | null;
}

export interface MeAnswer {
  account: Id;
  handle: string;
  name: string;
  languages: string[];
  roles: Role[];
  delegation: Delegation | null;
  device: Id | null;
  vault_version: number;
  settings: { presence: boolean; typing: boolean };
}

export interface VaultAnswer {
  version: number;
  sealed: string;
  sig: string;
}

export interface WrapsAnswer {
  passphrase: string;
  recovery: string;
}

export interface SignedInAnswer extends MeAnswer {
  statements: StatementJson[];
  vault: VaultAnswer;
  wraps: WrapsAnswer;
}

export interface InvitationAnswer {
  delegation: Delegation | null;
  roles: Role[];
  expires_s: number;
  inviter: string | null;
}

export interface InvitationRowAnswer {
  id: Id;
  delegation: Delegation | null;
  roles: Role[];
  expires_s: number;
  used: boolean;
}

export interface PersonAnswer {
  account: Id;
  name: string;
  handle: string;
  delegation: Delegation | null;
  roles: Role[];
  languages: string[];
  disabled: boolean;
  /** Left out by servers before version 0.3, and in what was kept of their answers. */
  interpreter?: { owner: Id; for: "room" | "delegation"; vouch: StatementJson } | null;
}

export interface DeviceAnswer {
  device: Id;
  kind: "browser" | "interpreter" | "archive";
  created_s: number;
  last_seen_day: number | null;
  current: boolean;
  revoked: boolean;
}

export type RoomRole = "chair" | "member" | "observer";

export interface RoomAnswer {
  room: Id;
  kind: RoomKind;
  state: "active" | "archived";
  history: string;
  role: RoomRole;
  number: number;
  head: string;
  epoch: number;
  bucket: number;
  visible_from: number;
  cursor: number;
  members: { account: Id; role: RoomRole; since: number }[];
  devices: Id[];
  wanting: { add: Id[]; remove: Id[]; rejoin: Id[] };
}

export interface GrantJson {
  account: Id;
  epoch: number;
  sealed: string;
  device: Id;
  sig: string;
}

/** Where the server put an item. `head` is b64 of 32 bytes. */
export interface Place {
  number: number;
  head: string;
  at_ms: number;
}

export interface BlobAnswer {
  size_bytes: number;
  received: [number, number][];
  complete: boolean;
}
