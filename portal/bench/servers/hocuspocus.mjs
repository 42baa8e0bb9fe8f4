// Hocuspocus as it comes; documents are kept as its own extension for databases keeps them: the whole state, after a
// pause in the writing. Arguments: the port, the folder whose node_modules holds the library, the folder for documents.
import { readFile, rename, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { join } from "node:path";

const load = createRequire(`${process.argv[3]}/`);
const { Server } = load("@hocuspocus/server");
const Y = load("yjs");
const path = (name) => join(process.argv[4], `${encodeURIComponent(name)}.yjs`);
const server = Server.configure({
  port: Number(process.argv[2]),
  address: "127.0.0.1",
  quiet: true,
  async onLoadDocument({ document, documentName }) {
    try {
      Y.applyUpdate(document, await readFile(path(documentName)));
    } catch (error) {
      if (error.code !== "ENOENT") throw error;
    }
  },
  async onStoreDocument({ document, documentName }) {
    await writeFile(`${path(documentName)}.new`, Y.encodeStateAsUpdate(document));
    await rename(`${path(documentName)}.new`, path(documentName));
  },
});
await server.listen();
