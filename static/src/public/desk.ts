// The moderators' desk by keyboard. Every key does what a link or a button of the page does; the page works without.

import { bindKeys } from "./desk/keys.ts";
import { markSelections } from "./desk/marks.ts";
import { narrowChoices } from "./desk/narrow.ts";

document.documentElement.classList.add("scripted");
bindKeys(document);
markSelections(document);
narrowChoices(document);

// The list scrolls by itself: bring what is open into sight, without moving the page.
const open = document.querySelector<HTMLElement>(".lines .open");
const list = open?.closest<HTMLElement>(".list");
if (open && list) list.scrollTop = open.offsetTop - list.offsetTop - list.clientHeight / 2;
