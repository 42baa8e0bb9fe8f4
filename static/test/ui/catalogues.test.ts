// The catalogues: what the page says exists in every complete language, with the same placeholders, and nothing else.

import assert from "node:assert/strict";
import { readFileSync, readdirSync } from "node:fs";
import { test } from "node:test";
import { CLIENT_CODES } from "../../src/member/failure.ts";
import { COMPLETE_LANGUAGES } from "../../src/ui/i18n.ts";
import { HTTP_STATUS } from "../../src/wire/errors.ts";

const ROOT = new URL("../../../", import.meta.url);

function catalogue(lang: string): Record<string, string> {
  return JSON.parse(readFileSync(new URL(`portal/locale/${lang}.json`, ROOT), "utf8")) as Record<string, string>;
}

function sources(folder: string, ending: RegExp): string {
  const base = new URL(folder, ROOT);
  return readdirSync(base, { recursive: true, encoding: "utf8" })
    .filter((name) => ending.test(name))
    .map((name) => readFileSync(new URL(name, base), "utf8"))
    .join("\n");
}

const page = sources("static/src/ui/", /\.tsx?$/);
const server = sources("portal/", /\.py$/) + sources("templates/", /\.(html|j2)$/);
const languages = new Map(COMPLETE_LANGUAGES.map((lang) => [lang, catalogue(lang)]));

/** Without the plural category, with which categories there are. */
function families(texts: Record<string, string>): Map<string, Set<string>> {
  const found = new Map<string, Set<string>>();
  for (const key of Object.keys(texts)) {
    const match = /^(.*)\.(zero|one|two|few|many|other)$/.exec(key);
    const [name, category] = match ? [match[1] ?? "", match[2] ?? ""] : [key, ""];
    found.set(name, (found.get(name) ?? new Set()).add(category));
  }
  return found;
}

function literally(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
}

function placeholders(text: string): string[] {
  return [...new Set(text.match(/\{\w+\}/g) ?? [])].sort();
}

for (const lang of COMPLETE_LANGUAGES) {
  const texts = languages.get(lang) ?? {};
  const all = families(texts);

  test(`${lang}: every key of every language is there, plurals in all categories of the language`, () => {
    const wanted = new Set([...languages.values()].flatMap((each) => [...families(each).keys()]));
    const categories = new Intl.PluralRules(lang).resolvedOptions().pluralCategories;
    const missing = [...wanted].filter((name) => {
      const own = all.get(name);
      if (own === undefined) return true;
      return !own.has("") && !categories.every((category) => own.has(category));
    });
    assert.deepEqual(missing, []);
  });

  test(`${lang}: the placeholders are those of English`, () => {
    const english = catalogue("en");
    const wrong = Object.entries(texts).filter(([key, text]) => {
      const original = english[key];
      // A category such as "one" may leave the number out.
      if (original === undefined || key.endsWith(".one")) return false;
      return placeholders(original).join() !== placeholders(text).join();
    });
    assert.deepEqual(
      wrong.map(([key]) => key),
      [],
    );
  });

  test(`${lang}: no text is empty or has a space at its edge`, () => {
    assert.deepEqual(
      Object.keys(texts).filter((key) => texts[key] === "" || texts[key] !== texts[key]?.trim()),
      [],
    );
  });

  test(`${lang}: every error code has words`, () => {
    const codes = [...Object.keys(HTTP_STATUS), ...CLIENT_CODES];
    assert.deepEqual(
      codes.filter((code) => texts[`error.${code}`] === undefined),
      [],
    );
  });
}

/** The page's sources that a visit loads at once: what main.tsx imports, directly or not. */
function atOnce(): string[] {
  const found = new Set<string>();
  const waiting = [new URL("static/src/ui/main.tsx", ROOT).href];
  for (let file = waiting.pop(); file !== undefined; file = waiting.pop()) {
    if (found.has(file)) continue;
    found.add(file);
    const text = readFileSync(new URL(file), "utf8");
    for (const match of text.matchAll(/^(?:import|export) (?!type )[^;]*?from "(\.[^"]+)"/gms)) {
      waiting.push(new URL(match[1] ?? "", file).href);
    }
  }
  return [...found].filter((file) => file.includes("/src/ui/"));
}

test("what is shown before the first room or dialog has its words by then", () => {
  const later = JSON.parse(readFileSync(new URL("static/src/ui/later-words.json", ROOT), "utf8")) as string[];
  const sources = atOnce();
  assert.ok(sources.length > 30);
  const early = sources.flatMap((file) => {
    // Labels of shortcuts and kinds of dialogs only stand in tables that are drawn later.
    const text = readFileSync(new URL(file), "utf8").replaceAll(/label: "[^"]+"/g, "");
    return later.filter((area) => new RegExp(`["'\`]${area}\\.[A-Za-z$]`).test(text)).map((area) => `${file}: ${area}`);
  });
  assert.deepEqual(early, []);
});

test("every key is used", () => {
  const exact = new Set([...page.matchAll(/["'`]([A-Za-z]+(?:\.[A-Za-z0-9_-]+)+)["'`]/g)].map((match) => match[1]));
  const built = [...page.matchAll(/`([A-Za-z]+\.[^`]*?)`/g)]
    .map((match) => match[1] ?? "")
    .filter((text) => text.includes("${"))
    .map(
      (text) =>
        new RegExp(
          `^${text
            .split(/\$\{[^}]*\}/)
            .map(literally)
            .join("[A-Za-z0-9_.-]+")}$`,
        ),
    );
  const used = (name: string): boolean => exact.has(name) || built.some((form) => form.test(name));
  const unused = [...families(catalogue("en")).keys()].filter((name) => !used(name) && !server.includes(`"${name}"`));
  assert.deepEqual(unused, []);
});
