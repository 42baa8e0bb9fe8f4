// The stream of comments: one event after the other, each by its author alone.
//
// | event    | by               | otherwise |
// |----------|------------------|-----------|
// | comment  | anybody who may  |           |
// | edit     | its author       | refused   |
// | withdraw | its author       | refused   |
// | resolve  | anybody who may  |           |

import { jcs } from "../../wire/drafts/jcs.ts";
import type { DraftEnvelope } from "../../wire/drafts/envelope.ts";
import { DraftItemKind } from "../../wire/drafts/streams.ts";
import { type Bytes, fromUtf8, MalformedError } from "../../wire/bytes.ts";
import { type Id, isId } from "../../wire/ids.ts";
import type { CommentAnchor, CommentView, TalkContent } from "./api.ts";
import type { Out } from "./outgoing.ts";
import type { DraftRow } from "./rows.ts";
import type { ListedOwner } from "../people.ts";
import { type Batch, DraftStream } from "./stream.ts";

const TEXT_MAX = 65_536;

interface Event {
  account: Id;
  delegation: Id | "";
  at_ms: number;
  content: TalkContent;
  sending: CommentView["sending"];
}

export class TalkStream extends DraftStream {
  private comments = new Map<Id, CommentView>();

  /** All comments, the oldest first, with what waits to be sent. */
  views(outs: readonly Out[], own: { account: Id; delegation: Id | "" }): CommentView[] {
    const comments = new Map([...this.comments].map(([id, view]): [Id, CommentView] => [id, { ...view }]));
    for (const { kind, plaintext, created_ms: at_ms, failure } of outs) {
      const content = kind === DraftItemKind.entry && plaintext ? readTalk(plaintext) : null;
      if (content) apply(comments, { ...own, at_ms, content, sending: failure === null ? "waiting" : "failed" });
    }
    return [...comments.values()];
  }

  protected override async rebuild(): Promise<void> {
    this.comments = new Map();
    for (const row of this.rows) if (row.state === "open") this.admit(row);
  }

  protected override admit(row: DraftRow, _e?: DraftEnvelope, _o?: ListedOwner, _b?: Batch): string | null {
    const content = readTalk(row.plaintext!);
    if (!content) return "item.malformed";
    const account = row.account!;
    const interpreter = this.works.host.people.device(account, row.device)?.kind === "interpreter";
    const { delegation } = this.works.tables.authorNow(account, interpreter);
    const event: Event = { account, delegation, at_ms: row.at_ms, content, sending: "sent" };
    return apply(this.comments, event) ? null : "draft.right_required";
  }

  protected override told(): void {}
}

/** The plaintext of an event; MalformedError if it is none. */
export function writeTalk(content: TalkContent): Bytes {
  const plaintext = jcs({ ...content, v: 1 });
  if (!readTalk(plaintext)) throw new MalformedError("no comment");
  return plaintext;
}

function apply(comments: Map<Id, CommentView>, { account, delegation, at_ms, content, sending }: Event): boolean {
  if (content.t === "comment") {
    if (comments.has(content.comment)) return false;
    const { comment, anchor, text, lang, audience, reply } = content;
    const fresh = { edited_ms: null, resolved: false, withdrawn: false, sending };
    comments.set(comment, {
      comment,
      account,
      delegation,
      at_ms,
      anchor,
      text,
      lang,
      audience,
      reply: reply ?? null,
      ...fresh,
    });
    return true;
  }
  const target = comments.get(content.target);
  if (!target) return true; // of an epoch that is not readable here
  if (content.t === "resolve") target.resolved = content.on;
  else if (target.account !== account) return false;
  else if (content.t === "edit") Object.assign(target, { text: content.text, edited_ms: at_ms });
  else Object.assign(target, { text: "", withdrawn: true });
  return true;
}

function readTalk(plaintext: Uint8Array): TalkContent | null {
  let fields: Record<string, unknown>;
  try {
    fields = JSON.parse(fromUtf8(plaintext)) as Record<string, unknown>;
  } catch (error) {
    if (error instanceof MalformedError || error instanceof SyntaxError) return null;
    throw error;
  }
  if (typeof fields !== "object" || fields === null || fields["v"] !== 1) return null;
  const { t, target, text, on } = fields;
  if (t === "comment") return readComment(fields);
  if (!isId(target)) return null;
  if (t === "edit") return isText(text) ? { t, target, text } : null;
  if (t === "resolve") return typeof on === "boolean" ? { t, target, on } : null;
  return t === "withdraw" ? { t, target } : null;
}

function readComment({ comment, anchor, text, lang, audience, reply }: Record<string, unknown>): TalkContent | null {
  if (!isId(comment) || !isText(text) || !isText(lang) || audience !== "room") return null;
  if (!isAnchor(anchor) || (reply !== undefined && !isId(reply))) return null;
  return { t: "comment", comment, anchor, text, lang, audience, ...(reply !== undefined && { reply }) };
}

function isAnchor(value: unknown): value is CommentAnchor {
  if (typeof value !== "object" || value === null) return false;
  const { node, lang, start, end, quote } = value as Record<string, unknown>;
  const places = [start, end].every((place) => place === undefined || isText(place));
  return isId(node) && isText(lang) && isText(quote) && places;
}

function isText(value: unknown): value is string {
  return typeof value === "string" && value.length <= TEXT_MAX;
}
