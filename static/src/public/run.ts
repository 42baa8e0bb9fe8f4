// The moderators' run mode: every button by its key, and the page renewed when something happens, without losing what
// is being typed. Without this script the same forms work, one page after the other.

import { startTimers } from "./hall/timers.ts";

type Told = { error?: { message: string }; last?: number | null };

let run = document.querySelector<HTMLElement>("#run");
let wanted = false;
let loading = false;
let ownSeq = 0; // the last event of our own orders: we have seen everything up to it
let sending = Promise.resolve();

/** Fetches the page anew and puts its #run in the place of ours. An XMLHttpRequest parses it without running anything. */
function renew(): void {
  wanted = true;
  if (loading) return;
  loading = true;
  wanted = false;
  const request = new XMLHttpRequest();
  request.open("GET", location.pathname + location.search);
  request.responseType = "document";
  request.onloadend = () => {
    loading = false;
    const next = request.responseXML?.querySelector<HTMLElement>("#run");
    if (next && run) replace(run, document.adoptNode(next));
    if (wanted) setTimeout(renew, 100);
  };
  request.send();
}

function replace(old: HTMLElement, next: HTMLElement): void {
  if (old.contains(document.activeElement) && document.activeElement?.matches("input, textarea, select")) {
    setTimeout(renew, 1000); // somebody types a reason: wait until that is done
    return;
  }
  const open = new Set(Array.from(old.querySelectorAll("details[open] > summary"), (one) => one.textContent));
  const pressed = (document.activeElement as HTMLElement | null)?.dataset["press"];
  old.replaceWith(next);
  run = next;
  for (const summary of next.querySelectorAll("details > summary")) {
    if (open.has(summary.textContent)) (summary.parentElement as HTMLDetailsElement).open = true;
  }
  if (pressed) next.querySelector<HTMLElement>(`[data-press="${pressed}"]`)?.focus();
  hideUndo(next);
  const seq = next.querySelector<HTMLInputElement>("[name=expected_seq]")?.value;
  if (seq) for (const field of document.querySelectorAll<HTMLInputElement>("#compose [name=expected_seq]")) field.value = seq;
}

/** What can be taken back can be so for seconds only. */
function hideUndo(within: HTMLElement): void {
  const undo = within.querySelector<HTMLElement>(".undo");
  if (undo) setTimeout(() => undo.remove(), 1000 * Number(undo.dataset["seconds"]));
}

/** Sends a form as the page would, and says why if it was not taken; what was typed stays then. */
async function send(form: HTMLFormElement, submitter: HTMLElement | null): Promise<void> {
  const body = new URLSearchParams();
  new FormData(form).forEach((value, name) => body.append(name, String(value)));
  const address = submitter?.getAttribute("formaction") ?? form.action;
  const order = new URL(address, location.href).searchParams.get("order");
  if (order) body.set("command", order);
  body.set("expected_seq", String(Math.max(Number(body.get("expected_seq")), ownSeq)));
  const headers = { Accept: "application/json" };
  const answer = await fetch(address, { method: "POST", body, headers }).catch(() => null);
  const told = (await answer?.json().catch(() => null)) as Told | null;
  ownSeq = Math.max(ownSeq, told?.last ?? 0);
  tell(answer?.ok ? "" : (told?.error?.message ?? run?.dataset["failed"] ?? ""));
  if (answer?.ok && form.hasAttribute("data-compose")) {
    for (const field of form.querySelectorAll<HTMLInputElement>("[type=text], textarea")) field.value = "";
  }
  if (answer?.ok) for (const key of form.querySelectorAll<HTMLInputElement>("[name=key]")) key.value = newKey();
  if (document.activeElement instanceof HTMLElement && form !== document.activeElement.closest("[data-compose]")) {
    if (document.activeElement.matches("input, textarea, select")) document.activeElement.blur();
  }
  renew();
}

function tell(message: string): void {
  const place = document.querySelector<HTMLElement>("#refused");
  if (!place) return;
  place.replaceChildren();
  if (!message) return;
  const box = document.createElement("div");
  box.className = "problems";
  box.textContent = message;
  place.append(box);
}

/** 16 random bytes as 22 characters of base64url: the key by which sending twice does once. */
function newKey(): string {
  const raw = String.fromCharCode.apply(null, Array.from(crypto.getRandomValues(new Uint8Array(16))));
  return btoa(raw).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");
}

function press(event: KeyboardEvent): void {
  const target = event.target as HTMLElement;
  if (event.ctrlKey || event.metaKey || event.altKey || target.matches("input, textarea, select")) return;
  if (event.key === "Enter" && target.matches("button, a, summary")) return;
  const place = document.querySelector<HTMLElement>(`[data-focus="${CSS.escape(event.key)}"]`);
  const button = document.querySelector<HTMLElement>(`[data-press="${CSS.escape(event.key)}"]`);
  if (place || button) event.preventDefault();
  if (place) place.focus();
  else button?.click();
}

function start(): void {
  if (!run) return;
  hideUndo(run);
  startTimers(document.documentElement, Number(run.dataset["now"]));
  new EventSource(`${run.dataset["address"]}/events`).addEventListener("seq", renew);
  document.addEventListener("keydown", press);
  document.addEventListener("submit", (event) => {
    const form = event.target as HTMLFormElement;
    if (!form.action.includes("/cmd?")) return;
    event.preventDefault();
    // One after the other, each after what the one before did: whoever is quick does not get into their own way.
    sending = sending.then(() => send(form, event.submitter));
  });
}

start();
