// Code that comes later, from a server that fails at first.

import assert from "node:assert/strict";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { test } from "node:test";

import { arriving, useScripts } from "../../src/member/loading.ts";

test("a piece is imported only when all of its scripts have come whole, and asked for again until then", async (t) => {
  const faults = ["refused", "cut off", "refused", "cut off", "none"];
  const asked: string[] = [];
  const server = createServer((request, response) => {
    asked.push(request.url!);
    const fault = request.url === "/b.js" ? faults.shift() : "none";
    response.writeHead(fault === "refused" ? 503 : 200, { "content-length": 4 });
    if (fault !== "cut off") return void response.end("code");
    response.write("co", () => response.destroy());
  });
  await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
  t.after(() => server.close().closeAllConnections());
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  useScripts({ later: [`${origin}/a.js`, `${origin}/b.js`], opaquelibrary: [], drafts: [] });
  t.after(() => useScripts({ later: [], opaquelibrary: [], drafts: [] }));
  let imports = 0;
  const load = () => Promise.resolve(++imports);
  const both = await Promise.allSettled([arriving("later", load), arriving("later", load)]);
  for (const one of both) assert.equal(one.status === "rejected" && one.reason.code, "network.offline");
  assert.equal(imports, 0);
  // The caller does not learn of one fault: no other request of the same work would be made again.
  assert.equal(await arriving("later", load), 1);
  assert.equal(await arriving("later", load), 2);
  assert.deepEqual(asked.sort(), ["/a.js", "/a.js", "/b.js", "/b.js", "/b.js", "/b.js", "/b.js"]);
});
