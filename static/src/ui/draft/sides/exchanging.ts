// The side with versions, export and import, as one piece.

import "../draft-page.tsx"; // see ../../later.ts
export { VersionsTab } from "../../exchange/versions-tab.tsx";
export { ImportPicker } from "../../exchange/import-picker.tsx";
export { createFromImport } from "../../../draft/imports/write.ts";
