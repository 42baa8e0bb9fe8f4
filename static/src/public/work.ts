// Begins the work for a pass as soon as the page is there, so that it is mostly done when somebody sends. Where it can
// not be done the form goes without it, and the server asks for patience instead.

interface TrustedPolicy {
  createScriptURL(address: string): string;
}
interface TrustedTypes {
  createPolicy(name: string, rules: { createScriptURL(address: string): string }): TrustedPolicy;
}

const place = document.querySelector<HTMLElement>("#work");
const form = place?.closest("form");
if (place && form) begin(place, form);

function begin(place: HTMLElement, form: HTMLFormElement): void {
  const solution = form.elements.namedItem("solution");
  const work = form.elements.namedItem("work");
  const puzzles = Number(place.dataset["puzzles"]);
  if (!(solution instanceof HTMLInputElement) || !(work instanceof HTMLInputElement)) return;
  const worker = started(place.dataset["worker"] ?? "");
  if (!worker) return;
  const counters: number[] = [];
  let isSending = false;
  let isOver = false;

  const finish = (): void => {
    isOver = true;
    worker.terminate();
    if (isSending) form.submit();
  };
  worker.addEventListener("message", (event: MessageEvent<number>) => {
    counters.push(event.data);
    show(place, counters.length);
    if (counters.length < puzzles) return;
    solution.value = counters.join(",");
    finish();
  });
  worker.addEventListener("error", finish);
  // Buttons with a name ask for another page; they may stand outside the form. Old browsers name no submitter.
  let asksForMore = false;
  document.addEventListener("click", ({ target }) => {
    const button = target instanceof Element ? target.closest("button") : null;
    if (button) asksForMore = button.form === form && button.name !== "";
  });
  form.addEventListener("submit", (event) => {
    if (isOver || asksForMore) return;
    event.preventDefault();
    isSending = true;
    announce(place);
  });
  worker.postMessage({ work: work.value, cost: Number(place.dataset["cost"]), puzzles });
}

function started(address: string): Worker | null {
  if (!address || typeof Worker === "undefined") return null;
  const { trustedTypes } = globalThis as { trustedTypes?: TrustedTypes };
  const isOurs = (given: string): boolean => new URL(given, location.href).origin === location.origin;
  const allow = (given: string): string => (isOurs(given) ? given : "");
  const url = trustedTypes ? trustedTypes.createPolicy("portal", { createScriptURL: allow }).createScriptURL(address) : address;
  return new Worker(url);
}

function announce(place: HTMLElement): void {
  const status = place.querySelector("[data-busy]");
  const progress = place.querySelector("progress");
  if (status instanceof HTMLElement) status.textContent = status.dataset["busy"] ?? "";
  if (progress) progress.hidden = false;
}

function show(place: HTMLElement, done: number): void {
  const progress = place.querySelector("progress");
  if (progress) progress.value = done;
}
