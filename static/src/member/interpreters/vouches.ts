// Who answers for which interpreter: the server's directory shows a signed statement, and it counts if it was signed
// with the key of the owner that this person has pinned, for the key that the interpreter has.

import { isVouchedBy, parseVouching, type Vouching } from "../../e2ee/vouching.ts";
import { statementFromJson } from "../../e2ee/identity.ts";
import { Refusal } from "../../e2ee/refusal.ts";
import { b64, type Bytes, unb64 } from "../../wire/bytes.ts";
import type { Id } from "../../wire/ids.ts";
import type { PersonAnswer, StatementJson } from "../answers.ts";

/** A vouching whose signature was checked: `under` is the owner's key (b64) that signed it. */
interface Checked {
  statement: StatementJson;
  vouching: Vouching;
  under: string;
}

export class Vouches {
  private readonly checked = new Map<Id, Checked>();

  /**
   * Check what the directory shows of interpreters. `keyOf`: the pinned key of an account (b64), or undefined. True if
   * somebody's standing changed.
   */
  async take(persons: readonly PersonAnswer[], keyOf: (account: Id) => string | undefined): Promise<boolean> {
    let changed = false;
    for (const { account, interpreter } of persons) {
      const key = interpreter && keyOf(interpreter.owner);
      const before = this.checked.get(account);
      if (before && key === before.under && same(before.statement, interpreter?.vouch)) continue;
      const vouching = interpreter && key ? await vouchingOf(interpreter.vouch, key) : null;
      const sound = vouching?.account === account && vouching.by === interpreter!.owner;
      if (sound) this.checked.set(account, { statement: interpreter!.vouch, vouching, under: key! });
      else if (!before) continue;
      else this.checked.delete(account);
      changed = true;
    }
    return changed;
  }

  /** The vouching for an account that has this key now (32 bytes), or null. */
  of(account: Id, sign: Bytes): Vouching | null {
    const vouching = this.checked.get(account)?.vouching;
    return vouching && b64(vouching.sign) === b64(sign) ? vouching : null;
  }
}

async function vouchingOf(json: StatementJson, key: string): Promise<Vouching | null> {
  try {
    const statement = statementFromJson(json);
    return (await isVouchedBy(statement, unb64(key))) ? parseVouching(statement.body) : null;
  } catch (error) {
    if (error instanceof Refusal) return null;
    throw error;
  }
}

function same(one: StatementJson, other: StatementJson | undefined): boolean {
  return one.body === other?.body && one.sig === other.sig;
}
