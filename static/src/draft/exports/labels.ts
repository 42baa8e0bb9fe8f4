// The number in front of a clause, as the language of the text writes it: "Article 4", "第4条", "(b)".
//
// These words belong to the text, not to its reader: a French column says "Partie II" to everybody. So they are here and
// not in the catalogues of the interface.

import type { NodeKind } from "../../wire/drafts/text.ts";

interface Words {
  part: string;
  article: string;
  annex: string;
  /** Stands where an option leaves the bracket's words out. */
  removal: string;
}

const WORDS: Readonly<Record<string, Words>> = {
  en: { part: "Part #", article: "Article #", annex: "Annex #", removal: "delete" },
  fr: { part: "Partie #", article: "Article #", annex: "Annexe #", removal: "supprimer" },
  es: { part: "Parte #", article: "Artículo #", annex: "Anexo #", removal: "suprimir" },
  pt: { part: "Parte #", article: "Artigo #", annex: "Anexo #", removal: "suprimir" },
  it: { part: "Parte #", article: "Articolo #", annex: "Allegato #", removal: "sopprimere" },
  de: { part: "Teil #", article: "Artikel #", annex: "Anlage #", removal: "streichen" },
  nl: { part: "Deel #", article: "Artikel #", annex: "Bijlage #", removal: "schrappen" },
  ru: { part: "Часть #", article: "Статья #", annex: "Приложение #", removal: "исключить" },
  uk: { part: "Частина #", article: "Стаття #", annex: "Додаток #", removal: "вилучити" },
  tr: { part: "Kısım #", article: "Madde #", annex: "Ek #", removal: "çıkarılsın" },
  id: { part: "Bagian #", article: "Pasal #", annex: "Lampiran #", removal: "hapus" },
  vi: { part: "Phần #", article: "Điều #", annex: "Phụ lục #", removal: "bỏ" },
  ar: { part: "الجزء #", article: "المادة #", annex: "المرفق #", removal: "تُحذف" },
  fa: { part: "بخش #", article: "ماده #", annex: "پیوست #", removal: "حذف شود" },
  he: { part: "חלק #", article: "סעיף #", annex: "נספח #", removal: "להשמיט" },
  hi: { part: "भाग #", article: "अनुच्छेद #", annex: "अनुबंध #", removal: "हटाएँ" },
  th: { part: "ภาค #", article: "ข้อ #", annex: "ภาคผนวก #", removal: "ตัดออก" },
  zh: { part: "第#部分", article: "第#条", annex: "附件#", removal: "删除" },
  "zh-hant": { part: "第#部分", article: "第#條", annex: "附件#", removal: "刪除" },
  ja: { part: "第#部", article: "第#条", annex: "附属書#", removal: "削除" },
  ko: { part: "제#부", article: "제#조", annex: "부속서 #", removal: "삭제" },
};

/** Languages that write the numbers of parts and annexes in digits, not in Roman ones. */
const DIGITS = new Set(["ar", "fa", "he", "hi", "th", "zh", "ja", "ko"]);
/** Letters by which points are counted where they are not Latin ones. */
const LETTERS: Readonly<Record<string, string>> = {
  ar: "أبجدهوزحطيكلمنسعفصقرشتثخذضظغ",
  fa: "ابپتثجچحخدذرزژسشصضطظعغفقکگلمنوهی",
  he: "אבגדהוזחטיכלמנסעפצקרשת",
  ko: "가나다라마바사아자차카타파하",
};

export interface Counted {
  kind: NodeKind;
  number: string;
  ordinal: number;
}

/** What stands before the words of a clause; "" where nothing is counted. */
export function labelOf({ kind, number, ordinal }: Counted, lang: string): string {
  const primary = lang.toLowerCase().split("-")[0] ?? "";
  const words = wordsOf(lang);
  if (kind === "annex")
    return words.annex.replace("#", DIGITS.has(primary) && number !== "" ? String(ordinal) : number).trim();
  if (number === "") return "";
  if (kind === "article") return words.article.replace("#", number);
  // Roman digits count the outermost parts; those inside have letters, which stay.
  if (kind === "part")
    return words.part.replace("#", DIGITS.has(primary) && /^[IVXLCDM]+$/.test(number) ? String(ordinal) : number);
  if (kind === "paragraph") return `${number}.`;
  if (kind !== "point") return "";
  const letter =
    /^[a-z]+$/.test(number) && isLetter(number, ordinal) ? [...(LETTERS[primary] ?? "")][ordinal - 1] : undefined;
  return `(${letter ?? number})`;
}

/** What stands for an option that leaves words out, in the language of the text. */
export function removalIn(lang: string): string {
  return wordsOf(lang).removal;
}

/** Whether a point is counted by letters: the first one is "a", and "i" is the ninth. */
function isLetter(number: string, ordinal: number): boolean {
  return ordinal <= 26 && number === String.fromCharCode(96 + ordinal);
}

function wordsOf(lang: string): Words {
  const tag = lang.toLowerCase();
  const [primary = "en", second] = tag.split("-");
  const traditional = primary === "zh" && ["hant", "tw", "hk", "mo"].includes(second ?? "");
  return WORDS[traditional ? "zh-hant" : primary] ?? (WORDS["en"] as Words);
}

/** Whether the number has a line of its own above the words, as a heading. */
export function isHeading(kind: NodeKind): boolean {
  return kind === "part" || kind === "article" || kind === "annex";
}

const RIGHT_TO_LEFT = new Set(["ar", "fa", "he", "ur", "ps", "sd", "ug", "yi", "dv", "ckb"]);

/** Direction in which a column is written. */
export function directionOf(lang: string): "ltr" | "rtl" {
  return RIGHT_TO_LEFT.has(lang.toLowerCase().split("-")[0] ?? "") ? "rtl" : "ltr";
}
