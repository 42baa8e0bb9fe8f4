// Interpreters among the members of a room: programs that read along, and are counted apart from people.

import type { Id, MemberView, Person, RoomView } from "../../member/api.ts";
import { list } from "../format.ts";
import { t, tn } from "../i18n.ts";

export interface Company {
  people: MemberView[];
  interpreters: MemberView[];
}

/** The members of a room, people and interpreters apart. */
export function companyOf(room: RoomView): Company {
  const programs = new Set(room.interpreters.map(({ account }) => account));
  const company: Company = { people: [], interpreters: [] };
  for (const member of room.memberViews) company[programs.has(member.account) ? "interpreters" : "people"].push(member);
  return company;
}

/** "4 people and 1 interpreter". */
export function companyWords({ people, interpreters }: Company): string {
  return list([tn("room.people", people.length), tn("room.interpreters", interpreters.length)]);
}

/** Whether the people of a room read in different languages first, so that somebody would need a translation. */
export function needsInterpreter(members: readonly MemberView[], people: ReadonlyMap<Id, Person>): boolean {
  const first = new Set(members.map(({ account }) => people.get(account)?.languages[0]).filter(Boolean));
  return first.size > 1;
}

/** For whom an interpreter works, in words. */
export function audienceWords(person: Person): string {
  if (person.interpreter?.for === "room") return t("interpreter.forRoom");
  return t("interpreter.forDelegation", { delegation: person.delegation?.name ?? t("delegation.none") });
}
