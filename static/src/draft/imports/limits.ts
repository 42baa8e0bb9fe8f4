// What a file may be that is read into a draft. All of it happens in the reader's own browser: these limits keep a file
// that somebody sent from filling its memory or stopping the page, not from reaching a server.

export const LIMITS = {
  /** The file as it lies on the disk, bytes. */
  file_bytes: 20 * 1024 * 1024,
  /** One part of a DOCX after unpacking, bytes. A treaty of 400 pages has about 8 MB. */
  part_bytes: 24 * 1024 * 1024,
  /** Files inside a DOCX. */
  entries: 4096,
  /** Elements inside one another. Word itself writes some twenty. */
  depth: 200,
  /** Elements of one part. */
  elements: 600_000,
  /** Clauses of a draft. */
  nodes: 5000,
  /** Brackets of a draft. */
  brackets: 5000,
  /** Letters of a draft, UTF-16 units. */
  text: 3_000_000,
  /** Letters of one clause, UTF-16 units. */
  clause: 100_000,
} as const;

export type RefusalCode =
  | "too-large"
  | "unpacks-too-large"
  | "too-many-parts"
  | "no-docx"
  | "old-doc"
  | "encrypted"
  | "damaged"
  | "doctype"
  | "too-deep"
  | "too-many-elements"
  | "too-many-clauses"
  | "too-long"
  | "not-text"
  | "empty";

/** A file that can not be taken; `code` says why, for a sentence in the reader's language (`exchange.refused.<code>`). */
export class ImportRefusedError extends Error {
  override readonly name = "ImportRefusedError";
  readonly code: RefusalCode;

  constructor(code: RefusalCode) {
    super(code);
    this.code = code;
  }
}
