// Words for failures. Each code has a sentence in the catalogues: what happened, what was kept, what to do.

import type { Failure } from "../member/api.ts";
import { t, translator } from "./i18n.ts";

/** Whether something that was thrown is an answer of the worker; anything else is a fault of the page and rethrown. */
export function isFailure(error: unknown): error is Failure {
  return (
    typeof error === "object" &&
    error !== null &&
    typeof (error as Partial<Failure>).code === "string" &&
    typeof (error as Partial<Failure>).detail === "object"
  );
}

/** The sentence of a failure in the reader's language. */
export function failureWords(code: string, detail: Failure["detail"] = {}): string {
  const words = translator();
  const key = `error.${code}`;
  if (!words.has(key)) return t("failure.unknown", { code });
  const values = Object.entries(detail).filter((pair): pair is [string, string | number] => {
    return typeof pair[1] === "string" || typeof pair[1] === "number";
  });
  return words.lookup(key, Object.fromEntries(values));
}
