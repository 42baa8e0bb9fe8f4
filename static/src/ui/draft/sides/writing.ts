// The text and its editor, as one piece.

import "../draft-page.tsx"; // see ../../later.ts
export { TextTab } from "../text-tab.tsx";
