// An interpreter for tests: let in as the program is, and then whatever a test has it say.

import { newBoxKey } from "../../src/e2ee/box.ts";
import { addDevice, found, verifyDeviceList } from "../../src/e2ee/devices.ts";
import { enrolmentCode } from "../../src/e2ee/enrolment.ts";
import type { DeviceIdentity, DeviceKind } from "../../src/e2ee/identity.ts";
import { newRecoveryKey } from "../../src/e2ee/recovery.ts";
import { newSigningKey } from "../../src/e2ee/signing.ts";
import { newVaultKey, sealVault } from "../../src/e2ee/vault.ts";
import { enrol, type Prepared } from "../../src/member/becoming.ts";
import { hashOf } from "../../src/member/interpreters/composing.ts";
import type { Content } from "../../src/member/content.ts";
import { Http } from "../../src/member/http.ts";
import { MemoryBackend } from "../../src/member/memory.ts";
import { Store } from "../../src/member/store.ts";
import type { Sentence, TranslationContent } from "../../src/member/interpreters/translated.ts";
import { b64 } from "../../src/wire/bytes.ts";
import { canonicalJson } from "../../src/wire/canonical.ts";
import { newId } from "../../src/wire/ids.ts";
import { insideOf } from "./inside.ts";
import { PASSPHRASE, Profile, until } from "./profile.ts";
import type { Server } from "./server.ts";

const now_s = (): number => Math.floor(Date.now() / 1000);

/** A program that asks to be let in. */
export class Newcomer {
  readonly code: string;
  readonly request: Uint8Array<ArrayBuffer>;
  private readonly server: Server;
  private readonly prepared: Prepared;

  private constructor(server: Server, prepared: Prepared, request: Uint8Array<ArrayBuffer>) {
    this.server = server;
    this.prepared = prepared;
    this.request = request;
    this.code = enrolmentCode(request);
  }

  static async ask(server: Server): Promise<Newcomer> {
    const prepared = await keysOf();
    const { account, device, sign } = prepared;
    const fields = { account, device: device.device, key: b64(device.key.publicKey), machine: "desk 3" };
    const request = canonicalJson({ ...fields, op: "enrol", sign: b64(sign.publicKey), v: 1 });
    const answer = await plainHttp(server).post<{ id: string; secret: string }>("/api/enrolments", {
      request: b64(request),
    });
    return new Newcomer(server, { ...prepared, invitation: answer }, request);
  }

  get account(): string {
    return this.prepared.account;
  }

  /** Make the account that was approved, and come online. */
  async begin(): Promise<Profile> {
    const backend = new MemoryBackend();
    const profile = new Profile(this.server, { backend });
    const http = new Http({ origin: this.server.origin, fetch: profile.send, now_ms: Date.now });
    const store = await Store.open(backend);
    const { id, secret } = this.prepared.invitation;
    const opened = await enrol({ ...this.prepared, invitation: { id, secret } }, http, store);
    await store.write(new Map<string, unknown>([["session", opened.session], opened.vault.keep()]));
    await profile.open();
    // Before the first answer of the server: an engine is a browser's otherwise.
    (insideOf(profile).keyholder.device as { kind: DeviceKind }).kind = "interpreter";
    await profile.online();
    await until("others can let it in", async () => {
      const { left } = await insideOf(profile).rooms.http.get<{ left: number }>("/api/key-packages/count");
      return left > 0;
    });
    return profile;
  }
}

async function keysOf(): Promise<Prepared> {
  const account = newId();
  const [sign, box, key] = await Promise.all([newSigningKey(), newBoxKey(), newSigningKey()]);
  const device: DeviceIdentity = { account, device: newId(), kind: "interpreter", key };
  const vaultKey = newVaultKey();
  const founding = await found({ account, at_s: now_s(), sign, box: box.publicKey });
  const list = await verifyDeviceList(account, [founding]);
  const listing = { at_s: now_s(), device: device.device, key: key.publicKey, kind: device.kind, vault: 1 };
  const adding = await addDevice(list, sign, listing);
  const content = { sign: sign.seed, box: [box.seed], pins: {}, labels: {} };
  const { version, sealed, sig } = await sealVault(content, vaultKey, account, 1, sign);
  return {
    ...{ account, sign, device, vaultKey, recoveryKey: newRecoveryKey(), statements: [founding, adding] },
    invitation: { id: "", secret: "" },
    wish: { handle: `i-${newId().toLowerCase()}`, name: "Program", languages: ["en"], passphrase: PASSPHRASE },
    vault: { version, sealed: b64(sealed), sig: b64(sig) },
  };
}

function plainHttp(server: Server): Http {
  return new Http({ origin: server.origin, fetch: new Profile(server).send, now_ms: Date.now });
}

/** A sentence of `text` that reads `reads`; the whole text if `at` is left out. */
export function sentence(text: string, reads: string, more: Partial<Sentence> = {}): Sentence {
  const at = more.at ?? [0, [...text].length];
  const hash = hashOf([...text].slice(...at).join(""));
  return { at, hash, lead: "", text: reads, origin: "model", warnings: [], ...more };
}

/** A translation of the message `target`, whose text is `text`, in one sentence. */
export function translation(
  target: string,
  text: string,
  reads: string,
  more: Partial<TranslationContent> = {},
): Content {
  const models = [{ pair: "ko-en", sha256: "0".repeat(64) }];
  const legs = { from: "ko", to: "en", models, glossary: "", software: "test 1" };
  const sentences = [sentence(text, reads)];
  return { t: "translation", target, source: hashOf(text), first: 0, of: 1, sentences, ...legs, ...more };
}
