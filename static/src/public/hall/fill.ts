// Puts the values of a document where the page's data- attributes say.

import type { Spoken, Timer, Value } from "./document.ts";

export type Reader = { lang: string; mine: number; full: boolean };

/** Fills `root`, and everything in it but the inside of lists, which get their own values. */
export function fill(root: Element, value: Value, reader: Reader): void {
  fillOne(root as HTMLElement, value, reader);
  for (const element of root.querySelectorAll<HTMLElement>("*")) {
    if (isOwn(element, root)) fillOne(element, value, reader);
  }
}

/** Whether no list stands between `element` and `root`: what is in a list is filled with the list's values. */
function isOwn(element: Element, root: Element): boolean {
  const list = element.parentElement?.closest("[data-each]");
  return !list || !root.contains(list) || list === root || list.contains(root);
}

function fillOne(element: HTMLElement, value: Value, reader: Reader): void {
  const data = element.dataset;
  const named = (name: string) => (data[name] === undefined ? undefined : at(value, data[name]));
  const plain = (name: string) => String(named(name) ?? "");
  if (data["if"] !== undefined) element.hidden = !holds(data["if"], value);
  if (data["text"] !== undefined) setText(element, plain("text"));
  if (data["said"] !== undefined) setWords(element, named("said") as Spoken, reader, false);
  if (data["original"] !== undefined) setWords(element, named("original") as Spoken, reader, true);
  if (data["value"] !== undefined) (element as HTMLInputElement).value = plain("value");
  if (data["href"] !== undefined) element.setAttribute("href", data["href"].replace("{number}", String(value["number"])));
  if (data["language"] !== undefined) setText(element, languageName(plain("language"), reader.lang));
  if (data["timer"] !== undefined) setTimer(element, named("timer") as Timer);
  if (data["mine"] !== undefined) element.hidden = value["number"] !== reader.mine;
  if (data["each"] !== undefined) repeat(element, (named("each") ?? []) as Value[], reader);
}

/** One child for each of `values`, kept by its key, so that whoever is at a button in one stays there. */
function repeat(list: HTMLElement, values: Value[], reader: Reader): void {
  const template = list.querySelector<HTMLTemplateElement>(":scope > template");
  const made = template?.content.firstElementChild;
  if (!template || !made) return;
  const known = new Map<string, HTMLElement>();
  for (const child of list.children) {
    if (child instanceof HTMLElement && child !== template) known.set(child.dataset["key"] ?? "", child);
  }
  let before: Element = template;
  for (const value of values) {
    const key = String(value["number"] ?? value["id"] ?? value["key"]);
    const child = known.get(key) ?? (document.importNode(made, true) as HTMLElement);
    known.delete(key);
    child.dataset["key"] = key;
    if (before.nextElementSibling !== child) before.after(child);
    fill(child, value, reader);
    before = child;
  }
  for (const gone of known.values()) gone.remove();
}

function setText(element: HTMLElement, text: string): void {
  if (element.textContent !== text) element.textContent = text;
}

function setWords(element: HTMLElement, spoken: Spoken, reader: Reader, original: boolean): void {
  setText(element, (original ? spoken?.original : spoken?.text) ?? "");
  element.lang = (original ? spoken?.original_lang : spoken?.lang) ?? reader.lang;
}

function setTimer(element: HTMLElement, timer: Timer): void {
  element.hidden = !timer;
  if (timer) element.dataset["running"] = JSON.stringify(timer);
  else delete element.dataset["running"];
}

function languageName(code: string, lang: string): string {
  try {
    return (code && new Intl.DisplayNames([lang], { type: "language" }).of(code)) || code;
  } catch {
    return code;
  }
}

/** "path", "!path" (nothing there, or an empty list), "path=word". */
function holds(condition: string, value: Value): boolean {
  const parts = condition.replace(/^!/, "").split("=");
  const path = parts[0] ?? "";
  const word = parts[1];
  const found = at(value, path);
  const there = word === undefined ? Boolean(found) && !(Array.isArray(found) && !found.length) : String(found) === word;
  return condition.startsWith("!") ? !there : there;
}

function at(value: Value, path: string): unknown {
  return path.split(".").reduce<unknown>((found, name) => (found as Value | null | undefined)?.[name], value);
}

