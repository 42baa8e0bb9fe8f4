// Everything that sign-in and the list of rooms do not need, fetched as one piece when the first of it is wanted: more
// pieces would each bring their shared parts as further requests.
//
// The bundler makes a script of each set of modules that the same pieces reach. So that what every visit loads stays in
// one script, each piece reaches all of it: this one by start.tsx, those of the drafts by this one.

import "./start.tsx";

export { Administration } from "./administration/administration.tsx";
export { AddMembers } from "./dialogs/add-members.tsx";
export { AnswerProblem } from "./dialogs/answer-problem.tsx";
export { ChangedKey } from "./dialogs/changed-key.tsx";
export { ChangedName } from "./dialogs/changed-name.tsx";
export { ArchiveRoom, EndInterpreter, LeaveRoom, RemoveMember, RemoveTerm, SwitchTranslations } from "./dialogs/confirmations.tsx";
export { EditTerm } from "./dialogs/edit-term.tsx";
export { EpochCode } from "./dialogs/epoch-code.tsx";
export { Export } from "./dialogs/export.tsx";
export { Huddle } from "./dialogs/huddle.tsx";
export { ImportTerms } from "./dialogs/import-terms.tsx";
export { JumpToDate } from "./dialogs/jump.tsx";
export { NewPassphraseDialog } from "./dialogs/new-passphrase.tsx";
export { NewRoom } from "./dialogs/new-room.tsx";
export { Palette } from "./dialogs/palette.tsx";
export { PictureDialog } from "./dialogs/picture.tsx";
export { RecoveryKeyDialog } from "./dialogs/recovery-key.tsx";
export { RenameRoom } from "./dialogs/rename-room.tsx";
export { Render } from "./dialogs/render.tsx";
export { RevokeDevice } from "./dialogs/revoke-device.tsx";
export { Shortcuts } from "./dialogs/shortcuts.tsx";
export { SignOut } from "./dialogs/sign-out.tsx";
export { Verify } from "./dialogs/verify.tsx";
export { Withdraw } from "./dialogs/withdraw.tsx";
export { DemoOccupied, DemoSignIn } from "./entry/demo.tsx";
export { AlreadySignedIn, Onboarding } from "./entry/onboarding.tsx";
export { LedgerBanners } from "./ledger/findings.tsx";
export { Room } from "./room/room.tsx";
export { SidePanel } from "./room/side-panel.tsx";
export { Settings } from "./settings/settings.tsx";
