// What contradicts in a draft, for whoever investigates: signed envelopes, no keys, no text.

import { b64, hex } from "../../wire/bytes.ts";
import type { DraftProblem } from "./api.ts";
import type { Draft } from "./draft.ts";
import { names } from "./rows.ts";

/** JSON lines: what is told, how far each stream was followed, then the items that raised an alarm. */
export async function evidenceOf(draft: Draft): Promise<Blob> {
  const { data, host } = draft;
  const streams = draft.streams().map(({ name, data: { from, base, number, head, stopped } }) => {
    const place = { from: from.number, base: base.number, number, head: hex(head), stopped };
    return { stream: name, ...place };
  });
  const head = {
    evidence: "portal draft evidence",
    v: 1,
    room: data.room,
    draft: data.draft,
    problem: data.problem,
    past: data.past ?? [],
    streams,
  };
  const witnesses = await host.store.list<{ problem: DraftProblem; raw: Uint8Array }>(names.witnesses(draft.draft));
  const lines = [head, ...witnesses.map(([, { problem, raw }]) => ({ problem, envelope: b64(raw) }))];
  return new Blob([lines.map((line) => `${JSON.stringify(line)}\n`).join("")], { type: "application/jsonl" });
}
