// Signatures that stand without any key of the room, made with the device key.

import { signWithSeed } from "../../e2ee/signing.ts";
import { b64, utf8 } from "../../wire/bytes.ts";
import type { ActContent, ActReceipt, InitialAct, OfflineObjection } from "../../wire/drafts/acts.ts";
import { draftItemHash } from "../../wire/drafts/envelope.ts";
import { readAct } from "../../wire/drafts/reading.ts";
import {
  INITIAL_LABEL,
  initialStatement,
  labelled,
  OBJECTION_LABEL,
  objectionStatement,
  SIGNATURE_LABEL,
  signatureStatement,
} from "../../wire/drafts/statements.ts";
import type { Id } from "../../wire/ids.ts";
import { MemberError } from "../failure.ts";
import type { SignWish } from "./api.ts";
import type { Draft } from "./draft.ts";

const OBJECTION_KIND = "portal draft objection";

/** The act that carries a signature or initials. */
export async function signedAct(draft: Draft, wish: SignWish): Promise<ActContent> {
  const { signer, sign } = signing(draft);
  const at = draft.host.now_ms();
  if (wish.kind === "initial") {
    const { items, root } = wish;
    const act: Omit<InitialAct, "sig"> = { v: 1, t: "initial", at, items, root };
    return { ...act, sig: await sign(INITIAL_LABEL, initialStatement(signer, draft.draft, act)) };
  }
  const { root, langs, name, capacity } = wish;
  const statement = signatureStatement({ ...signer, at, capacity, draft: draft.draft, langs, name, root, v: 1 });
  return { v: 1, t: "sign", at, root, statement, sig: await sign(SIGNATURE_LABEL, statement) };
}

/**
 * An objection that can be handed to anybody: as a file, and as text for a QR code. It names the item by which this
 * device has objected, if there is one, with the server's receipt if there is that. MemberError "draft.not_found" if
 * there is no such silence.
 */
export async function objectionFile(draft: Draft, silence: Id): Promise<{ file: Blob; qr: string }> {
  const { signer, sign } = signing(draft);
  const running = draft.acts.state.silences[silence];
  if (!running) throw new MemberError("draft.not_found", { silence });
  const { item, reason, receipt } = ownBreak(draft, silence);
  const fields = {
    at: draft.host.now_ms(),
    draft: draft.draft,
    item,
    reason,
    root: running.root,
    silence,
    v: 1,
  } as const;
  const statement = objectionStatement({ ...signer, ...fields });
  const signed = { statement, sig: await sign(OBJECTION_LABEL, statement) };
  const objection: OfflineObjection = receipt ? { ...signed, receipt } : signed;
  const text = JSON.stringify({ kind: OBJECTION_KIND, v: 1, silence, objection });
  return { file: new Blob([utf8(`${text}\n`)], { type: "application/json" }), qr: text };
}

function signing(draft: Draft) {
  const { device, account, key } = draft.host.keyholder.device;
  const { delegation } = draft.tables.authorNow(account, false);
  const sign = async (label: string, statement: string): Promise<string> =>
    b64(await signWithSeed(key.seed, labelled(label, statement)));
  return { signer: { account, delegation, device }, sign };
}

/**
 * The objection that this device has made: the hash of its item ("" if it was never sealed), what the server signed.
 */
function ownBreak(draft: Draft, silence: Id): { item: string; reason: string; receipt: ActReceipt | null } {
  const { device } = draft.host.keyholder.device;
  const waiting = draft.outgoing
    .all("acts")
    .map(({ raw, plaintext, taken }) => ({ raw, plaintext, receipt: taken ?? null }));
  const stood = draft.acts.rows
    .filter((row) => row.device === device)
    .map((row) => {
      const { number, at_ms, head, receipt, raw, plaintext } = row;
      return { raw, plaintext, receipt: receipt === null ? null : { number, at_ms, head: b64(head), receipt } };
    });
  for (const { raw, plaintext, receipt } of [...waiting, ...stood]) {
    const act = plaintext && readAct(plaintext);
    if (!act || act.t !== "silence_break" || act.silence !== silence) continue;
    return { item: raw ? b64(draftItemHash(raw)) : "", reason: act.reason ?? "", receipt };
  }
  return { item: "", reason: "", receipt: null };
}
