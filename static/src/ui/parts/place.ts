// Puts a popover beside its button, inside of the window. Positions are set through the style object, which a strict
// content security policy allows.

const GAP = 4;
const EDGE = 8;

/** Place `popover` under `anchor`, or above where there is no room; aligned with the anchor's reading-direction end. */
export function place(popover: HTMLElement, anchor: Element): void {
  const from = anchor.getBoundingClientRect();
  const { offsetWidth: width, offsetHeight: height } = popover;
  const below = from.bottom + GAP;
  const above = from.top - GAP - height;
  const top = below + height <= innerHeight - EDGE || above < EDGE ? below : above;
  const rightToLeft = getComputedStyle(anchor).direction === "rtl";
  const wanted = rightToLeft ? from.left : from.right - width;
  const left = Math.min(Math.max(wanted, EDGE), innerWidth - EDGE - width);
  popover.style.top = `${Math.max(EDGE, Math.min(top, innerHeight - EDGE - height))}px`;
  popover.style.left = `${Math.max(EDGE, left)}px`;
}
