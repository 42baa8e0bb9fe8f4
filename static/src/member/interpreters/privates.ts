// What interpreters wrote for this account's delegation alone, opened once and kept open beside the rows.
//
// | row's content | `inner`                                  | without it                                          |
// |---------------|------------------------------------------|-----------------------------------------------------|
// | private_key   | the key's 32 bytes, if sealed to us      | tried again when the account's box keys are others  |
// | private       | the plaintext, a translation             | not for us, or waits for its key                    |

import { Refusal } from "../../e2ee/refusal.ts";
import { type Bytes, MalformedError, unb64 } from "../../wire/bytes.ts";
import type { Id } from "../../wire/ids.ts";
import { type Content, parseContent } from "../content.ts";
import type { Keyholder } from "../keyholder.ts";
import { later } from "../loading.ts";
import type { Row } from "../record.ts";
import type { PrivateContent, PrivateKeyContent } from "./translated.ts";

/** How many keys of each author are tried again: more do not open only if they want to keep this browser busy. */
const LATE_MAX = 8;

/** Who holds the account's box keys. */
type Boxes = Pick<Keyholder, "boxes">;

export class Privates {
  private readonly room: Id;
  private readonly own: Id;
  private readonly keys = new Map<string, Bytes>();
  /** Numbers of the rows with keys that are sealed to this account and did not open, with their authors. */
  private readonly locked = new Map<number, Id>();

  /** `own`: the account that reads. */
  constructor(room: Id, own: Id) {
    this.room = room;
    this.own = own;
  }

  /** Whether a key that is sealed to this account did not open. */
  get isWaiting(): boolean {
    return this.locked.size > 0;
  }

  /** Take in a row that is kept; the first under an id counts. */
  take(row: Row, content: PrivateKeyContent): void {
    const name = nameOf(row, content.key);
    if (row.inner && !this.keys.has(name)) this.keys.set(name, row.inner);
    if (!row.inner && this.ours(content)) this.locked.set(row.number, row.account ?? "");
  }

  /** Open what can be opened of fresh rows; each gets its `inner`. */
  async open(rows: readonly Row[], keyholder: Boxes): Promise<void> {
    const fresh = new Map(this.keys);
    for (const row of rows) {
      const content = contentOf(row);
      if (content?.t === "private_key") {
        const key = row.inner ?? (await this.openKey(content, keyholder));
        if (key && !fresh.has(nameOf(row, content.key))) fresh.set(nameOf(row, content.key), key);
        if (key) row.inner = key;
      } else if (content?.t === "private") {
        const key = fresh.get(nameOf(row, content.key));
        const inner = key && (await this.openContent(row, content, key));
        if (inner) row.inner = inner;
      }
    }
  }

  /** Try again what could not be opened; copies of the rows that can be read now. */
  async openLate(rows: readonly Row[], keyholder: Boxes): Promise<Row[]> {
    if (this.locked.size === 0) return [];
    const byAuthor = Map.groupBy(this.locked.keys(), (number) => this.locked.get(number)!);
    const due = new Set([...byAuthor.values()].flatMap((numbers) => numbers.slice(-LATE_MAX)));
    const keys = rows.filter(({ number }) => due.has(number)).map((row) => ({ ...row }));
    await this.open(keys, keyholder);
    const opened = keys.filter((row) => row.inner);
    if (opened.length === 0) return [];
    const closed = rows.filter((row) => row.interpreter && !row.inner && !this.locked.has(row.number));
    const late = [...opened, ...closed.map((row) => ({ ...row }))];
    await this.open(late, keyholder);
    return late.filter((row) => row.inner);
  }

  private async openKey(content: PrivateKeyContent, keyholder: Boxes): Promise<Bytes | null> {
    const sealed = this.ours(content);
    if (!sealed) return null;
    const { openPrivateKey } = await later();
    const place = { room: this.room, key: content.key, account: this.own };
    return readable(async () => openPrivateKey(unb64(sealed), place, await keyholder.boxes()));
  }

  private async openContent({ device }: Row, { key: id, sealed }: PrivateContent, key: Bytes): Promise<Bytes | null> {
    const { openPrivate } = await later();
    return readable(() => openPrivate(key, { room: this.room, device, key: id }, unb64(sealed)));
  }

  private ours(content: PrivateKeyContent): string | undefined {
    return content.for.find(({ account }) => account === this.own)?.sealed;
  }
}

/** Another interpreter's key of the same id is another key. */
function nameOf({ account }: Row, key: Id): string {
  return `${account}:${key}`;
}

function contentOf(row: Row): Content | null {
  return row.interpreter && row.state === "open" && row.plaintext ? parseContent(row.plaintext) : null;
}

/** What others sealed, or null for what is no such thing. */
async function readable(open: () => Promise<Bytes | null>): Promise<Bytes | null> {
  try {
    return await open();
  } catch (error) {
    if (error instanceof Refusal || error instanceof MalformedError) return null;
    throw error;
  }
}
