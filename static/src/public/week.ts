// A week's page: computes the agenda again in this browser, from the ballots as everyone can fetch them.

import { BallotFileError, compute, parse, resultText } from "../wire/agenda.ts";

const box = document.getElementById("recompute");
const button = box?.querySelector("button");
const verdict = box?.querySelector(".verdict");
if (box != null && button != null && verdict != null && "subtle" in crypto) {
  box.hidden = false;
  button.addEventListener("click", () => {
    button.disabled = true;
    void recompute(box).then((words) => {
      verdict.textContent = words;
      button.disabled = false;
    });
  });
}

/** The verdict in words, which the page holds. */
async function recompute(place: HTMLElement): Promise<string> {
  const { ballots = "", computed = "", same = "", other = "", failed = "" } = place.dataset;
  try {
    const answer = await fetch(ballots);
    if (!answer.ok) return failed;
    const found = resultText(await compute(parse(await answer.text())));
    place.dataset["outcome"] = found === computed ? "same" : "other";
    return found === computed ? same : other;
  } catch (error) {
    if (error instanceof BallotFileError) return other;
    if (error instanceof TypeError) return failed;
    throw error;
  }
}
