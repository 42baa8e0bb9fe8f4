// Who reads here: language, delegation, and which interpreters' words count.

import type { Id } from "../../wire/ids.ts";
import type { Me } from "../api.ts";
import type { People } from "../people.ts";
import type { Reader } from "./translations.ts";

/** Whoever reads, in rooms with their members. */
export interface Readership {
  /** The reader in a room; `isMember`: whether an account is in it by its record. */
  in(isMember: (account: Id) => boolean): Reader;
}

export class SignedInReader implements Readership {
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

  in(isMember: (account: Id) => boolean): Reader {
    const interpreter = (account: Id): ReturnType<Reader["interpreter"]> => this.interpreter(account, isMember);
    return { own: this.own, language: () => this.language(), interpreter };
  }

  /**
   * Whose delegation an account belongs to is the server's word. So an interpreter is taken for the own delegation's
   * only if whoever answers for it is, too, and is this person or sits in the same room.
   */
  private interpreter(account: Id, isMember: (account: Id) => boolean): ReturnType<Reader["interpreter"]> {
    const card = this.people.interpreterCard(account);
    if (card?.vouched !== true) return null;
    const met = card.owner === this.own || isMember(card.owner);
    return { own: met && this.isOfOwnDelegation(account) && this.isOfOwnDelegation(card.owner), for: card.for };
  }

  private isOfOwnDelegation(account: Id): boolean {
    const own = this.me().delegation?.id;
    return own !== undefined && this.people.person(account)?.delegation?.id === own;
  }

  /** Another text whenever entries are to be shown in another language, or others' translations. */
  standing(): string {
    const interpreters = this.people.interpreters().map((account) => [account, this.interpreter(account, () => true)]);
    return JSON.stringify([this.language(), interpreters]);
  }
}
