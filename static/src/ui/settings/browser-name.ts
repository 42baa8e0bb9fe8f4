// What a browser is called in the list of devices until its owner names it: "Firefox · Windows".

/** Order matters: Edge and Opera also say that they are Chrome, and all of them that they are Safari. */
const BROWSERS: readonly [RegExp, string][] = [
  [/\bEdg(?:e|A|iOS)?\//, "Edge"],
  [/\bOPR\//, "Opera"],
  [/\b(?:Firefox|FxiOS)\//, "Firefox"],
  [/\bSamsungBrowser\//, "Samsung Internet"],
  [/(?:Chrome|CriOS)\//, "Chrome"],
  [/\bSafari\//, "Safari"],
];
const SYSTEMS: readonly [RegExp, string][] = [
  [/\biPhone\b/, "iPhone"],
  [/\biPad\b/, "iPad"],
  [/\bAndroid\b/, "Android"],
  [/\bCrOS\b/, "ChromeOS"],
  [/\bWindows\b/, "Windows"],
  [/\bMac OS X\b/, "macOS"],
  [/\bLinux\b/, "Linux"],
];

function first(table: readonly [RegExp, string][], agent: string): string[] {
  const found = table.find(([pattern]) => pattern.test(agent));
  return found === undefined ? [] : [found[1]];
}

/** A name made of the browser's and the system's, from navigator.userAgent; empty if neither is known. */
export function browserName(agent: string): string {
  return [...first(BROWSERS, agent), ...first(SYSTEMS, agent)].join(" · ");
}
