// The dialogs by which people make sure of each other, as one piece to fetch.

export { ChangedKey } from "./changed-key.tsx";
export { EpochCode } from "./epoch-code.tsx";
export { Verify } from "./verify.tsx";
