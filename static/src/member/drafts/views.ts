// What the page sees of a draft.

import { metaOf, stringIn } from "../../draft/model/doc.ts";
import { answersTo } from "./answers.ts";
import { projectionCounts } from "./counting.ts";
import type { DraftRight, DraftSummary, DraftView, PendingAct } from "./api.ts";
import { readAct } from "../../wire/drafts/reading.ts";
import { DraftItemKind } from "../../wire/drafts/streams.ts";
import type { Id } from "../../wire/ids.ts";
import { DocumentStream } from "./documentstream.ts";
import type { Draft } from "./draft.ts";
import { MachineStream } from "./machinestream.ts";

export function viewOf(draft: Draft): DraftView {
  const { acts, talk, text, tables, outgoing, data } = draft;
  const own = draft.host.keyholder.device.account;
  const { right, delegation } = draft.self;
  const streams = draft.streams();
  const table = tables.newest;
  return {
    room: draft.room.id,
    draft: draft.draft,
    founder: acts.founder,
    right,
    delegation,
    rights: [...(table?.members ?? [])],
    default: table?.default ?? "read",
    mismatched: (table?.members ?? []).filter((member) => isMismatched(draft, member)).map(({ account }) => account),
    streams: streams.map(({ name }) => name),
    acts: acts.state,
    actLog: acts.log(),
    pendingActs: pendingActs(draft),
    comments: talk.views(outgoing.all("talk"), { account: own, delegation }),
    machine: streams.flatMap((stream) => (stream instanceof MachineStream ? stream.views() : [])),
    clients: clientsOf(draft),
    unsent: outgoing.all().filter(({ kind }) => kind < DraftItemKind.snapshot).length,
    unsentFailure: outgoing.all().find(({ failure }) => failure !== null)?.failure ?? null,
    silence_min_ms: draft.actsContext.silence_min_ms,
    waitingFor: streams.some(({ waiting }) => waiting) ? "keys" : text.data.whole ? null : "snapshot",
    unconfirmed: text.unconfirmed || acts.unconfirmed,
    problem: data.problem,
    blocked: draft.blocked,
    answers: answersTo(draft),
  };
}

export function summaryOf(draft: Draft): DraftSummary {
  const { acts, data } = draft;
  const { title, titles, open } = projectionCounts(draft.text.doc, acts.state);
  const { right } = draft.self;
  const template = stringIn(metaOf(draft.text.doc), "template");
  const { changed_ms, created_ms = null } = data;
  return { draft: draft.draft, title, titles, stage: acts.state.stage, open, changed_ms, created_ms, template, right };
}

function isMismatched({ host }: Draft, { account, delegation }: DraftRight): boolean {
  const person = host.people.person(account);
  return person !== undefined && (person.delegation?.id ?? "") !== delegation;
}

function pendingActs({ outgoing }: Draft): PendingAct[] {
  return outgoing.all("acts").flatMap(({ item, kind, plaintext, created_ms: since_ms, failure }) => {
    if (kind !== DraftItemKind.entry || !plaintext) return [];
    const content = readAct(plaintext);
    return content.t === "unread" ? [] : [{ item, content, since_ms, failure }];
  });
}

function clientsOf(draft: Draft): Record<number, Id> {
  const documents = draft.streams().filter((stream) => stream instanceof DocumentStream);
  return Object.fromEntries(documents.flatMap((stream) => stream.clients()));
}
