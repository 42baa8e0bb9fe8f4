// Members of groups by ts-mls alone, for test_interoperation.py: one JSON request a line, one JSON answer a line.
// Bytes are hexadecimal.

import { createInterface } from "node:readline";

import {
  acceptAll,
  createApplicationMessage,
  createCommit,
  createGroup,
  createProposal,
  decodeMlsMessage,
  defaultCapabilities,
  defaultLifetime,
  emptyPskIndex,
  encodeMlsMessage,
  generateKeyPackage,
  joinGroup,
  makePskIndex,
  mlsExporter,
  processMessage,
} from "../../static/node_modules/ts-mls/dist/src/index.js";
import { ROOM_SUITE } from "../../static/src/e2ee/suite.ts";
import { SUITE_1, SUITE_3 } from "../../static/test/e2ee/suites.ts";

const SUITES = new Map([SUITE_1, SUITE_3, ROOM_SUITE].map((suite) => [suite.id, suite.impl]));

const clients = new Map();
let impl;
const psks = {};

const hex = (raw) => Buffer.from(raw).toString("hex");
const unhex = (text) => new Uint8Array(Buffer.from(text, "hex"));
const encode = (wireformat, content) => hex(encodeMlsMessage({ version: "mls10", wireformat, ...content }));
const decode = (text) => decodeMlsMessage(unhex(text), 0)[0];

function index(client) {
  return Object.keys(psks).length === 0 ? emptyPskIndex : makePskIndex(client.state, psks);
}

function proposals({ add = [], remove = [], psk = [] }) {
  return [
    ...remove.map((removed) => ({ proposalType: "remove", remove: { removed } })),
    ...add.map((raw) => ({ proposalType: "add", add: { keyPackage: decode(raw).keyPackage } })),
    ...psk.map(({ id, nonce }) => ({
      proposalType: "psk",
      psk: { preSharedKeyId: { psktype: "external", pskId: unhex(id), pskNonce: unhex(nonce) } },
    })),
  ];
}

const operations = {
  async suite({ number }) {
    impl = SUITES.get(number);
    return {};
  },
  // ts-mls names external keys by their base64.
  async psk({ id, key }) {
    psks[Buffer.from(id, "hex").toString("base64")] = unhex(key);
    return {};
  },
  async package({ name }) {
    const credential = { credentialType: "basic", identity: new TextEncoder().encode(name) };
    const made = await generateKeyPackage(credential, defaultCapabilities(), defaultLifetime, [], impl);
    clients.set(name, { made, state: undefined });
    return { package: encode("mls_key_package", { keyPackage: made.publicPackage }) };
  },
  async create({ name, group }) {
    const client = clients.get(name);
    const { publicPackage, privatePackage } = client.made;
    client.state = await createGroup(unhex(group), publicPackage, privatePackage, [], impl);
    return {};
  },
  async join({ name, welcome }) {
    const client = clients.get(name);
    const { publicPackage, privatePackage } = client.made;
    client.state = await joinGroup(decode(welcome).welcome, publicPackage, privatePackage, index(client), impl);
    return {};
  },
  async commit({ name, secret = false, data = "", ...change }) {
    const client = clients.get(name);
    const context = { state: client.state, cipherSuite: impl, pskIndex: index(client) };
    const options = {
      wireAsPublicMessage: !secret,
      extraProposals: proposals(change),
      ratchetTreeExtension: true,
      authenticatedData: unhex(data),
    };
    const made = await createCommit(context, options);
    client.state = made.newState;
    const welcome = made.welcome === undefined ? null : encode("mls_welcome", { welcome: made.welcome });
    return { commit: hex(encodeMlsMessage(made.commit)), welcome };
  },
  async propose({ name, secret = false, ...change }) {
    const client = clients.get(name);
    const made = await createProposal(client.state, !secret, proposals(change)[0], impl);
    client.state = made.newState;
    return { message: hex(encodeMlsMessage(made.message)) };
  },
  async send({ name, text }) {
    const client = clients.get(name);
    const made = await createApplicationMessage(client.state, new TextEncoder().encode(text), impl);
    client.state = made.newState;
    return { message: encode("mls_private_message", { privateMessage: made.privateMessage }) };
  },
  async process({ name, message }) {
    const client = clients.get(name);
    const done = await processMessage(decode(message), client.state, index(client), acceptAll, impl);
    client.state = done.newState;
    const text = done.kind === "applicationMessage" ? new TextDecoder().decode(done.message) : null;
    return { text, active: client.state.groupActiveState.kind };
  },
  async state({ name }) {
    const { groupContext, keySchedule } = clients.get(name).state;
    const exported = await mlsExporter(keySchedule.exporterSecret, "test", unhex("00ff"), 48, impl);
    const { epochAuthenticator } = keySchedule;
    return { epoch: Number(groupContext.epoch), authenticator: hex(epochAuthenticator), exported: hex(exported) };
  },
};

for await (const line of createInterface({ input: process.stdin })) {
  const { operation, ...request } = JSON.parse(line);
  try {
    console.log(JSON.stringify(await operations[operation](request)));
  } catch (error) {
    console.log(JSON.stringify({ error: error.message ?? String(error), kind: error.constructor.name }));
  }
}
