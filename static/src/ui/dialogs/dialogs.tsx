// Draws the dialog that is open. All of them are fetched when first needed.

import { createElement, type FunctionComponent } from "preact";
import { lazy } from "../parts/lazy.ts";
import { useSelect } from "../portal.ts";
import type { Dialog } from "../state.ts";

type Kind = Dialog["kind"];
type About<K extends Kind> = Extract<Dialog, { kind: K }>;

const later = () => import("../later.ts");

const DIALOGS: { [K in Kind]: FunctionComponent<About<K>> } = {
  "new-room": lazy(async () => (await later()).NewRoom),
  huddle: lazy(async () => (await later()).Huddle),
  "add-members": lazy(async () => (await later()).AddMembers),
  "remove-member": lazy(async () => (await later()).RemoveMember),
  "leave-room": lazy(async () => (await later()).LeaveRoom),
  "archive-room": lazy(async () => (await later()).ArchiveRoom),
  "rename-room": lazy(async () => (await later()).RenameRoom),
  withdraw: lazy(async () => (await later()).Withdraw),
  export: lazy(async () => (await later()).Export),
  verify: lazy(async () => (await later()).Verify),
  "changed-key": lazy(async () => (await later()).ChangedKey),
  "changed-name": lazy(async () => (await later()).ChangedName),
  "answer-problem": lazy(async () => (await later()).AnswerProblem),
  "epoch-code": lazy(async () => (await later()).EpochCode),
  passphrase: lazy(async () => (await later()).NewPassphraseDialog),
  "recovery-key": lazy(async () => (await later()).RecoveryKeyDialog),
  "revoke-device": lazy(async () => (await later()).RevokeDevice),
  "sign-out": lazy(async () => (await later()).SignOut),
  palette: lazy(async () => (await later()).Palette),
  shortcuts: lazy(async () => (await later()).Shortcuts),
  jump: lazy(async () => (await later()).JumpToDate),
  picture: lazy(async () => (await later()).PictureDialog),
};

export function Dialogs() {
  const dialog = useSelect((state) => state.dialog);
  if (dialog === null) return null;
  const component = DIALOGS[dialog.kind] as FunctionComponent<Dialog>;
  return createElement(component, { ...dialog, key: JSON.stringify([dialog.kind]) });
}
