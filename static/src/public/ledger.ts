// The auditor's page: reads the public ledger, checks it in this browser, and remembers what it saw for the next visit.

import { audit, type Audited, readEverything } from "../tlog/audit.ts";
import { element, part, sentence } from "./parts/words.ts";
import { growthChart, kindBars } from "./parts/charts.ts";
import { forget, remember, remembered, type Seen } from "./parts/seen.ts";

const state = part("state", HTMLElement);
const growth = part("growth", HTMLElement);
const witnesses = part("witnesses", HTMLElement);
const entries = part("entries", HTMLElement);
const everything = part("everything", HTMLButtonElement);

async function read(path: string): Promise<Uint8Array | null> {
  const answer = await fetch(path, { cache: "no-store", credentials: "omit" });
  if (answer.status === 404) return null;
  if (!answer.ok) throw new TypeError(`${path}: ${answer.status}`);
  return new Uint8Array(await answer.arrayBuffer());
}

async function show(): Promise<void> {
  const before = remembered();
  let audited: Audited;
  try {
    audited = await audit(read, before.at(-1)?.note ?? null, before[0]?.vkey ?? null);
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    return tell(state, "bad", sentence("state.unreachable"));
  }
  showState(audited);
  if (audited.opened === null) return;
  const seen = audited.growth === "bad" ? before : remember(audited.note, audited.opened.checkpoint.size, audited.vkey);
  showGrowth(audited, seen);
  showWitnesses(audited);
  everything.hidden = false;
  everything.addEventListener("click", () => void readAll(audited));
}

function showState({ opened, origin, vkey }: Audited): void {
  if (opened === null) {
    tell(state, "bad", sentence("state.unsigned"));
    const anew = element("button", "button quiet-button", sentence("state.forget"));
    anew.addEventListener("click", () => {
      forget();
      location.reload();
    });
    state.append(anew);
    return;
  }
  tell(state, "good", sentence("state.signed", { origin, size: opened.checkpoint.size }));
  const more = element("details");
  more.append(element("summary", "", sentence("state.key")), element("p", "digits", vkey));
  more.append(element("p", "digits", opened.note));
  state.append(more);
}

function showGrowth({ growth: found, oldSize }: Audited, seen: readonly Seen[]): void {
  const outcome = found === "first" ? "unknown" : found;
  tell(growth, outcome, sentence(`growth.${found}`, { size: oldSize }));
  if (found === "bad") return;
  const last = seen.at(-1);
  if (seen.length > 1 && last !== undefined) growth.append(growthChart(seen, sentence("growth.chart")));
}

function showWitnesses({ behind, quorum, witnessedSize: size }: Audited): void {
  if (behind.length === 0) return tell(witnesses, "unknown", sentence("witnesses.none"));
  tell(witnesses, quorum ? "good" : "unknown", sentence(quorum ? "witnesses.enough" : "witnesses.few", { size }));
  const table = element("table");
  for (const { name, time_s } of behind) {
    const row = element("tr");
    const when = time_s === null ? sentence("witnesses.silent") : new Date(time_s * 1000).toLocaleString(language());
    row.append(element("th", "", name), element("td", "", when));
    table.append(row);
  }
  witnesses.append(table);
}

async function readAll(audited: Audited): Promise<void> {
  const { opened } = audited;
  if (opened === null) return;
  everything.disabled = true;
  const { size, root } = opened.checkpoint;
  try {
    const found = await readEverything(read, size, root, (done) => {
      tell(entries, "unknown", sentence("entries.reading", { done, size }));
    });
    tell(entries, found.same ? "good" : "bad", sentence(found.same ? "entries.same" : "entries.other", { size }));
    entries.append(kindBars(found.kinds, (kind) => sentence(`kind.${kind}`)));
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    tell(entries, "bad", sentence("state.unreachable"));
  }
  everything.disabled = false;
}

function tell(place: HTMLElement, outcome: "good" | "bad" | "unknown", words: string): void {
  const mark = { good: "✓", bad: "✗", unknown: "·" }[outcome];
  const line = element("p", `finding ${outcome}`);
  line.append(element("span", "mark", mark), " ", words);
  place.replaceChildren(line);
}

function language(): string {
  return document.documentElement.lang;
}

part("unscripted", HTMLElement).hidden = true;
void show();
