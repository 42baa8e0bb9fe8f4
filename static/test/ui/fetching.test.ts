// Files of the build from a server that fails at first.

import assert from "node:assert/strict";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { type TestContext, test } from "node:test";

import { fetchText, scriptsOf } from "../../src/ui/fetching.ts";
import { persist } from "../../src/ui/parts/lazy.ts";

type Fault = "refused" | "cut off" | "none";

/** The address of a file that a server answers for with these faults, one after the other, and then well. */
async function failing(t: TestContext, faults: Fault[]): Promise<string> {
  const server = createServer((_request, response) => {
    const fault = faults.shift();
    response.writeHead(fault === "refused" ? 503 : 200, { "content-length": 4 });
    if (fault !== "cut off") return void response.end("code");
    response.write("co", () => response.destroy());
  });
  await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
  t.after(() => server.close().closeAllConnections());
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/a.js`;
}

test("a file is asked for again until it has come whole", async (t) => {
  assert.equal(await fetchText(await failing(t, ["refused", "cut off"]), null), "code");
  await assert.rejects(fetchText(await failing(t, ["refused", "cut off", "refused"]), null), TypeError);
});

test("a file of other bytes than its hash says does not come", async (t) => {
  const address = await failing(t, []);
  const hash = Buffer.from(await crypto.subtle.digest("SHA-384", Buffer.from("code"))).toString("base64");
  assert.equal(await fetchText(address, `sha384-${hash}`), "code");
  const other = hash.replace(/^./, (first) => (first === "A" ? "B" : "A"));
  await assert.rejects(fetchText(address, `sha384-${other}`), TypeError);
});

test("the scripts of a piece come with the hashes of the import map", () => {
  const map = JSON.stringify({ integrity: { "/static/a.js": "sha384-a", "/static/b.js": "sha384-b" } });
  assert.deepEqual(scriptsOf(map, ["/static/b.js"]), [["/static/b.js", "sha384-b"]]);
  assert.deepEqual(scriptsOf("{}", ["/static/c.js"]), [["/static/c.js", null]]);
});

test("what is drawn is loaded again as long as only the network fails and somebody wants it", async () => {
  let failures = 3;
  const load = async (): Promise<string> => {
    if (failures-- > 0) throw new TypeError("no network");
    return "a screen";
  };
  assert.equal(await persist(load, () => true, 1), "a screen");
  failures = 9;
  assert.equal(await persist(load, () => failures > 5, 1), null);
  await assert.rejects(
    persist(async () => Promise.reject(new RangeError("a defect")), () => true, 1),
    RangeError,
  );
});
