// Interpreters among people, and the codes that they show.

import assert from "node:assert/strict";
import { test } from "node:test";
import type { InterpreterCard, MemberView, Person, RoomView } from "../../src/member/api.ts";
import { companyOf, needsInterpreter } from "../../src/ui/people/interpreters.ts";
import { mayConnectInterpreter } from "../../src/ui/room/rights.ts";
import { codeProblem, groupedCode } from "../../src/ui/settings/interpreter-code.ts";

const KR = { id: "k", name: "Korea", code: "KR", colour: 1 };
const CARD: InterpreterCard = { owner: "kim", ownerName: "Kim", for: "room", vouched: true };

function person(account: string, languages: string[], more: Partial<Person> = {}): Person {
  const nobody = { delegation: KR, roles: [], disabled: false, was: null, interpreter: null };
  return { account, name: account, handle: account, languages, ...nobody, ...more };
}

function member(account: string): MemberView {
  return { account, role: "member", since_ms: 0, devices: [], verified: false, keyChanged: false, presence: "off" };
}

test("a code is taken however it is typed", () => {
  for (const typed of ["ZP71 134H 7GGK PYG8", "zp71-134h-7ggk-pyg8", " zp7l i34h 7ggkpyg8 "]) {
    assert.equal(codeProblem(typed), null);
    assert.equal(groupedCode(typed), "ZP71 134H 7GGK PYG8");
  }
  assert.equal(groupedCode("oooo"), "0000");
});

test("what can be no code is told by the character or the length", () => {
  assert.deepEqual(codeProblem("ZP71 134H 7GGK PYG"), { kind: "length", count: 15 });
  assert.deepEqual(codeProblem("ZP71 134U 7GGK PYG8"), { kind: "character", character: "U" });
  assert.deepEqual(codeProblem("코드"), { kind: "character", character: "코" });
});

test("interpreters are counted apart from people, also such as the list of people does not know", () => {
  const view = { account: "program", name: "Interpreter", card: CARD, online: true, own: true };
  const room = { memberViews: ["kim", "program", "stranger"].map(member), interpreters: [view] } as unknown as RoomView;
  const { people, interpreters } = companyOf(room);
  assert.deepEqual([people, interpreters].map((all) => all.map(({ account }) => account)), [["kim", "stranger"], ["program"]]); // prettier-ignore
});

test("a room needs an interpreter if its people read in different languages first", () => {
  const people = new Map([person("kim", ["ko", "en"]), person("lee", ["ko"]), person("weber", ["en"])].map((each) => [each.account, each])); // prettier-ignore
  assert.equal(needsInterpreter([member("kim"), member("lee"), member("unknown")], people), false);
  assert.equal(needsInterpreter([member("kim"), member("weber")], people), true);
});

test("whoever negotiates for a delegation may connect one", () => {
  assert.equal(mayConnectInterpreter(person("a", ["en"], { roles: ["chair"] })), true);
  assert.equal(mayConnectInterpreter(person("a", ["en"], { roles: ["delegate"], delegation: null })), false);
  assert.equal(mayConnectInterpreter(person("a", ["en"], { roles: ["administrator", "observer"] })), false);
  assert.equal(mayConnectInterpreter(null), false);
});
