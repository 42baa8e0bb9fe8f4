// Draws the dialog that is open. All of them are fetched when first needed.

import { createElement, type FunctionComponent } from "preact";
import { fetchDrafts, fetchLater } from "../parts/later.ts";
import { lazy } from "../parts/lazy.ts";
import { useSelect } from "../portal.ts";
import type { Dialog } from "../state.ts";

type Kind = Dialog["kind"];
type About<K extends Kind> = Extract<Dialog, { kind: K }>;

const DIALOGS: { [K in Kind]: FunctionComponent<About<K>> } = {
  "new-room": lazy(async () => (await fetchLater()).NewRoom),
  huddle: lazy(async () => (await fetchLater()).Huddle),
  "add-members": lazy(async () => (await fetchLater()).AddMembers),
  "remove-member": lazy(async () => (await fetchLater()).RemoveMember),
  "leave-room": lazy(async () => (await fetchLater()).LeaveRoom),
  "archive-room": lazy(async () => (await fetchLater()).ArchiveRoom),
  "rename-room": lazy(async () => (await fetchLater()).RenameRoom),
  render: lazy(async () => (await fetchLater()).Render),
  withdraw: lazy(async () => (await fetchLater()).Withdraw),
  export: lazy(async () => (await fetchLater()).Export),
  verify: lazy(async () => (await fetchLater()).Verify),
  "changed-key": lazy(async () => (await fetchLater()).ChangedKey),
  "changed-name": lazy(async () => (await fetchLater()).ChangedName),
  "answer-problem": lazy(async () => (await fetchLater()).AnswerProblem),
  "epoch-code": lazy(async () => (await fetchLater()).EpochCode),
  passphrase: lazy(async () => (await fetchLater()).NewPassphraseDialog),
  "recovery-key": lazy(async () => (await fetchLater()).RecoveryKeyDialog),
  "revoke-device": lazy(async () => (await fetchLater()).RevokeDevice),
  "end-interpreter": lazy(async () => (await fetchLater()).EndInterpreter),
  translations: lazy(async () => (await fetchLater()).SwitchTranslations),
  term: lazy(async () => (await fetchLater()).EditTerm),
  "remove-term": lazy(async () => (await fetchLater()).RemoveTerm),
  "import-terms": lazy(async () => (await fetchLater()).ImportTerms),
  "new-draft": lazy(async () => (await fetchDrafts()).NewDraft),
  "sign-out": lazy(async () => (await fetchLater()).SignOut),
  palette: lazy(async () => (await fetchLater()).Palette),
  shortcuts: lazy(async () => (await fetchLater()).Shortcuts),
  jump: lazy(async () => (await fetchLater()).JumpToDate),
  picture: lazy(async () => (await fetchLater()).PictureDialog),
};

export function Dialogs() {
  const dialog = useSelect((state) => state.dialog);
  if (dialog === null) return null;
  const component = DIALOGS[dialog.kind] as FunctionComponent<Dialog>;
  return createElement(component, { ...dialog, key: JSON.stringify([dialog.kind]) });
}
