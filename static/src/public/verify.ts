// The page that checks a receipt: the file is read here, in this browser, and nothing of it is sent anywhere.

import { checkReceipt, type Finding, type Outcome, outcomeOf } from "../tlog/receipt.ts";
import { parseVkey } from "../wire/ledger/note.ts";
import { parsePolicy } from "../wire/ledger/policy.ts";
import { RECEIPT_BEGIN, RECEIPT_MAX_BYTES } from "../wire/ledger/receipt.ts";
import { element, part, sentence } from "./parts/words.ts";

const MARKS: Readonly<Record<Outcome, string>> = { good: "✓", bad: "✗", unknown: "?" };

const form = part("check", HTMLFormElement);
const file = part("receipt-file", HTMLInputElement);
const pasted = part("receipt-text", HTMLTextAreaElement);
const sent = part("sent", HTMLTextAreaElement);
const result = part("result", HTMLElement);

/** The portal's own key and policy, as they stood in the page when it was loaded. */
const { vkey = "", policy = "" } = result.dataset;
const key = parseVkey(vkey);
const known = policy.trim() === "" ? null : parsePolicy(policy);

part("unscripted", HTMLElement).hidden = true;
form.hidden = false;
form.addEventListener("submit", (event) => {
  event.preventDefault();
  void check();
});
file.addEventListener("change", () => void check());

async function check(): Promise<void> {
  const chosen = file.files?.[0];
  if (chosen !== undefined && chosen.size > RECEIPT_MAX_BYTES) return tell("none", "unknown", []);
  const text = chosen === undefined ? pasted.value : await chosen.text();
  if (!text.includes(RECEIPT_BEGIN)) return tell("none", "unknown", []);
  if (!(await canVerify())) return tell("old", "unknown", []);
  const findings = await checkReceipt(text, { key, policy: known, sent: sent.value === "" ? null : sent.value });
  const outcome = outcomeOf(findings);
  tell(outcome, outcome, findings);
}

/** Browsers before 2025 lack the signatures (Ed25519) that the ledger is signed with. */
async function canVerify(): Promise<boolean> {
  try {
    await crypto.subtle.importKey("raw", new Uint8Array(key.key), "Ed25519", false, ["verify"]);
    return true;
  } catch {
    return false;
  }
}

function tell(verdict: Outcome | "none" | "old", outcome: Outcome, findings: readonly Finding[]): void {
  const list = element("ul", "findings");
  for (const finding of findings) {
    const line = element("li", finding.outcome);
    line.append(element("span", "mark", MARKS[finding.outcome]), " ");
    line.append(element("span", "", sentence(`found.${finding.code}.${finding.outcome}`, finding.values)));
    list.append(line);
  }
  const heading = element("h2", `verdict ${outcome}`, `${MARKS[outcome]} ${sentence(`verdict.${verdict}`)}`);
  result.replaceChildren(heading, list, element("p", "hint", sentence("verdict.offline")));
  heading.tabIndex = -1;
  heading.focus();
}
