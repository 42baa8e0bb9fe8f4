// Where a draft's acts and versions stand in the public ledger (docs/protocol.md §10, Roots).

import { b64, type Bytes } from "../../wire/bytes.ts";
import { parseVkey } from "../../wire/ledger/note.ts";
import { formatProof } from "../../wire/ledger/proof.ts";
import { isCount, isRecord, listOf } from "../fields.ts";
import { MemberError } from "../failure.ts";
import { noteOf } from "../ledger/evidence.ts";
import { HttpLog } from "../ledger/log.ts";
import { readRoot, type RoomRoot } from "../ledger/roots.ts";
import type { Draft } from "./draft.ts";
import { draftPath } from "./serving.ts";

const ROOTS_MAX = 1_000;

/**
 * Lines of a bundle: the newest head of the acts that the ledger holds, and every version's. None while the ledger, or
 * its word for them, can not be had. A head that is not this client's own is a fork.
 */
export async function loggedLines(draft: Draft): Promise<Record<string, unknown>[]> {
  const { http, ledger } = draft.host;
  const { newest, vkey } = ledger.state;
  if (!newest || vkey === null) return [];
  try {
    const said = await http.get(`${draftPath(draft)}/roots`);
    const { acts, versions } = isRecord(said) ? said : {};
    const held = (roots: unknown): RoomRoot[] => {
      return (listOf(roots, ROOTS_MAX, readRoot) ?? []).filter(({ index }) => isCount(index) && index < newest.size);
    };
    const [act] = held(acts);
    if (act) await draft.acts.checkHead(act);
    const key = parseVkey(vkey);
    const proven = async (logged: string, { number, head, nonce, tag, index }: RoomRoot) => {
      const hashes: Bytes[] = await new HttpLog(http).inclusion(index, newest.size);
      const proof = formatProof({ index, hashes, checkpoint: noteOf(key, newest) });
      return { logged, number, head: b64(head), nonce: b64(nonce), tag: b64(tag), vkey, proof };
    };
    const roots = [
      ...held(versions).map((root) => ["draft_version", root] as const),
      ...(act ? [["draft_act", act] as const] : []),
    ];
    return await Promise.all(roots.map(([kind, root]) => proven(kind, root)));
  } catch (error) {
    if (error instanceof MemberError) return [];
    throw error;
  }
}
