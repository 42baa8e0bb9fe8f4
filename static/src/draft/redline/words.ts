// The words of a text as its language cuts them, for comparing two wordings: a comparison letter by letter is unreadable,
// and one by spaces fails where no spaces are written (Chinese, Japanese, Thai).

const segmenters = new Map<string, Intl.Segmenter>();

/** Longest piece that is cut at once, in UTF-16 units: segmenters are slow beyond some ten thousand. */
const CUT_AT = 8192;

/** `text` in words, spaces and punctuation marks; joined they are `text` again. An unknown `lang` is cut as the default. */
export function words(lang: string, text: string): string[] {
  const found: string[] = [];
  const segmenter = segmenterOf(lang);
  for (const part of parts(text)) for (const { segment } of segmenter.segment(part)) found.push(segment);
  return found;
}

function segmenterOf(lang: string): Intl.Segmenter {
  let segmenter = segmenters.get(lang);
  if (segmenter === undefined) {
    segmenter = make(lang);
    segmenters.set(lang, segmenter);
  }
  return segmenter;
}

function make(lang: string): Intl.Segmenter {
  try {
    return new Intl.Segmenter(lang, { granularity: "word" });
  } catch (error) {
    if (!(error instanceof RangeError)) throw error; // no language tag at all
    return new Intl.Segmenter(undefined, { granularity: "word" });
  }
}

/** Very long texts in pieces that end at a space where there is one, and never inside a surrogate pair. */
function* parts(text: string): Generator<string> {
  let start = 0;
  while (text.length - start > CUT_AT) {
    const space = text.lastIndexOf(" ", start + CUT_AT);
    let end = space > start ? space : start + CUT_AT;
    const unit = text.charCodeAt(end);
    if (unit >= 0xdc00 && unit <= 0xdfff) end += 1;
    yield text.slice(start, end);
    start = end;
  }
  yield text.slice(start);
}
