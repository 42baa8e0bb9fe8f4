// Order of people and rooms, and finding by a few letters.

import assert from "node:assert/strict";
import { test } from "node:test";
import type { Delegation, Person, RoomSummary } from "../../src/member/api.ts";
import { byDelegation, huddleName } from "../../src/ui/people/grouping.ts";
import { inOrder } from "../../src/ui/room/naming.ts";
import { best, score } from "../../src/ui/shell/match.ts";

function person(account: string, name: string, delegation: Delegation | null): Person {
  return { account, name, handle: account, delegation, roles: ["delegate"], languages: ["en"], disabled: false, was: null, interpreter: null };
}

const KR: Delegation = { id: "k", name: "Korea", code: "KR", colour: 1 };
const DE: Delegation = { id: "d", name: "Germany", code: "DE", colour: 2 };
const compare = (a: string, b: string): number => a.localeCompare(b, "en");

test("people stand by delegation and name, those without a delegation last", () => {
  const people = [person("1", "Zoe", null), person("2", "Park", KR), person("3", "Anna", DE), person("4", "Kim", KR)];
  const groups = byDelegation(people, (each) => each, compare);
  const shape = groups.map((group) => [group.delegation?.code ?? "–", ...group.people.map((each) => each.name)]);
  assert.deepEqual(shape, [["DE", "Anna"], ["KR", "Kim", "Park"], ["–", "Zoe"]]); // prettier-ignore
});

test("somebody who is not known yet has a place all the same", () => {
  const groups = byDelegation(
    ["1", "gone"],
    (account) => (account === "1" ? person("1", "Kim", KR) : undefined),
    compare,
  );
  assert.deepEqual(groups.at(-1), { delegation: null, people: ["gone"] });
});

test("a huddle is called by its people, at most three of them", () => {
  const more = (count: number): string => `and ${count} more`;
  assert.equal(huddleName(["A", "B"], more), "A, B");
  assert.equal(huddleName(["A", "B", "C", "D", "E"], more), "A, B, C and 2 more");
});

function room(name: string, more: Partial<RoomSummary> = {}): RoomSummary {
  return {
    room: name, kind: "working_group", name, state: "active", standing: "member", role: "member", unread: 0,
    mentioned: false, newest: null, members: [], problem: null, ...more,
  }; // prettier-ignore
}

test("rooms stand by kind, the latest first, what is put away last", () => {
  const newest = (at_ms: number): RoomSummary["newest"] => ({ at_ms, account: "a", text: "" });
  const rooms = [
    room("archived plenary", { kind: "plenary", state: "archived" }),
    room("huddle", { kind: "huddle", newest: newest(9) }),
    room("quiet"),
    room("busy", { newest: newest(5) }),
    room("plenary", { kind: "plenary" }),
    room("left", { standing: "removed" }),
  ];
  const order = inOrder(rooms).map((each) => each.name);
  assert.deepEqual(order, ["plenary", "busy", "quiet", "huddle", "archived plenary", "left"]);
});

test("beginnings of words count more than what is inside, and a half-typed syllable matches", () => {
  assert.ok(score("Plenary", "ple") > score("Second plenary", "ple"));
  assert.ok(score("Second plenary", "ple") > score("Sample", "ple"));
  assert.ok(score("김서연", "김ㅅ") === 0 || score("김서연", "김서") > 0);
  assert.ok(score("김서연", "김서여") > 0);
  assert.ok(score("Müller", "muller") > 0);
  assert.equal(score("Plenary", "xyz"), 0);
});

test("the best come first and equals keep their order", () => {
  assert.deepEqual(
    best(["b plan", "plan a", "plan b", "nothing"], "plan", (text) => text, 2),
    ["plan a", "plan b"],
  );
});
