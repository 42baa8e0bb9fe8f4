// Devices of browsers in a room, by the client's own code, for test_rooms.py: one JSON request a line, one JSON answer a
// line. Bytes are hexadecimal; who is listed is told by the requests.

import { createInterface } from "node:readline";

import { commit } from "../../static/src/e2ee/commit.ts";
import {
  createGroup,
  decodeGroup,
  encodeGroup,
  epochAuthenticator,
  exporterValue,
  roster,
} from "../../static/src/e2ee/group.ts";
import { joinGroup } from "../../static/src/e2ee/join.ts";
import { makeKeyPackage } from "../../static/src/e2ee/keypackage.ts";
import { processCommit } from "../../static/src/e2ee/process.ts";
import { newSigningKey } from "../../static/src/e2ee/signing.ts";
import { ROOM_SUITE } from "../../static/src/e2ee/suite.ts";
import { decodeEnvelope } from "../../static/src/wire/envelope.ts";
import { SUITE_1 } from "../../static/test/e2ee/suites.ts";

const SUITES = new Map([SUITE_1, ROOM_SUITE].map((suite) => [suite.id, suite]));

let suite = ROOM_SUITE;
const listed = new Map();
const seats = new Map();
const directory = { device: (account, device) => listed.get(`${account} ${device}`) };

const hex = (raw) => Buffer.from(raw).toString("hex");
const unhex = (text) => new Uint8Array(Buffer.from(text, "hex"));

function list({ account, device, key, kind }) {
  listed.set(`${account} ${device}`, { device, key, kind, added_s: 0, revoked: false });
}

const operations = {
  async suite({ number }) {
    suite = SUITES.get(number);
    return {};
  },
  async list({ key, ...device }) {
    list({ ...device, key: unhex(key) });
    return {};
  },
  async device({ account, device, kind }) {
    const key = await newSigningKey();
    list({ account, device, key: key.publicKey, kind });
    seats.set(device, { device: { account, device, kind, key } });
    return { key: hex(key.publicKey), seed: hex(key.seed) };
  },
  async found({ device, room, bucket, history }) {
    const seat = seats.get(device);
    seat.group = await createGroup(room, bucket, history, seat.device, suite);
    return {};
  },
  async package({ device, now_s }) {
    const seat = seats.get(device);
    seat.package = await makeKeyPackage(seat.device, now_s, false, suite);
    return { package: hex(seat.package.public) };
  },
  async commit({ device, add = [], remove = [], going = [], bucket, seenNumber, seenHead, history, now_s }) {
    const seat = seats.get(device);
    const change = { add: add.map(unhex), remove, going, bucket, seenNumber, seenHead: unhex(seenHead) };
    const full = history === undefined ? change : { ...change, history };
    seat.pending = await commit(seat.group, full, directory, now_s);
    const { body, welcome } = seat.pending;
    return { body: hex(body), welcome: welcome === null ? null : hex(welcome) };
  },
  async accept({ device }) {
    const seat = seats.get(device);
    seat.group = decodeGroup(encodeGroup(seat.pending.next), seat.device, suite);
    return {};
  },
  async process({ device, envelope }) {
    const seat = seats.get(device);
    const done = await processCommit(seat.group, decodeEnvelope(unhex(envelope)), directory);
    if (done.next !== null) seat.group = done.next;
    const [added, removed] = [done.added, done.removed].map((members) => members.map((member) => member.device));
    return { removed, added, gone: done.next === null, going: done.going };
  },
  async join({ device, room, welcome, envelope }) {
    const seat = seats.get(device);
    const joining = {
      room,
      welcome: unhex(welcome),
      commit: decodeEnvelope(unhex(envelope)),
      keyPackage: seat.package,
      device: seat.device,
      directory,
      suite,
    };
    const { group, adder } = await joinGroup(joining);
    seat.group = group;
    return { adder: adder.device };
  },
  async state({ device }) {
    const { group } = seats.get(device);
    const [authenticator, exported] = [epochAuthenticator(group), await exporterValue(group)];
    const members = roster(group).map((member) => [member.leaf, member.device]);
    const { epoch, history } = group;
    return { epoch, history, authenticator: hex(authenticator), exported: hex(exported), members };
  },
};

for await (const line of createInterface({ input: process.stdin })) {
  const { operation, ...request } = JSON.parse(line);
  try {
    console.log(JSON.stringify(await operations[operation](request)));
  } catch (error) {
    console.log(JSON.stringify({ error: error.code ?? error.message, kind: error.constructor.name }));
  }
}
