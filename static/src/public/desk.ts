// The moderators' desk by keyboard. Every key does what a link or a button of the page does; the page works without.

import { bindKeys } from "./desk/keys.ts";
import { markSelections } from "./desk/marks.ts";
import { narrowChoices } from "./desk/narrow.ts";

document.documentElement.classList.add("scripted");
bindKeys(document);
markSelections(document);
narrowChoices(document);
