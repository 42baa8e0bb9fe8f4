// Who reads here: language, delegation, and which interpreters' words count.

import type { Id } from "../../wire/ids.ts";
import type { Me } from "../api.ts";
import type { People } from "../people.ts";
import type { Reader } from "./translations.ts";

export class SignedInReader implements Reader {
  private readonly people: People;
  private readonly me: () => Me;

  constructor(people: People, me: () => Me) {
    this.people = people;
    this.me = me;
  }

  get own(): Id {
    return this.me().account;
  }

  language(): string | undefined {
    return this.me().languages[0];
  }

  interpreter(account: Id): { own: boolean } | null {
    return this.people.interpreterCard(account)?.vouched === true ? { own: this.isOfOwnDelegation(account) } : null;
  }

  isOfOwnDelegation(account: Id): boolean {
    const own = this.me().delegation?.id;
    return own !== undefined && this.people.person(account)?.delegation?.id === own;
  }

  /** Another text whenever entries are to be shown in another language, or others' translations. */
  standing(): string {
    return JSON.stringify([this.language(), this.me().delegation?.id, this.people.interpreters()]);
  }
}
