// Keeps the record where the reader is while entries come and go above and below, and notices what was read.
//
// Browsers anchor scrolling differently or not at all, so that it is done here, and switched off in the style sheet:
// the first visible row is remembered with its distance from the top edge, and put back there after each change.

import type { Scroll } from "../state.ts";

/** Nearer to the end than this counts as being there. */
const END_PX = 48;
/** Older and newer pages are fetched before the reader reaches the edge. */
const AHEAD_PX = 900;

export interface ScrollEvents {
  onEnd(atEnd: boolean): void;
  onNearStart(): void;
  onNearEnd(): void;
  onSeen(number: number): void;
}

type Anchor = { key: string; top: number } | "end";

export class RecordScroll {
  readonly #box: HTMLElement;
  readonly #rows: HTMLElement;
  readonly #events: ScrollEvents;
  readonly #sizes: ResizeObserver;
  #anchor: Anchor = "end";
  #frame = 0;

  /** @param box scrolls; @param rows its content, whose children carry data-key and, if numbered, data-number. */
  constructor(box: HTMLElement, rows: HTMLElement, events: ScrollEvents) {
    this.#box = box;
    this.#rows = rows;
    this.#events = events;
    this.#sizes = new ResizeObserver(() => this.restore());
    this.#sizes.observe(rows);
    this.#sizes.observe(box);
    box.addEventListener("scroll", this.#onScroll, { passive: true });
    addEventListener("focus", this.#onScroll);
    document.addEventListener("visibilitychange", this.#onScroll);
  }

  stop(): void {
    this.#sizes.disconnect();
    cancelAnimationFrame(this.#frame);
    this.#box.removeEventListener("scroll", this.#onScroll);
    removeEventListener("focus", this.#onScroll);
    document.removeEventListener("visibilitychange", this.#onScroll);
  }

  readonly #onScroll = (): void => {
    if (this.#frame !== 0) return;
    this.#frame = requestAnimationFrame(() => {
      this.#frame = 0;
      this.#notice();
    });
  };

  /** After a change of the rows: go where it was asked, else stay where the reader was. */
  settle(scroll: Scroll | null): void {
    if (scroll === null) this.restore();
    else this.#go(scroll);
    this.#onScroll();
  }

  restore(): void {
    if (this.#anchor === "end") {
      this.#box.scrollTop = this.#box.scrollHeight;
      return;
    }
    const row = this.#row(this.#anchor.key);
    if (row === null) return;
    const moved = this.#topOf(row) - this.#anchor.top;
    if (Math.abs(moved) >= 1) this.#box.scrollTop += moved;
  }

  #go(scroll: Scroll): void {
    if (scroll.to === "newest") {
      this.#anchor = "end";
      this.restore();
      return;
    }
    const row = this.#row(scroll.to === "unread" ? "unread" : scroll.key);
    if (row === null) {
      this.#anchor = "end";
      this.restore();
      return;
    }
    const share = scroll.to === "unread" ? 0.2 : 0.35;
    this.#box.scrollTop += this.#topOf(row) - this.#box.clientHeight * share;
    this.#remember();
  }

  #row(key: string): HTMLElement | null {
    return this.#rows.querySelector<HTMLElement>(`:scope > [data-key="${CSS.escape(key)}"]`);
  }

  #topOf(row: Element): number {
    return row.getBoundingClientRect().top - this.#box.getBoundingClientRect().top;
  }

  get #untilEnd(): number {
    return this.#box.scrollHeight - this.#box.scrollTop - this.#box.clientHeight;
  }

  /** The first row of which something is to be seen. */
  #remember(): void {
    if (this.#untilEnd < END_PX) {
      this.#anchor = "end";
      return;
    }
    const row = this.#firstRow((each) => this.#topOf(each) + each.offsetHeight > 0);
    if (row?.dataset["key"] !== undefined) this.#anchor = { key: row.dataset["key"], top: this.#topOf(row) };
  }

  /** The first row for which `holds`, which must hold for all that follow it. */
  #firstRow(holds: (row: HTMLElement) => boolean): HTMLElement | null {
    const rows = this.#rows.children as HTMLCollectionOf<HTMLElement>;
    let low = 0;
    let high = rows.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      const row = rows[middle];
      if (row !== undefined && holds(row)) high = middle;
      else low = middle + 1;
    }
    return rows[low] ?? null;
  }

  #notice(): void {
    if (this.#box.clientHeight === 0) return; // another pane is shown
    this.#remember();
    this.#events.onEnd(this.#anchor === "end");
    if (this.#box.scrollTop < AHEAD_PX) this.#events.onNearStart();
    if (this.#untilEnd < AHEAD_PX) this.#events.onNearEnd();
    if (document.visibilityState === "visible" && document.hasFocus()) this.#noticeSeen();
  }

  /** The last numbered row whose end is in view has been seen, and with it all before it. */
  #noticeSeen(): void {
    const edge = this.#box.clientHeight + 8;
    const below = this.#firstRow((row) => this.#topOf(row) + row.offsetHeight > edge);
    let row = below === null ? this.#rows.lastElementChild : below.previousElementSibling;
    while (row instanceof HTMLElement && row.dataset["number"] === undefined) row = row.previousElementSibling;
    if (row instanceof HTMLElement) this.#events.onSeen(Number(row.dataset["number"]));
  }
}
