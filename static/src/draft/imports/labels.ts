// The number that a paragraph begins with, and what it says of the paragraph: "Article 4", "제4조", "(b)", "1.2".

/** What a label makes of its paragraph. */
export interface Label {
  kind: "part" | "article" | "annex" | "paragraph" | "point";
  /** Labels of one kind that look alike are of one level: "letter", "roman", "decimal2", "chapter". */
  style: string;
  /** How many letters of the paragraph it takes, with the space behind it. */
  length: number;
}

const ROMAN = String.raw`[IVXLCDM]{1,8}`;
const HAN = "[一二三四五六七八九十百零〇两\\d０-９]{1,8}";
const ORDINAL = String.raw`(?:\d{1,4}|[٠-٩۰-۹]{1,4}|${ROMAN}|[A-Z])(?:\s?(?:bis|ter|quater))?`;
/** Between a label and the words behind it. */
const BEHIND = String.raw`(?:\s*[.:：.–—-]\s*|\s+|$)`;

/** Patterns in the order in which they are tried; each begins at the first letter. */
const HEADINGS: readonly [kind: "part" | "article" | "annex", style: string, pattern: RegExp][] = [
  ["part", "part", re(`(?:part|partie|parte|teil|deel|часть|частина)\\s+${ORDINAL}${BEHIND}`)],
  ["part", "title", re(`(?:title|titre|título|titolo)\\s+${ORDINAL}${BEHIND}`)],
  ["part", "chapter", re(`(?:chapter|chapitre|capítulo|capitolo|kapitel|глава|розділ|раздел)\\s+${ORDINAL}${BEHIND}`)],
  ["part", "section", re(`(?:section|sección|sezione|abschnitt)\\s+${ORDINAL}${BEHIND}`)],
  ["part", "part", re(`(?:الباب|الجزء|القسم)\\s+\\S{1,20}${BEHIND}`)],
  ["part", "chapter", re(`الفصل\\s+\\S{1,20}${BEHIND}`)],
  ["part", "part", re(`제\\s?\\d{1,3}\\s?(?:부|편)${BEHIND}`)],
  ["part", "chapter", re(`제\\s?\\d{1,3}\\s?장${BEHIND}`)],
  ["part", "section", re(`제\\s?\\d{1,3}\\s?절${BEHIND}`)],
  ["part", "part", re(`第\\s?${HAN}\\s?(?:部分|部|编|編|篇)${BEHIND}?`)],
  ["part", "chapter", re(`第\\s?${HAN}\\s?章${BEHIND}?`)],
  ["part", "section", re(`第\\s?${HAN}\\s?[节節]${BEHIND}?`)],
  [
    "article",
    "article",
    re(
      `(?:article|artículo|artigo|articolo|artikel|статья|стаття|pasal|madde|điều)\\s+(?:${ORDINAL}|premier|primero|único)${BEHIND}`,
    ),
  ],
  ["article", "article", re(`art\\.\\s?${ORDINAL}${BEHIND}`)],
  ["article", "article", re(`(?:المادة|ماده|مادة)\\s+(?:[\\d٠-٩۰-۹]{1,4}|\\S{3,20})${BEHIND}`)],
  ["article", "article", re(`제\\s?\\d{1,4}\\s?조(?:의\\s?\\d{1,2})?\\s*`)],
  ["article", "article", re(`第\\s?${HAN}\\s?[条條]${BEHIND}?`)],
  [
    "annex",
    "annex",
    re(
      `(?:annex|annexe|anexo|allegato|anlage|anhang|bijlage|appendix|appendice|apéndice|приложение|додаток)(?:\\s+${ORDINAL})?${BEHIND}`,
    ),
  ],
  ["annex", "annex", re(`(?:المرفق|الملحق|مرفق|ملحق)(?:\\s+\\S{1,20})?${BEHIND}`)],
  ["annex", "annex", re(`(?:부속서|부록|附件|附录|附錄|附属書|附則|附则)\\s?(?:${HAN}|[A-Z])?${BEHIND}`)],
];
const NUMBERS: readonly [kind: "paragraph" | "point", style: string, pattern: RegExp][] = [
  ["paragraph", "decimal3", re("\\d{1,3}\\.\\d{1,3}\\.\\d{1,3}\\.?\\s+")],
  ["paragraph", "decimal2", re("\\d{1,3}\\.\\d{1,3}\\.?\\s+")],
  ["paragraph", "decimal", re("(?:\\d{1,3}|[٠-٩۰-۹]{1,3})[.)．、]\\s*(?=\\D|$)")],
  ["paragraph", "decimal", re("[①-⑳]\\s*")],
  ["point", "number", re("[(（](?:\\d{1,3}|[٠-٩۰-۹]{1,3}|[一二三四五六七八九十]{1,3})[)）]\\s*")],
  ["point", "letter", re("[(（]?[a-zа-яء-ي]{1,2}[)）]\\s*")],
  ["point", "roman", re("[(（]?[ivxlcdm]{2,8}[)）]\\s*")],
  ["point", "capital", re("[(（]?[A-Z][)）]\\s*")],
  ["point", "capital", re("[A-Z]\\.\\s+(?=\\S)")],
  ["point", "letter", re("[a-z]\\.\\s+(?=\\S)")],
  ["point", "roman", re("[ivxlcdm]{2,8}\\.\\s+(?=\\S)")],
  ["point", "syllable", re("[(（]?[가나다라마바사아자차카타파하][)）.]\\s*")],
  ["point", "bullet", re("[•‣◦▪●○■□·*–—-]\\s+")],
];

