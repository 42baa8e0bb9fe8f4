// Draws the dialog that is open. All of them are fetched when first needed.

import { createElement, type FunctionComponent } from "preact";
import { lazy } from "../parts/lazy.ts";
import { useSelect } from "../portal.ts";
import type { Dialog } from "../state.ts";

type Kind = Dialog["kind"];
type About<K extends Kind> = Extract<Dialog, { kind: K }>;

const rooms = () => import("./rooms.ts");
const trust = () => import("./trust.ts");
const account = () => import("./account.ts");
const finding = () => import("./finding.ts");

const DIALOGS: { [K in Kind]: FunctionComponent<About<K>> } = {
  "new-room": lazy(async () => (await rooms()).NewRoom),
  huddle: lazy(async () => (await rooms()).Huddle),
  "add-members": lazy(async () => (await rooms()).AddMembers),
  "remove-member": lazy(async () => (await rooms()).RemoveMember),
  "leave-room": lazy(async () => (await rooms()).LeaveRoom),
  "archive-room": lazy(async () => (await rooms()).ArchiveRoom),
  "rename-room": lazy(async () => (await rooms()).RenameRoom),
  withdraw: lazy(async () => (await rooms()).Withdraw),
  export: lazy(async () => (await rooms()).Export),
  verify: lazy(async () => (await trust()).Verify),
  "changed-key": lazy(async () => (await trust()).ChangedKey),
  "epoch-code": lazy(async () => (await trust()).EpochCode),
  passphrase: lazy(async () => (await account()).NewPassphraseDialog),
  "recovery-key": lazy(async () => (await account()).RecoveryKeyDialog),
  "revoke-device": lazy(async () => (await account()).RevokeDevice),
  "sign-out": lazy(async () => (await account()).SignOut),
  palette: lazy(async () => (await finding()).Palette),
  shortcuts: lazy(async () => (await finding()).Shortcuts),
  jump: lazy(async () => (await finding()).JumpToDate),
  picture: lazy(async () => (await finding()).PictureDialog),
};

export function Dialogs() {
  const dialog = useSelect((state) => state.dialog);
  if (dialog === null) return null;
  const component = DIALOGS[dialog.kind] as FunctionComponent<Dialog>;
  return createElement(component, { ...dialog, key: JSON.stringify([dialog.kind]) });
}
