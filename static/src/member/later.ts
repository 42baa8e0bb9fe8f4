// Everything that the sign-in page and the list of rooms do not need, fetched as one piece when the first of it is
// wanted (loading.ts): more pieces would each bring their shared parts as further requests.

export { openAside, sealAside } from "../e2ee/aside.ts";
export { boxKeyFromSeed, newBoxKey } from "../e2ee/box.ts";
export { commit } from "../e2ee/commit.ts";
export { createGroup, decodeGroup, encodeGroup, epochAuthenticator, exporterValue, roster } from "../e2ee/group.ts";
export { inspectCommit } from "../e2ee/inspect.ts";
export { joinGroup, welcomeRefs } from "../e2ee/join.ts";
export { openPrivate, openPrivateKey } from "../e2ee/private.ts";
export { makeKeyPackage, readKeyPackage } from "../e2ee/keypackage.ts";
export { processCommit } from "../e2ee/process.ts";
export { grantFromJson, grantToJson, openGrant, sealGrant, verifyGrant } from "../e2ee/ring.ts";
export { Asides } from "./interpreters/asides.ts";
export {
  bind,
  changePassphrase,
  enrol,
  prepare,
  printed,
  renewRecoveryKey,
  withPassphrase,
  withRecoveryKey,
} from "./becoming.ts";
export { Commits } from "./commits.ts";
export { mendOwnGrants } from "./deposits.ts";
export { approveEnrolment, lookEnrolment } from "./interpreters/enrolments.ts";
export { HttpLog } from "./ledger/log.ts";
export { Rounds } from "./ledger/rounds.ts";
export { answerFinding, findingEvidence, ledgerView } from "./ledger/view.ts";
export { recordBundle, sealedBundle } from "./exports.ts";
export { readableRecord } from "./readable.ts";
export { foundingOf } from "./founding.ts";
// Here for the drafts' sake, which need it: the bundler makes a script of each set of modules that the same pieces reach.
export { parseRecord } from "./recordstream.ts";