function re(source: string): RegExp {
  return new RegExp(`^${source}`, "iu");
}

const SINGLE_ROMAN = /^[(（]?[ivx][)）.]/u;
const ROMAN_ONLY = /^[(（]?[ivxlcdm]{2,8}[)）.]/u;

/** The label at the beginning of `text`; null if it begins with words. */
export function labelAt(text: string): Label | null {
  for (const [kind, style, pattern] of HEADINGS) {
    const found = pattern.exec(text)?.[0];
    if (found !== undefined) return { kind, style, length: found.length };
  }
  for (const [kind, style, pattern] of NUMBERS) {
    const found = pattern.exec(text)?.[0];
    if (found === undefined || differsInCase(style, text)) continue;
    return { kind, style: style === "letter" && ROMAN_ONLY.test(text) ? "roman" : style, length: found.length };
  }
  return null;
}

/** Patterns take either case, for the words of headings; letters that count do not. */
function differsInCase(style: string, text: string): boolean {
  const letter = /\p{L}/u.exec(text)?.[0] ?? "";
  if (style === "capital") return letter !== letter.toUpperCase() || letter === letter.toLowerCase();
  return ["letter", "roman"].includes(style) && letter !== letter.toLowerCase();
}

/** "(i)" is a letter behind "(h)", and a Roman number elsewhere; so are "(v)" and "(x)" behind "(u)" and "(w)". */
export function isAmbiguous(text: string): boolean {
  return SINGLE_ROMAN.test(text);
}

/** The letter of a label such as "(h)"; "" if it has none. */
export function letterOf(text: string): string {
  return /^[(（]?([a-z])[)）.]/u.exec(text)?.[1] ?? "";
}

const FINAL =
  /^(?:done (?:at|in)\b|in witness whereof|in faith whereof|fait à|fait en|en foi de quoi|hecho en|en fe de lo cual|feito em|geschehen zu|совершено|в удостоверение|이상의 증거로|이상의 증거|以昭信守|本[^。]{0,12}于[^。]{1,40}签订|以上の証拠として|حرر(?:ت)? (?:في|ب)|وإثباتا لما تقدم)/iu;

/** Whether a paragraph is how texts end: place, date, languages, witness. */
export function isFinal(text: string): boolean {
  return FINAL.test(text);
}

/** Whether words look like a heading: short, and no sentence. */
export function looksLikeHeading(text: string): boolean {
  const words = text.trim();
  return words.length > 0 && words.length <= 120 && !/[.。;；:：,，、!?！？؟؛]$/u.test(words);
}
