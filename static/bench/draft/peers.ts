// Editors at y-websocket and at Hocuspocus: the libraries' own clients, without encryption.

import { HocuspocusProvider, HocuspocusProviderWebsocket } from "@hocuspocus/provider";
import { WebSocket } from "ws";
import { WebsocketProvider } from "y-websocket";
import * as Y from "yjs";

import { type Desk, OWN } from "./desks.ts";

export type PeerName = "y-websocket" | "Hocuspocus";

const NAME = "draft";
/** Origin of what came to a desk from its connection. */
const FROM_WIRE = Symbol("from the wire");

export interface Connection extends Desk {
  synced: Promise<void>;
  close(): void;
}

/** Connect a document. `coalesce_ms`: how long edits are gathered before they are sent as one; 0 for not at all. */
export function connect(peer: PeerName, port: number, coalesce_ms: number): Connection {
  const doc = new Y.Doc();
  const wire = coalesce_ms === 0 ? doc : gathering(doc, coalesce_ms);
  const { synced, close } = CLIENTS[peer](port, wire);
  return { doc, synced, close };
}

type Client = (port: number, doc: Y.Doc) => { synced: Promise<void>; close: () => void };

const CLIENTS: Record<PeerName, Client> = {
  "y-websocket": (port, doc) => {
    const options = { WebSocketPolyfill: WebSocket as unknown as typeof globalThis.WebSocket, disableBc: true };
    const provider = new WebsocketProvider(`ws://127.0.0.1:${port}`, NAME, doc, options);
    const synced = new Promise<void>((resolve) => provider.once("sync", () => resolve()));
    return { synced, close: () => provider.destroy() };
  },
  Hocuspocus: (port, doc) => {
    const socket = new HocuspocusProviderWebsocket({ url: `ws://127.0.0.1:${port}`, WebSocketPolyfill: WebSocket });
    const { promise: synced, resolve } = Promise.withResolvers<void>();
    const provider = new HocuspocusProvider({ websocketProvider: socket, name: NAME, document: doc, onSynced: () => resolve() });
    const close = (): void => {
      provider.destroy();
      socket.destroy();
    };
    return { synced, close };
  },
};

/** A document between the page's and the connection, to which own edits go together after a while, as in the portal. */
function gathering(page: Y.Doc, coalesce_ms: number): Y.Doc {
  const wire = new Y.Doc();
  let waiting: Uint8Array[] = [];
  const flush = (): void => {
    const update = Y.mergeUpdates(waiting);
    waiting = [];
    Y.applyUpdate(wire, update, OWN);
  };
  page.on("update", (update: Uint8Array, origin: unknown) => {
    if (origin !== OWN) return;
    if (waiting.length === 0) setTimeout(flush, coalesce_ms);
    waiting.push(update);
  });
  wire.on("update", (update: Uint8Array, origin: unknown) => {
    if (origin !== OWN) Y.applyUpdate(page, update, FROM_WIRE);
  });
  return wire;
}
