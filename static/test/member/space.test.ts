// A full store is looked at again until there is room, whatever happens meanwhile.

import assert from "node:assert/strict";
import { mock, test } from "node:test";

import { MemoryBackend } from "../../src/member/memory.ts";
import { Space } from "../../src/member/space.ts";
import { Store } from "../../src/member/store.ts";

/** A backend whose database can be closed under it, as a browser may. */
class Closable extends MemoryBackend {
  closed = false;

  override async hasRoom(bytes: number): Promise<boolean> {
    if (this.closed) throw new DOMException("the database is closed", "InvalidStateError");
    return super.hasRoom(bytes);
  }
}

test("a look that fails is followed by another one", async () => {
  const backend = new Closable();
  await (await Store.open(backend)).put("a", "kept");
  backend.limitBytes = 1;
  const told: boolean[] = [];
  const space = new Space(async () => backend);
  space.onFull = (full) => told.push(full);
  mock.timers.enable({ apis: ["setTimeout"] });
  try {
    await space.open();
    assert.deepEqual(told, [true]);
    for (const closed of [true, false]) {
      backend.closed = closed;
      if (!closed) backend.limitBytes = 1_000_000;
      mock.timers.tick(4_000);
      await new Promise((resolve) => setImmediate(resolve));
    }
    assert.equal(told.at(-1), false);
  } finally {
    space.letGo();
    mock.timers.reset();
  }
});

test("emptied twice at once, the store that stands in the end is open", async () => {
  const open: Closable[] = [];
  // As browsers do: who deletes the database closes whoever has opened it by then.
  class Shared extends Closable {
    override async erase(): Promise<void> {
      await new Promise((resolve) => setImmediate(resolve));
      for (const other of open.splice(0)) other.closed = true;
    }
  }
  const space = new Space(async () => {
    const backend = new Shared();
    open.push(backend);
    await new Promise((resolve) => setImmediate(resolve));
    if (backend.closed) throw new DOMException("the database is closing", "InvalidStateError");
    return backend;
  });
  const stores = await Promise.all([space.empty(), space.empty()]);
  assert.equal(space.opened, stores[1]);
  assert.deepEqual(
    open.map(({ closed }) => closed),
    [false],
  );
  space.letGo();
});
