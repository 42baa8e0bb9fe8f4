// Where the built page finds its other files: hashed names in <meta name="portal-asset"> elements of index.html.

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

function catalogue(lang: string): Promise<Catalogue> {
  const known = loaded.get(lang) ?? fetchCatalogue(lang);
  loaded.set(lang, known);
  return known;
}

async function fetchCatalogue(lang: string): Promise<Catalogue> {
  const file = asset(`locale/${lang}`);
  if (file === null) return {};
  const init: RequestInit = file.integrity === null ? {} : { integrity: file.integrity };
  const response = await fetch(file.url, init);
  if (!response.ok) throw new Error(`catalogue ${lang}: ${response.status}`);
  return (await response.json()) as Catalogue;
}

/** Load a language and make it the page's: texts, `lang` and `dir` of the document. */
export async function useLanguage(lang: string): Promise<Translator> {
  const english = COMPLETE_LANGUAGES.includes(lang) ? {} : catalogue("en");
  const translator = new Translator(lang, await catalogue(lang), await english);
  setTranslator(translator);
  document.documentElement.lang = lang;
  document.documentElement.dir = translator.direction;
  return translator;
}
