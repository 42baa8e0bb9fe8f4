// Whose cosignatures are enough (c2sp.org/tlog-policy). Twin of portal/wire/ledger/policy.py.

import { hex, MalformedError } from "../bytes.ts";
import { parseVkey, SignatureType, type VerifierKey } from "./note.ts";

/** Nobody has to cosign. */
export const NO_QUORUM = "none";
export const POLICY_MAX_BYTES = 1 << 18;

/** A log that the policy accepts. */
export interface PolicyLog {
  readonly key: VerifierKey;
  readonly url: string | null;
}

/** A witness; `name` is the policy's own word for it. */
export interface PolicyWitness {
  readonly name: string;
  readonly key: VerifierKey;
  readonly url: string | null;
}

/** At least `least` of `members`, which are names of witnesses or of groups. */
export interface PolicyGroup {
  readonly name: string;
  readonly least: number;
  readonly members: readonly string[];
}

/** `quorum` is the name of a witness or a group, or "none". */
export interface Policy {
  readonly logs: readonly PolicyLog[];
  readonly witnesses: readonly PolicyWitness[];
  readonly groups: readonly PolicyGroup[];
  readonly quorum: string;
}

/** Read a policy; MalformedError with the number of the line that is wrong. */
export function parsePolicy(text: string): Policy {
  if (text.length > POLICY_MAX_BYTES) throw new MalformedError("the policy is too long");
  const reader = new Reader();
  for (const [at, line] of text.split("\n").entries()) {
    try {
      reader.read(line);
    } catch (error) {
      if (!(error instanceof MalformedError)) throw error;
      throw new MalformedError(`line ${at + 1} of the policy: ${error.message}`);
    }
  }
  return reader.policy();
}

/** Whether the quorum is met when the witnesses of these names have cosigned. */
export function isQuorum(policy: Policy, cosigned: ReadonlySet<string>): boolean {
  if (policy.quorum === NO_QUORUM) return true;
  const met = new Map(policy.witnesses.map(({ name }) => [name, cosigned.has(name)]));
  // A group names only what stands before it, so that one pass is enough.
  for (const { name, least, members } of policy.groups) {
    met.set(name, members.filter((member) => met.get(member)).length >= least);
  }
  return met.get(policy.quorum) ?? false;
}

class Reader {
  #logs: PolicyLog[] = [];
  #witnesses: PolicyWitness[] = [];
  #groups: PolicyGroup[] = [];
  #quorum: string | null = null;
  #names = new Set<string>();
  #used = new Set<string>();
  #keys = new Set<string>();

  read(line: string): void {
    if (/[^\t\x20-\x7e\x80-\u{10ffff}]/u.test(line)) throw new MalformedError("a control character");
    const [word, ...items] = line.split(/[ \t]+/).filter((item) => item !== "");
    if (word === undefined || word.startsWith("#")) return;
    if (word === "log") this.#readLog(items);
    else if (word === "witness") this.#readWitness(items);
    else if (word === "group") this.#readGroup(items);
    else if (word === "quorum") this.#readQuorum(items);
    else throw new MalformedError(`"${word}" means nothing here`);
  }

  policy(): Policy {
    if (this.#quorum === null) throw new MalformedError("the policy has no quorum");
    return { logs: this.#logs, witnesses: this.#witnesses, groups: this.#groups, quorum: this.#quorum };
  }

  #readLog(items: readonly string[]): void {
    const [vkey, url = null] = items;
    if (vkey === undefined || items.length > 2) throw new MalformedError("log <vkey> [<url>]");
    const key = parseVkey(vkey);
    if (key.type !== SignatureType.ed25519) throw new MalformedError("not the key of a log");
    this.#claim("log", key);
    this.#logs.push({ key, url });
  }

  #readWitness(items: readonly string[]): void {
    const [name, vkey, url = null] = items;
    if (name === undefined || vkey === undefined || items.length > 3) {
      throw new MalformedError("witness <name> <vkey> [<url>]");
    }
    const key = parseVkey(vkey);
    if (key.type === SignatureType.ed25519) throw new MalformedError("not the key of a witness");
    this.#claim("witness", key);
    this.#name(name);
    this.#witnesses.push({ name, key, url });
  }

  #readGroup(items: readonly string[]): void {
    const [name, threshold, ...members] = items;
    if (name === undefined || threshold === undefined || members.length === 0) {
      throw new MalformedError("group <name> all|any|<k> <name>…");
    }
    const least = leastOf(threshold, members.length);
    for (const member of members) {
      if (!this.#names.has(member)) throw new MalformedError(`"${member}" is not known so far`);
      if (this.#used.has(member)) throw new MalformedError(`"${member}" is in a group already`);
      this.#used.add(member);
    }
    this.#name(name);
    this.#groups.push({ name, least, members });
  }

  #readQuorum(items: readonly string[]): void {
    const [name, ...more] = items;
    if (name === undefined || more.length > 0) throw new MalformedError("quorum <name>");
    if (this.#quorum !== null) throw new MalformedError("a second quorum");
    if (name !== NO_QUORUM && !this.#names.has(name)) throw new MalformedError(`"${name}" is not known so far`);
    this.#quorum = name;
  }

  #name(name: string): void {
    if (name === NO_QUORUM || this.#names.has(name)) throw new MalformedError(`the name "${name}" is taken`);
    this.#names.add(name);
  }

  #claim(what: string, { key }: VerifierKey): void {
    const claimed = `${what} ${hex(key)}`;
    if (this.#keys.has(claimed)) throw new MalformedError(`the same key for another ${what}`);
    this.#keys.add(claimed);
  }
}

function leastOf(threshold: string, members: number): number {
  if (threshold === "all") return members;
  if (threshold === "any") return 1;
  const least = /^[1-9][0-9]{0,5}$/.test(threshold) ? Number(threshold) : 0;
  if (least < 1 || least > members) throw new MalformedError(`${threshold} of ${members} is not possible`);
  return least;
}
