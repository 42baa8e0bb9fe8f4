// The export of a draft as JSON lines that a third party can verify without any server (docs/protocol.md §10, Exported
// drafts; `portal verify draft` reads it).

import { sha256 } from "@noble/hashes/sha2.js";

import { statementToJson } from "../../e2ee/identity.ts";
import { sign } from "../../e2ee/signing.ts";
import { readText } from "../../draft/model/read.ts";
import { b64, concat, utf8 } from "../../wire/bytes.ts";
import { textOfRuns } from "../../wire/drafts/clauses.ts";
import { decodeDraftItem } from "../../wire/drafts/envelope.ts";
import { initialStatement } from "../../wire/drafts/statements.ts";
import { project } from "../../wire/drafts/projection.ts";
import type { Projection } from "../../wire/drafts/projection-types.ts";
import type { Initials } from "../../wire/drafts/state.ts";
import { canonicalText, type TextDocument } from "../../wire/drafts/text.ts";
import type { Id } from "../../wire/ids.ts";
import type { StreamName } from "./api.ts";
import type { Draft } from "./draft.ts";
import type { Incoming } from "./rows.ts";
import { fetchItems, fetchRevisions } from "./serving.ts";
import type { DraftStream } from "./stream.ts";

const KIND = "portal draft bundle";
const LABEL = utf8("portal draft bundle v1\0");
const FETCH_ITEMS = 10_000;
const ORDER = ["acts", "text", "talk", "proposals", "machine"];

type Line = Record<string, unknown>;

/** What of one stream goes into a bundle. */
interface Told {
  stream: StreamName;
  lines: Line[];
  devices: Id[];
  epochs: number[];
}

/**
 * audit: all streams as the server has them, and the keys of their epochs · public: the text as it stands and what is
 * signed. MemberError of a passing kind while the server can not be asked.
 */
export async function bundleOf(draft: Draft, grade: "audit" | "public"): Promise<Blob> {
  await draft.sync();
  const streams = draft.streams().sort((a, b) => placeOf(a.name) - placeOf(b.name) || (a.name < b.name ? -1 : 1));
  const told = grade === "audit" ? await Promise.all(streams.map((stream) => streamLines(draft, stream))) : [];
  const signatures = signatureLines(draft);
  const devices = [...told.flatMap((one) => one.devices), ...signatures.map(({ device }) => device)];
  const lines: Line[] = [
    beginning(draft, grade),
    ...(await peopleLines(draft, devices)),
    ...keyLines(draft, told),
    ...(grade === "audit" && draft.ledgerVerifier() ? [{ ledger: draft.ledgerVerifier() }] : []),
    ...told.flatMap((one) => one.lines),
    ...textLines(draft),
    ...signatures.map(({ line }) => line),
    ...(await draft.loggedLines()),
  ];
  const body = utf8(lines.map((line) => `${JSON.stringify(line)}\n`).join(""));
  const sig = await sign(draft.host.keyholder.device.key, concat(LABEL, sha256(body)));
  const end = utf8(`${JSON.stringify({ end: lines.length, sig: b64(sig) })}\n`);
  return new Blob([body, end], { type: "application/jsonl" });
}

function placeOf(name: StreamName): number {
  return ORDER.indexOf(name.split("/")[0]!);
}

function beginning(draft: Draft, grade: string): Line {
  const { account, device } = draft.host.keyholder.device;
  const exported_s = Math.floor(draft.host.now_ms() / 1000);
  const { silence_min_ms } = draft.actsContext;
  const names = { bundle: KIND, v: 1, grade, room: draft.room.id, draft: draft.draft };
  return { ...names, exported_s, exporter: { account, device }, silence_min_ms };
}

async function streamLines(draft: Draft, { name, served, data }: DraftStream): Promise<Told> {
  const base = served?.base ?? data.from;
  const items: Incoming[] = [];
  for (let after = base.number; ; after = items.at(-1)!.number) {
    const part = await fetchItems(draft, name, after, FETCH_ITEMS);
    if (part.length === 0) break;
    items.push(...part);
  }
  const revisions =
    base.number > 0 ? (await fetchRevisions(draft, name)).filter(({ number }) => number <= base.number) : [];
  if (items.length + revisions.length === 0) return { stream: name, lines: [], devices: [], epochs: [] };
  const envelopes = [...items, ...revisions].map(({ raw }) => decodeDraftItem(raw));
  return {
    stream: name,
    lines: [
      { stream: name, base: { number: base.number, head: b64(base.head) } },
      ...items.map(({ number, at_ms, raw, receipt }) => ({ number, at_ms, envelope: b64(raw), receipt })),
      ...revisions.map(({ number, at_ms, raw }) => ({ revision: number, at_ms, envelope: b64(raw) })),
    ],
    devices: envelopes.map(({ device }) => device),
    epochs: envelopes.map(({ epoch }) => epoch),
  };
}

async function peopleLines(draft: Draft, devices: readonly Id[]): Promise<Line[]> {
  const { people, keyholder } = draft.host;
  const owners = await draft.owners([...devices, keyholder.device.device]);
  const accounts = [...new Set([...owners.values()].map(({ account }) => account))].sort();
  return accounts.map((account) => {
    const delegation = people.person(account)?.delegation?.id ?? "";
    return { account, delegation, statements: people.statements(account).map(statementToJson) };
  });
}

function keyLines({ room }: Draft, told: readonly Told[]): Line[] {
  const epochs = [...new Set(told.flatMap((one) => one.epochs))].sort((a, b) => a - b);
  return epochs.flatMap((epoch) => {
    const key = room.ring.key(epoch);
    return key ? [{ epoch, bucket: key.bucket, key: b64(key.value) }] : [];
  });
}

/** The clean text of each authentic language that has a root. */
function textLines(draft: Draft): Line[] {
  const document = readText(draft.text.doc);
  const { state } = draft.acts;
  const projection = project(document, state, draft.draft);
  const authentic = state.authentic.length > 0 ? state.authentic : document.meta.langs.slice(0, 1);
  return authentic.flatMap((lang) => (projection.roots[lang] ? [textLine(document, projection, lang)] : []));
}

function textLine(document: TextDocument, { clauses }: Projection, lang: string): Line {
  const leaves = clauses
    .filter(({ gone }) => !gone)
    .map(({ node, kind, number, runs }) => {
      return { v: 1, node, kind, number, ...textOfRuns(runs[lang] ?? []) };
    });
  return { text: lang, title: canonicalText(document.meta.title[lang] ?? ""), leaves };
}

function signatureLines({ acts, draft }: Draft): { line: Line; device: Id }[] {
  const { initials, signing } = acts.state;
  const initialled = initials.map((one) => ({ number: one.number, device: one.device, line: initialLine(one, draft) }));
  const signed = (signing?.signatures ?? []).map(({ number, device, statement, sig }) => {
    return { number, device, line: { signature: "sign", statement, sig } };
  });
  return [...initialled, ...signed].sort((a, b) => a.number - b.number);
}

function initialLine(initials: Initials, draft: Id): Line {
  return { signature: "initial", statement: initialStatement(initials, draft, initials), sig: initials.sig };
}
