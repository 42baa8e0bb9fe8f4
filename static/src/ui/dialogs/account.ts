// The dialogs about one's own account, as one piece to fetch.

export { NewPassphraseDialog } from "./new-passphrase.tsx";
export { RecoveryKeyDialog } from "./recovery-key.tsx";
export { RevokeDevice } from "./revoke-device.tsx";
export { SignOut } from "./sign-out.tsx";
