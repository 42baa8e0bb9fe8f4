// The public log as its followers ask for it. What comes is checked where it is used.

import { type Bytes, fromUtf8, MalformedError, own } from "../../wire/bytes.ts";
import { unbase64 } from "../../wire/ledger/base64.ts";
import { HASH_BYTES } from "../../wire/ledger/merkle.ts";
import { NOTE_MAX_BYTES } from "../../wire/ledger/note.ts";
import { PROOF_HASHES_MAX } from "../../wire/ledger/proof.ts";
import { entriesPath, splitBundle, splitTile, TILE_WIDTH, tilePath } from "../../wire/ledger/tiles.ts";
import { isRecord, isText, listOf } from "../fields.ts";
import { MemberError } from "../failure.ts";
import { type Http, pause } from "../http.ts";

/** Failures: passing ones (http.ts) say nothing about the log; others are its refusal. */
export interface Log {
  /** The line of the log's verifier key; null if there is no ledger. */
  key(): Promise<string | null>;
  /** The newest signed checkpoint; null before the first. */
  checkpoint(): Promise<string | null>;
  /** The newest checkpoint that witnesses had time to cosign. */
  milestone(): Promise<string>;
  /** Whose cosignatures are enough, as text; null if that is not said. */
  policy(): Promise<string | null>;
  consistency(oldSize: number, newSize: number): Promise<Bytes[]>;
  inclusion(index: number, size: number): Promise<Bytes[]>;
  /** The hash of the leaf at `index` of the tree of `size`. */
  leaf(index: number, size: number): Promise<Bytes>;
  /** The entries of bundle `bundle`, of which `width` are there. */
  entries(bundle: number, width: number): Promise<Bytes[]>;
}

export class HttpLog implements Log {
  private readonly http: Http;

  constructor(http: Http) {
    this.http = http;
  }

  async key(): Promise<string | null> {
    return this.absent(async () => (await this.text("/ledger/key")).trimEnd());
  }

  checkpoint(): Promise<string | null> {
    return this.absent(() => this.text("/ledger/checkpoint"));
  }

  milestone(): Promise<string> {
    return this.text("/ledger/milestone");
  }

  policy(): Promise<string | null> {
    return this.absent(() => this.text("/ledger/policy"));
  }

  /**
   * What is refused is asked for once more, some seconds later: to refuse it accuses the log for good, so a server that
   * was just starting must not be taken for one that hides.
   */
  async consistency(oldSize: number, newSize: number): Promise<Bytes[]> {
    const path = `/ledger/consistency?old=${oldSize}&new=${newSize}`;
    const given = await this.absent(() => this.hashes(path));
    if (given) return given;
    await pause(REFUSED_PAUSE_MS);
    return this.hashes(path);
  }

  inclusion(index: number, size: number): Promise<Bytes[]> {
    return this.hashes(`/ledger/proof?index=${index}&size=${size}`);
  }

  async leaf(index: number, size: number): Promise<Bytes> {
    const tile = Math.floor(index / TILE_WIDTH);
    const width = Math.min(TILE_WIDTH, size - tile * TILE_WIDTH);
    const raw = await this.http.getBytes(`/ledger/${tilePath(0, tile, width)}`);
    return own(formed(() => splitTile(raw, width))[index % TILE_WIDTH]!);
  }

  async entries(bundle: number, width: number): Promise<Bytes[]> {
    const raw = await this.http.getBytes(`/ledger/${entriesPath(bundle, width)}`);
    return formed(() => splitBundle(raw, width)).map(own);
  }

  private async text(path: string): Promise<string> {
    const raw = await this.http.getBytes(path);
    if (raw.length > NOTE_MAX_BYTES) throw malformed();
    return formed(() => fromUtf8(raw));
  }

  private async hashes(path: string): Promise<Bytes[]> {
    const answer = await this.http.get<unknown>(path);
    const hashes = isRecord(answer)
      ? listOf(answer["hashes"], PROOF_HASHES_MAX, hashIn)
      : null;
    if (!hashes) throw malformed();
    return hashes;
  }

  private async absent<T>(ask: () => Promise<T>): Promise<T | null> {
    try {
      return await ask();
    } catch (error) {
      if (error instanceof MemberError && ABSENT.includes(error.code)) return null;
      throw error;
    }
  }
}

const REFUSED_PAUSE_MS = 3000;
const ABSENT = ["request.not_found", "ledger.absent"];

/** A hash in the base64 of notes. */
function hashIn(value: unknown): Bytes | null {
  if (!isText(value)) return null;
  try {
    return unbase64(value, HASH_BYTES);
  } catch (error) {
    if (error instanceof MalformedError) return null;
    throw error;
  }
}

function formed<T>(read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (error instanceof MalformedError) throw malformed();
    throw error;
  }
}

/** An answer that no honest server gives: not a fault of the network. */
function malformed(): MemberError {
  return new MemberError("ledger.malformed");
}
