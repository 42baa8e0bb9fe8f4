// Whether two language tags (BCP 47) name what the same readers read: "en" and "en-GB" do, "zh-Hans" and "zh-Hant" not.

/** Language and script of a tag, the script filled in where it goes without saying; the tag itself if it is none. */
function reading(tag: string): string {
  try {
    const { language, script } = new Intl.Locale(tag).maximize();
    return `${language}-${script ?? ""}`;
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    return tag.toLowerCase();
  }
}

const readings = new Map<string, string>();
const KEPT = 256;

/** What is the same for all tags that the same people read. */
export function readingOf(tag: string): string {
  const known = readings.get(tag);
  if (known !== undefined) return known;
  if (readings.size >= KEPT) readings.clear(); // tags come from others, too
  const found = reading(tag);
  readings.set(tag, found);
  return found;
}

/** Whether who reads the one language reads the other. */
export function readsAs(one: string, other: string): boolean {
  return one === other || readingOf(one) === readingOf(other);
}
