// Passphrases, recovery keys, sign-in names, addresses, preferences.

import assert from "node:assert/strict";
import { test } from "node:test";
import { foldHandle, handleProblem, suggestHandle } from "../../src/ui/entry/handle.ts";
import { groupsOf, normalise, sameGroup, twoGroups } from "../../src/ui/entry/recovery-key.ts";
import { LEAST_BITS, strength } from "../../src/ui/entry/strength.ts";
import { DEFAULTS, readPreferences } from "../../src/ui/preferences.ts";
import { onward } from "../../src/ui/shell/onward.ts";
import { fragmentOf, parseRoute } from "../../src/ui/shell/route.ts";

test("what is guessed first is refused", () => {
  for (const weak of [
    "",
    "password",
    "Password123!",
    "qwertyuiop",
    "123456789012",
    "aaaaaaaaaaaaaaaa",
    "hunter22",
    "비밀번호1234",
  ]) {
    assert.equal(strength(weak).level, 0, weak);
  }
});

test("words that do not belong together are taken, in any script", () => {
  for (const good of [
    "violet harbour nine kettles",
    "correct horse battery staple",
    "보라색 항구 아홉 주전자",
    "紫色的港口九个水壶",
  ]) {
    assert.ok(strength(good).level >= 2, good);
  }
});

test("one's own name counts for little, and a repeated text for its piece", () => {
  assert.equal(strength("friedrich hohenstein", ["Friedrich Hohenstein"]).hint, "personal");
  assert.ok(strength("friedrich hohenstein", ["Friedrich Hohenstein"]).bits < strength("friedrich hohenstein").bits);
  assert.equal(strength("tea tea tea tea tea ").level, 0);
});

test("more of the same kind is never weaker", () => {
  let before = 0;
  for (const word of ["violet", "violet harbour", "violet harbour nine", "violet harbour nine kettles"]) {
    const { bits } = strength(word);
    assert.ok(bits > before);
    before = bits;
  }
  assert.ok(before > LEAST_BITS);
});

test("a recovery key is nine groups of four, read back without regard to case and look-alikes", () => {
  const key = "4TQ2-0XBM-9K3R-VW7A-11HZ-PD5C-Y8JE-N6GS-3F0K";
  assert.equal(groupsOf(key).length, 9);
  assert.equal(groupsOf(key)[4], "11HZ");
  assert.ok(sameGroup(" ilhz ", "11HZ"));
  assert.ok(sameGroup("oXbM", "0XBM"));
  assert.ok(!sameGroup("11H2", "11HZ"));
  assert.equal(normalise(key.toLowerCase().replaceAll("-", " ")), key.replaceAll("-", ""));
});

test("two different groups are asked for, and every pair can be", () => {
  const seen = new Set<string>();
  for (let a = 0; a < 9; a += 1) {
    for (let b = 0; b < 8; b += 1) {
      const drawn = [a, b];
      const [first, second] = twoGroups(() => drawn.shift() ?? 0);
      assert.ok(first < second && second < 9);
      seen.add(`${first} ${second}`);
    }
  }
  assert.equal(seen.size, 36);
});

test("sign-in names are those that the server takes", () => {
  assert.equal(suggestHandle("Anna  Weiß (DE)"), "anna.weiß.de");
  assert.equal(suggestHandle("김서연"), "김서연");
  assert.equal(foldHandle("  ＡＮＮＡ "), "anna");
  assert.equal(handleProblem("a"), "length");
  assert.equal(handleProblem("anna weiß"), "characters");
  assert.equal(handleProblem("anna.weiß_1-2"), null);
  assert.equal(handleProblem("x".repeat(41)), "length");
});

const ID = "AAAAAAAAAAAAAAAAAAAAAA";

test("addresses are read back as they were written", () => {
  const routes = [
    { screen: "home" },
    { screen: "room", room: ID, panel: null },
    { screen: "room", room: ID, panel: "about" },
    { screen: "draft", room: ID, draft: ID, tab: "text" },
    { screen: "draft", room: ID, draft: ID, tab: "positions" },
    { screen: "settings", section: "devices" },
    { screen: "administration", section: "invitations" },
  ] as const;
  for (const route of routes) assert.deepEqual(parseRoute(fragmentOf(route)), route);
});

test("an invitation is read from its link and never written into the address again", () => {
  const route = parseRoute(`#/invitation/${ID}.c2VjcmV0LXNlY3JldC1zZWNyZXQ`);
  assert.deepEqual(route, { screen: "invitation", id: ID, secret: "c2VjcmV0LXNlY3JldC1zZWNyZXQ" });
  assert.equal(fragmentOf(route), "#/");
});

test("a demonstration's link is read, and never written into the address again", () => {
  const key = "4TQ2-0XBM-9K3R-VW7A-11HZ-PD5C-Y8JE-N6GS-3F0K";
  const route = parseRoute(`#/demo/${encodeURIComponent("김서연")}/${key}`);
  assert.deepEqual(route, { screen: "demo", handle: "김서연", key });
  assert.equal(fragmentOf(route), "#/");
  for (const broken of [`#/demo/%E0%A4%A/${key}`, "#/demo/kim/4TQ2", `#/demo/kim/${key}<b>`]) {
    assert.deepEqual(parseRoute(broken), { screen: "home" }, broken);
  }
});

test("what is not an address leads home", () => {
  for (const fragment of ["", "#", "#/room/", "#/room/../x", "#/room/<script>", "#/invitation/x.y", "#/elsewhere"]) {
    assert.deepEqual(parseRoute(fragment), { screen: "home" }, fragment);
  }
});

test("damaged or foreign preferences fall back one by one", () => {
  assert.deepEqual(readPreferences(null), DEFAULTS);
  assert.deepEqual(readPreferences("{"), DEFAULTS);
  assert.deepEqual(readPreferences("[]"), DEFAULTS);
  assert.deepEqual(readPreferences('{"theme":"pink","enterSends":false,"language":7}'), {
    ...DEFAULTS,
    enterSends: false,
  });
});

test("after signing in one goes on to a page of ours, and nowhere else", () => {
  assert.equal(onward("?next=/moderate%3Fitem%3Dabc"), "/moderate?item=abc");
  assert.equal(onward("?next=/official"), "/official");
  assert.equal(onward("?next=/hand-over%3Fstate%3Dabc%26next%3D%252Fmoderate"), "/hand-over?state=abc&next=%2Fmoderate");
  for (const other of ["", "?next=", "?next=//evil.example/moderate", "?next=https://evil.example", "?next=/moderated"]) {
    assert.equal(onward(other), null, other);
  }
});
