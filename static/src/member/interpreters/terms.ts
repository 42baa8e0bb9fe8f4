// A room's glossary: of each line the newest that was written counts.

import type { Id } from "../../wire/ids.ts";
import type { TermView } from "../api.ts";
import type { TermContent } from "./translated.ts";
import type { Writing } from "./translations.ts";

/** So many lines of a room count, those first mentioned: everybody's programs look words up in the same ones. */
const LINES_MAX = 1000;

export class Terms {
  /** Rises with every change. */
  version = 0;
  private readonly lines = new Map<Id, TermContent & Writing>();

  add(content: TermContent, writing: Writing): void {
    this.version++;
    this.lines.set(content.term, { ...content, ...writing });
  }

  /** The lines, with what waits to be sent (`waiting`, oldest first) upon them. */
  all(waiting: readonly (TermContent & Writing)[]): TermView[] {
    const lines = new Map([...this.lines, ...waiting.map((line) => [line.term, line] as const)]);
    return [...lines.values()]
      .filter(({ on }) => on)
      .slice(0, LINES_MAX)
      .map(({ term, words, note, by, at_ms }) => ({ term, words, note, by, at_ms }));
  }
}
