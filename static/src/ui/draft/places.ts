// Which offset of which clause a place on the screen is, where the text is at rest.

export interface TextPlace {
  node: string;
  offset: number;
}

/** The clause text that holds a DOM node; null outside of one. */
export function clauseTextAround(node: Node | null): HTMLElement | null {
  const element = node instanceof Element ? node : (node?.parentElement ?? null);
  return element?.closest<HTMLElement>(".clause-text") ?? null;
}

/** The offset of a DOM position inside of a clause's text. */
export function offsetIn(text: HTMLElement, node: Node, offset: number): number {
  if (node === text || node instanceof Element) {
    const child = node.childNodes[offset];
    if (child === undefined) return endOf(text, node);
    return offsetIn(text, child, 0);
  }
  const piece = node.parentElement?.closest<HTMLElement>("[data-at]");
  if (piece === null || piece === undefined || !text.contains(piece)) return 0;
  return Number(piece.dataset["at"]) + ("sign" in piece.dataset ? 0 : offset);
}

function endOf(text: HTMLElement, node: Node): number {
  const pieces = [...text.querySelectorAll<HTMLElement>("[data-at]")];
  const inside = node === text ? pieces : pieces.filter((piece) => node.contains(piece) || piece.contains(node));
  const last = inside.at(-1);
  if (last === undefined) return 0;
  return Number(last.dataset["at"]) + ("sign" in last.dataset ? 0 : (last.textContent?.length ?? 0));
}

/** The place under a point of the window; null where no text at rest is. */
export function placeAt(x: number, y: number): TextPlace | null {
  const found = document.caretPositionFromPoint?.(x, y) ?? null;
  const range = found === null ? document.caretRangeFromPoint?.(x, y) : null;
  const [node, offset] = found !== null ? [found.offsetNode, found.offset] : [range?.startContainer, range?.startOffset];
  if (node === undefined || offset === undefined) return null;
  const text = clauseTextAround(node);
  const id = text?.dataset["node"];
  return text === null || id === undefined ? null : { node: id, offset: offsetIn(text, node, offset) };
}

/** What is selected in texts at rest, from its first letter to its last, as two places; null for nothing. */
export function selectedSpan(): { from: TextPlace; to: TextPlace } | null {
  const selection = getSelection();
  if (selection === null || selection.isCollapsed || selection.rangeCount === 0) return null;
  const range = selection.getRangeAt(0);
  const from = placeOf(range.startContainer, range.startOffset);
  const to = placeOf(range.endContainer, range.endOffset);
  return from === null || to === null ? null : { from, to };
}

function placeOf(node: Node, offset: number): TextPlace | null {
  const text = clauseTextAround(node);
  const id = text?.dataset["node"];
  return text === null || id === undefined ? null : { node: id, offset: offsetIn(text, node, offset) };
}
