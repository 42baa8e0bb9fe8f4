// While somebody writes: how many characters are left, and a warning where something would give a person away.
import { mayGiveAway } from "./parts/personal_data.ts";

const PAUSE_MS = 300;
const text = document.querySelector<HTMLTextAreaElement>("#f-text");
const count = document.querySelector<HTMLElement>("#count");
const personal = document.querySelector<HTMLElement>("#personal");
if (text) {
  let timer: ReturnType<typeof setTimeout> | undefined;
  text.addEventListener("input", () => {
    clearTimeout(timer);
    timer = setTimeout(look, PAUSE_MS, text);
  });
  look(text);
}

function look(text: HTMLTextAreaElement): void {
  if (personal) personal.hidden = !mayGiveAway(text.value);
  if (!count) return;
  const left = Number(count.dataset["limit"]) - Array.from(text.value).length;
  count.hidden = text.value === "";
  count.textContent = (count.dataset["left"] ?? "").replace("{left}", left.toLocaleString(document.documentElement.lang));
}
