// One interpreter's stream: machine translations of clauses. The newest of a clause into a language counts.

import { fromUtf8, MalformedError } from "../../wire/bytes.ts";
import { isId } from "../../wire/ids.ts";
import type { MachineView } from "./api.ts";
import type { DraftRow } from "./rows.ts";
import { DraftStream } from "./stream.ts";

export class MachineStream extends DraftStream {
  private newest = new Map<string, MachineView>();

  views(): MachineView[] {
    return [...this.newest.values()];
  }

  protected override async rebuild(): Promise<void> {
    this.newest = new Map();
    for (const row of this.rows) if (row.state === "open") this.admit(row);
  }

  protected override admit(row: DraftRow): string | null {
    const view = readMachine(row);
    if (!view) return "item.malformed";
    this.newest.set(`${view.node} ${view.lang}`, view);
    return null;
  }

  protected override told(): void {}
}

function readMachine({ plaintext, account, at_ms }: DraftRow): MachineView | null {
  let fields: Record<string, unknown>;
  try {
    fields = JSON.parse(fromUtf8(plaintext!)) as Record<string, unknown>;
  } catch (error) {
    if (error instanceof MalformedError || error instanceof SyntaxError) return null;
    throw error;
  }
  if (typeof fields !== "object" || fields === null || fields["t"] !== "machine") return null;
  const { node, from, to, source, text, sentences, models, glossary, software } = fields;
  const texts = [from, to, source, text].every((value) => typeof value === "string");
  if (!isId(node) || !texts || !Array.isArray(sentences)) return null;
  return {
    node,
    from: from as string,
    lang: to as string,
    text: text as string,
    sentences,
    models: Array.isArray(models) ? models : [],
    glossary: typeof glossary === "string" ? glossary : "",
    software: typeof software === "string" ? software : "",
    source: source as string,
    by: account!,
    at_ms,
  };
}
