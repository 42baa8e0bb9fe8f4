// The look of an exported page, on a screen and on paper. No colour carries a meaning alone: insertions are underlined,
// deletions struck out, brackets and attribution are words and signs.

export const STYLE = `
:root { color-scheme: light dark; --text: light-dark(#191d21, #e7eaed); --quiet: light-dark(#525b64, #a6b0ba);
  --line: light-dark(#d8dde2, #363d44); --ground: light-dark(#ffffff, #16191c); --accent: light-dark(#1d5a96, #8bbdf3);
  --in: light-dark(#1a673d, #82d1a3); --in-soft: light-dark(#e4f4ea, #1d3b2b);
  --out: light-dark(#b0261d, #f59c94); --out-soft: light-dark(#fceceb, #472422); --note: light-dark(#fff0b3, #5c4a0c); }
* { box-sizing: border-box; }
body { margin: 0; background: var(--ground); color: var(--text); font: 1.0625rem/1.6 "Times New Roman", "Noto Serif", "Noto Naskh Arabic", "Noto Serif CJK SC", serif; }
main { max-width: 46rem; margin: 0 auto; padding: 2.5rem 1.5rem 4rem; }
.about, nav, .comments, .foot { font-family: system-ui, "Segoe UI", "Noto Sans", sans-serif; font-size: 0.8125rem; color: var(--quiet); }
.about { text-align: center; margin: 0 0 2rem; }
.about p { margin: 0.25rem 0; }
nav { text-align: center; margin: 0 0 2rem; }
nav a { color: var(--accent); margin: 0 0.5rem; }
article.column + article.column { border-top: 1px solid var(--line); margin-top: 4rem; padding-top: 2rem; }
h1 { font-size: 1.625rem; line-height: 1.3; text-align: center; margin: 0 0 0.75rem; text-wrap: balance; }
h2, h3 { font-size: 1.0625rem; text-align: center; margin: 2rem 0 0.75rem; text-wrap: balance; }
h2 { font-size: 1.1875rem; margin-top: 2.5rem; }
.number { display: block; }
p, .clause { margin: 0 0 0.625rem; }
.clause { display: grid; grid-template-columns: 2.25rem minmax(0, 1fr); }
.clause > .number { font-variant-numeric: tabular-nums; }
.d1 { margin-inline-start: 2.25rem; } .d2 { margin-inline-start: 4.5rem; } .d3 { margin-inline-start: 6.75rem; } .d4 { margin-inline-start: 9rem; }
.final { margin-block-start: 1.5rem; }
ins { color: var(--in); background: var(--in-soft); text-decoration: underline; text-underline-offset: 0.15em; }
del { color: var(--out); background: var(--out-soft); text-decoration: line-through; }
.sign { color: var(--accent); font-weight: 700; }
.by { color: var(--accent); font-size: 0.75em; }
.removal { color: var(--quiet); font-style: italic; }
.moved { color: var(--quiet); font: 0.75rem system-ui, sans-serif; margin-inline-start: 0.5em; }
mark { background: var(--note); color: inherit; }
mark ins { background: none; }
sup { line-height: 0; }
sup a { color: var(--accent); text-decoration: none; }
.notes, .comments { border-top: 1px solid var(--line); margin-top: 2.5rem; padding-top: 0.75rem; }
.notes { font-size: 0.875rem; }
.comments li { margin-bottom: 0.75rem; }
.comments .text { color: var(--text); white-space: pre-line; }
.comments h2, .notes h2 { font: 600 0.8125rem system-ui, sans-serif; text-align: start; margin: 0 0 0.5rem; color: var(--quiet); }
ol { margin: 0; padding-inline-start: 1.5rem; }
.foot { border-top: 1px solid var(--line); margin-top: 3rem; padding-top: 0.75rem; overflow-wrap: anywhere; }
@media print {
  @page { margin: 2.2cm 2.4cm; }
  :root { color-scheme: light; }
  body { font-size: 11pt; }
  main { max-width: none; padding: 0; }
  nav { display: none; }
  article.column + article.column { break-before: page; border: 0; margin: 0; padding: 0; }
  h1, h2, h3 { break-after: avoid; }
  .clause, p { orphans: 2; widows: 2; }
  mark, ins, del { background: none; }
}
`;
