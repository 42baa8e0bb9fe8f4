// The draft on paper, or in a PDF: the browser's own print, of a sheet that is there for as long as that takes.

import { render } from "preact";
import { directionOf } from "../../draft/exports/labels.ts";
import { type Manuscript, sourceLine } from "../../draft/exports/manuscript.ts";
import { RedlineView } from "./redline-view.tsx";

/** Print `manuscript`; resolves when the print dialog is closed. The sheet's title is the name that a PDF gets. */
export async function print(manuscript: Manuscript): Promise<void> {
  const sheet = document.createElement("div");
  sheet.className = "print-sheet";
  document.body.append(sheet);
  render(<Sheet manuscript={manuscript} />, sheet);
  const title = document.title;
  document.title = `${manuscript.columns[0]?.title ?? ""} ${manuscript.source.name}`.trim();
  const closed = new Promise((resolve) => addEventListener("afterprint", resolve, { once: true }));
  try {
    globalThis.print();
    await closed;
  } finally {
    document.title = title;
    render(null, sheet);
    sheet.remove();
  }
}

function Sheet({ manuscript }: { manuscript: Manuscript }) {
  const { columns, names, source, words } = manuscript;
  return (
    <>
      {columns.map(({ lang, title, entries, notes }) => (
        <article key={lang} class="print-column">
          {!entries.some(({ kind }) => kind === "title") && (
            <h1 lang={lang} dir={directionOf(lang)}>
              {title}
            </h1>
          )}
          <p class="print-source">
            {sourceLine(manuscript)}
            {source.version.whole && <br />}
            {source.version.whole && words.whole}
          </p>
          <RedlineView
            entries={entries}
            notes={notes}
            lang={lang}
            nameOf={(delegation) => names[delegation] ?? delegation}
          />
        </article>
      ))}
      <p class="print-source">{words.evidence}</p>
    </>
  );
}
