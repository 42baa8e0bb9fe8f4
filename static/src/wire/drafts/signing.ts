// Initials and signatures. Twin of portal/wire/drafts/signing.py.
//
//   sign_open   the adopted text, in all its authentic languages, and the order of signing (alternat); again only while
//               nobody has signed
//   sign        the next in the order, over exactly that text, with a statement that names the signer's own account,
//               delegation and device; when the last has signed the draft is signed
//   initial     clauses as they read, or (no items) the whole text; every party's under the whole: initialled

import type { ActLine, ActOf, Refusal } from "./acts.ts";
import { areAuthentic, type Judge, made, sameRoots } from "./judging.ts";
import { advance, checkInitialled } from "./lifecycle.ts";
import { partiesOf } from "./rights.ts";
import type { Signing, Stage } from "./state.ts";
import { readSignature } from "./statements.ts";

const INITIALLED_IN: readonly Stage[] = ["draft", "revision", "adopted", "initialled"];

/** Initials that are kept, and clauses under them, together. */
export const INITIALS_MAX = 100_000;

export const initial: Judge<"initial"> = (state, line, act) => {
  if (line.delegation === "") return "no_delegation";
  if (!INITIALLED_IN.includes(state.stage)) return "too_late";
  const verdict = judgeOwnProof(line);
  if (verdict !== null) return verdict;
  if (state.adoption?.status === "adopted" && act.root !== state.adoption.root) return "wrong_root";
  const before = state.initials.some(
    (one) =>
      act.items.length === 0 && one.items.length === 0 && one.root === act.root && one.account === line.account,
  );
  if (before) return "already_signed";
  const kept = state.initials.reduce((sum, { items }) => sum + 1 + items.length, 0);
  if (kept + 1 + act.items.length > INITIALS_MAX) return "too_many";
  state.initials.push({
    ...made(line),
    device: line.device,
    items: act.items.map((item) => ({ ...item })),
    root: act.root,
    at: act.at,
    sig: act.sig,
  });
  checkInitialled(state, line);
  return null;
};

export const signOpen: Judge<"sign_open"> = (state, line, act) => {
  const { adoption, signing } = state;
  if (adoption?.status !== "adopted") return "not_adopted";
  if (signing !== null && signing.signatures.length > 0) return "already_signed";
  if (!areAuthentic(state, act.langs)) return "languages";
  if (act.root !== adoption.root || !sameRoots(act.langs, adoption.langs)) return "wrong_root";
  const parties = partiesOf(state.rights);
  if (!act.order.every((delegation) => parties.includes(delegation))) return "not_party";
  state.signing = {
    ...made(line),
    root: act.root,
    langs: [...act.langs],
    order: [...act.order],
    testimonium: act.testimonium,
    signatures: [],
  };
  return null;
};

export const sign: Judge<"sign"> = (state, line, act, { draft }) => {
  const { adoption, signing } = state;
  if (line.delegation === "") return "no_delegation";
  if (signing === null) return "not_open";
  if (adoption?.status !== "adopted") return "not_adopted";
  const verdict = judgeOwnProof(line) ?? judgeStatement(signing, line, act, draft) ?? judgeTurn(signing, line);
  if (verdict !== null) return verdict;
  signing.signatures.push({ ...made(line), device: line.device, statement: act.statement, sig: act.sig });
  if (signing.signatures.length === signing.order.length) advance(state, line, "signed");
  return null;
};

/** The detached signature is the author's own, by the very device that sent the act. */
function judgeOwnProof({ proof, account, device }: ActLine): Refusal | null {
  if (proof === null) return "bad_signature";
  return proof.account === account && proof.device === device ? null : "wrong_signer";
}

function judgeStatement(signing: Signing, line: ActLine, act: ActOf<"sign">, draft: string): Refusal | null {
  const said = readSignature(act.statement);
  if (said === null || said.draft !== draft || said.at !== act.at) return "wrong_statement";
  const { account, delegation, device } = line;
  if (said.account !== account || said.delegation !== delegation || said.device !== device) return "wrong_signer";
  const here = act.root === signing.root && said.root === signing.root && sameRoots(said.langs, signing.langs);
  return here ? null : "wrong_root";
}

function judgeTurn({ order, signatures }: Signing, { delegation }: ActLine): Refusal | null {
  if (delegation === "" || !order.includes(delegation)) return "not_party";
  if (signatures.some((one) => one.delegation === delegation)) return "already_signed";
  return order[signatures.length] === delegation ? null : "out_of_order";
}
