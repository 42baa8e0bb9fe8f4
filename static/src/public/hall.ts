// Keeps a hall's page up to date from its stream (server: townhall/hall_view.py). The page was made by the server and
// works without this. What arrives are parts of one document by their paths; they are put where the page's data-
// attributes say (templates/hall/_parts.html).

import { type Document, apply, derive } from "./hall/document.ts";
import { fill } from "./hall/fill.ts";
import { startTimers } from "./hall/timers.ts";

const RETRY_MS = 2000;
type Numbered = { number: number };

function follow(root: HTMLElement): void {
  const address = root.dataset["address"];
  const lang = root.dataset["lang"] ?? "en";
  const mine = Number(root.dataset["hand"]);
  const clock = startTimers(root, Number(root.dataset["now"]));
  const full = root.dataset["follow"] === "full";
  let known: Document = {};
  const stream = new EventSource(`${address}/events?lang=${lang}`);
  const take = (whole: boolean) => (event: MessageEvent<string>) => {
    known = whole ? JSON.parse(event.data) : apply(known, JSON.parse(event.data));
    fill(root, derive(known), { lang, mine, full });
    clock.tick();
    if (mine && !isMine(known, mine)) location.reload(); // the hand is down, or the turn is over
    if (lost) say(root, "back");
    lost = false;
  };
  let lost = false;
  stream.addEventListener("snapshot", take(true));
  stream.addEventListener("patch", take(false));
  stream.addEventListener("error", () => {
    if (!lost) say(root, "lost");
    lost = true;
    if (stream.readyState === EventSource.CLOSED) setTimeout(() => follow(root), RETRY_MS);
  });
}

function isMine(known: Document, number: number): boolean {
  const speaking = (known["speaker"] as Numbered | null)?.number;
  return speaking === number || ((known["queue"] ?? []) as Numbered[]).some((hand) => hand.number === number);
}

function say(root: HTMLElement, what: "lost" | "back" | "sent" | "failed"): void {
  const place = root.querySelector<HTMLElement>("#spoken");
  if (place) {
    place.textContent = place.dataset[what] ?? "";
    place.classList.toggle("unseen", what !== "lost" && what !== "failed");
  }
}

/** Sends a form without leaving the page, so that a tap on a question does not lose the reader's place. */
async function send(form: HTMLFormElement, root: HTMLElement): Promise<void> {
  const body = new URLSearchParams();
  new FormData(form).forEach((value, name) => body.append(name, String(value)));
  const headers = { Accept: "application/json" };
  const button = form.querySelector("button");
  if (button) button.disabled = true;
  const answer = await fetch(form.action, { method: "POST", body, headers }).catch(() => null);
  say(root, answer?.ok ? "sent" : "failed");
  if (button && !answer?.ok) button.disabled = false;
}

for (const root of document.querySelectorAll<HTMLElement>("[data-follow]")) {
  follow(root);
  root.addEventListener("submit", (event) => {
    const form = event.target as HTMLFormElement;
    if (!form.hasAttribute("data-live")) return;
    event.preventDefault();
    void send(form, root);
  });
}
