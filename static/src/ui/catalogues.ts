// Where the built page finds its other files: hashed names in <meta name="portal-asset"> elements of index.html.

import { fetchText } from "./fetching.ts";
import { type Catalogue, COMPLETE_LANGUAGES, Translator, setTranslator } from "./i18n.ts";

interface Asset {
  url: string;
  integrity: string | null;
}

/** The address of a built file, such as "member/worker" or "locale/ko"; null if the build has none of that name. */
export function asset(name: string): Asset | null {
  const meta = document.querySelector<HTMLMetaElement>(`meta[name="portal-asset"][data-name="${CSS.escape(name)}"]`);
  return meta === null ? null : { url: meta.content, integrity: meta.dataset["integrity"] ?? null };
}

const loaded = new Map<string, Promise<Catalogue>>();
/** The language of the page, or the one that it is about to be. */
let wanted = "en";
/** Whether the words of later.ts are wanted too: the build keeps them apart (later-words.json). */
let all = false;

async function catalogue(lang: string): Promise<Catalogue> {
  const first = kept(`locale/${lang}`);
  return all ? { ...(await first), ...(await kept(`locale/${lang}.later`)) } : first;
}

function kept(name: string): Promise<Catalogue> {
  const known = loaded.get(name);
  if (known !== undefined) return known;
  const fresh = fetchCatalogue(name);
  loaded.set(name, fresh);
  fresh.catch(() => loaded.delete(name)); // asked for again when it is wanted again
  return fresh;
}

async function fetchCatalogue(name: string): Promise<Catalogue> {
  const file = asset(name);
  if (file === null) return {};
  return JSON.parse(await fetchText(file.url, file.integrity)) as Catalogue;
}

const sheets = new Map<string, Promise<void>>();

/** Resolves once a style sheet of the build that comes later counts. TypeError while it can not be fetched. */
export function useSheet(name: string): Promise<void> {
  const known = sheets.get(name);
  if (known !== undefined) return known;
  const fresh = loadSheet(name);
  sheets.set(name, fresh);
  fresh.catch(() => sheets.delete(name)); // asked for again when it is wanted again
  return fresh;
}

async function loadSheet(name: string): Promise<void> {
  const file = asset(name);
  if (file === null) return;
  await fetchText(file.url, file.integrity); // which tries more than once; the link takes it from the cache
  const link = document.createElement("link");
  link.rel = "stylesheet";
  link.crossOrigin = "anonymous";
  if (file.integrity !== null) link.integrity = file.integrity;
  link.href = file.url;
  const loaded = new Promise<void>((resolve, reject) => {
    link.addEventListener("load", () => resolve());
    link.addEventListener("error", () => reject(new TypeError(`${file.url} did not load`)));
  });
  document.head.append(link);
  await loaded.catch((error: unknown) => {
    link.remove();
    throw error;
  });
}

/** Load a language and make it the page's: texts, `lang` and `dir` of the document. */
export async function useLanguage(lang: string): Promise<void> {
  wanted = lang;
  const english = COMPLETE_LANGUAGES.includes(lang) ? {} : catalogue("en");
  const translator = new Translator(lang, await catalogue(lang), await english);
  if (wanted !== lang) return; // by now it is to be another one
  setTranslator(translator);
  document.documentElement.lang = lang;
  document.documentElement.dir = translator.direction;
}

/** Load the words of later.ts too, for the page's language and for those that come after it. */
export async function useAllWords(): Promise<void> {
  if (all) return;
  all = true;
  try {
    await useLanguage(wanted);
  } catch (error) {
    all = false;
    throw error;
  }
}
